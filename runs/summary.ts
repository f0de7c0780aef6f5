/**
 * `<run>/final/summary.json`: what a run came to, as `wn-rl train --json` prints it, without the folder's own name. It is
 * written before the final model, with the scores still null, and again with them: so whoever finds a final model knows
 * what came of learning, and whether it was evaluated. A process that is killed in between leaves that to `resume`.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import type { AgentName } from '../agents/index.ts'
import { fromJson, toJson } from '../src/storage/json-state.ts'
import { directoryStore } from '../src/storage/directory.ts'
import { readOrdinary } from '../src/ordinary-file.ts'
import { seedSchema } from '../src/training/index.ts'
import type { RunSummary } from './run.ts'

/** The name of the file, beside the final model. */
const SUMMARY_FILE = 'summary.json'
/** Ours has some hundred bytes. */
const MAX_BYTES = 1 << 20

const anyNumber = z.custom<number>((value) => typeof value === 'number')
const scoreSchema = z.object({
  mean: anyNumber,
  std: anyNumber,
  episodes: z.int().min(1),
  cut: z.int().min(1).optional(),
})

const summarySchema = z.object({
  agent: z.custom<AgentName>((value) => typeof value === 'string'),
  env: z.string(),
  seed: seedSchema,
  totalTimesteps: z.int().min(0),
  episodes: z.int().min(0),
  meanReturn: anyNumber.nullable(),
  evaluation: scoreSchema.nullable(),
  finalEvaluation: scoreSchema.nullable(),
  wallSeconds: z.number().min(0),
  stepsPerSecond: z.number().min(0),
  backend: z.string(),
  digest: z.string(),
  interrupted: z.boolean(),
})

/** @throws FileError naming the file */
export async function writeSummary({ runDir, ...summary }: RunSummary): Promise<void> {
  const text = `${JSON.stringify(toJson(summary), undefined, 2)}\n`
  const final = directoryStore(join(runDir, 'final'))
  await final.write(SUMMARY_FILE, new TextEncoder().encode(text))
}

/** @returns undefined where there is none, as in runs of 0.1.0, or one that was not written by us */
export function readSummary(runDir: string): RunSummary | undefined {
  const path = join(runDir, 'final', SUMMARY_FILE)
  if (!existsSync(path)) return undefined
  const text = new TextDecoder().decode(readOrdinary(path, MAX_BYTES))
  const parsed = summarySchema.safeParse(jsonOf(text))
  return parsed.success ? { ...parsed.data, runDir } : undefined
}

function jsonOf(text: string): unknown {
  try {
    return fromJson(JSON.parse(text) as Parameters<typeof fromJson>[0])
  } catch {
    return undefined // torn or of somebody else: it says nothing
  }
}
