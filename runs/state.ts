/** What a checkpoint of a run holds besides the agent, so that another process can go on. */
import type { JsonObject } from 'gymnasium-js'
import * as z from 'zod'
import { episodeRowsSchema } from '../src/training/index.ts'
import { fromJson, toJson } from '../src/storage/json-state.ts'
import type { Checkpoint } from '../src/storage/checkpoint.ts'

/** Training episodes that a run's `meanReturn` is taken over. */
export const MEAN_OVER = 100

/** Sums of rewards may overflow; JSON has no infinity, but `toJson` has. */
const anyNumber = z.custom<number>((value) => typeof value === 'number')

const sessionSchema = z.strictObject({
  elapsedSeconds: z.number().min(0).describe('of learning, evaluations included'),
  episodes: z.int().min(0).describe('training episodes that have ended'),
  returns: z.array(anyNumber).max(MEAN_OVER).describe('of the last of them'),
  episodeRows: episodeRowsSchema.nullable().default(null).describe('not in checkpoints of 0.1.0'),
  evaluation: z.strictObject({ best: anyNumber.nullable(), due: z.int().min(0).nullable() }),
})

/** What learning remembers besides its agent. */
export type SessionState = z.output<typeof sessionSchema>

const runSchema = z.strictObject({
  session: sessionSchema,
  /** Where the metrics files end. */
  metrics: z.record(z.string(), z.int().min(0)),
})

/** As a checkpoint holds it, beside where the metrics files end. */
export function runStateOf(session: SessionState, metrics: Readonly<Record<string, number>>) {
  return toJson({ session, metrics }) as JsonObject
}

/** @throws Error naming the field, for a checkpoint that no run wrote */
export function readRunState({ run }: Checkpoint, path: string): z.output<typeof runSchema> {
  const result = runSchema.safeParse(fromJson(run))
  if (result.success) return result.data
  const issue = result.error.issues[0]!
  throw new Error(`${path}: run.${issue.path.join('.')}: ${issue.message}`)
}
