/** Runs for tests of what happens to them: short ones, their rows, and processes that are stopped on the way. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import * as z from 'zod'
import { CLI, lastJson, type Outcome, wnRl } from './wn-rl.ts'

const summarySchema = z.looseObject({
  digest: z.string(),
  totalTimesteps: z.number(),
  episodes: z.number(),
  interrupted: z.boolean(),
  evaluation: z.looseObject({ mean: z.number() }).nullable(),
})

/** 3,000 timesteps of CartPole; evaluations at every 700, checkpoints at every 500. */
export const SHORT_RUN = [
  ...['--env', 'CartPole', '--total-timesteps', '3000', '--checkpoint-every', '500'],
  ...['--eval-every', '700', '--set', 'evalEpisodes=3', '--set', 'finalEvalEpisodes=3'],
]

export function summaryOf(outcome: Outcome): z.output<typeof summarySchema> {
  expect(outcome.stderr).toBe('')
  expect(outcome.status).toBe(0)
  return summarySchema.parse(lastJson(outcome.stdout))
}

/** A run that nobody stops. */
export function trainWhole(folder: string, runDir: string, args: readonly string[]) {
  return summaryOf(wnRl(['train', ...args, '--run-dir', runDir, '--json', '--quiet'], folder))
}

/** The lines of metrics.jsonl, of progress.csv, and the payloads of events, without what a clock decides. */
export function rowsOf(runDir: string) {
  const text = (name: string) => readFileSync(join(runDir, name), 'utf8').trimEnd().split('\n')
  const csv = text('progress.csv').map((line) => line.split(','))
  const speed = csv[0]!.indexOf('charts/SPS')
  return {
    jsonl: text('metrics.jsonl').map((line) => line.replace(/,?"charts\/SPS":\d+/, '')),
    csv: csv.map((cells) => cells.with(speed, '').join()),
    events: eventSteps(runDir),
  }
}

/** Timesteps of the events, which are in whole frames; a frame's payload is time, step and summary. */
function eventSteps(runDir: string): number[] {
  const files = readdirSync(runDir).filter((name) => name.startsWith('events.out.tfevents'))
  expect(files).toHaveLength(1)
  const file = readFileSync(join(runDir, files[0]!))
  const steps: number[] = []
  for (let at = 0; at < file.length;) {
    const length = Number(file.readBigUInt64LE(at))
    const payload = file.subarray(at + 12, at + 12 + length)
    expect(payload).toHaveLength(length)
    if (payload[9] === 0x10) steps.push(varint(payload.subarray(10)))
    at += length + 16
  }
  return steps
}

function varint(bytes: Uint8Array): number {
  let value = 0
  for (const [i, byte] of bytes.entries()) {
    value += (byte & 0x7f) * 128 ** i
    if (byte < 0x80) break
  }
  return value
}

/** Everything below a folder that a killed process should not have left after a resume. */
export function leftovers(runDir: string): string[] {
  return readdirSync(runDir, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(tmp|old)(\/|$)/.test(name),
  )
}

export interface Running {
  readonly child: ChildProcess
  /** Resolves with the exit status, or the signal that ended it. */
  readonly ended: Promise<number | string>
  readonly stderr: () => string
  readonly stdout: () => string
}

/** Starts the command line without waiting for it. */
export function start(args: readonly string[], cwd: string): Running {
  const child = spawn(process.execPath, [CLI, ...args], { cwd })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk) => (stdout += String(chunk)))
  child.stderr.on('data', (chunk) => (stderr += String(chunk)))
  const ended = once(child, 'exit').then(
    ([status, signal]) => (status ?? signal) as number | string,
  )
  return { child, ended, stdout: () => stdout, stderr: () => stderr }
}

/** Waits until something is so, or the process has ended. */
export async function until(running: Running, isSo: () => boolean): Promise<void> {
  while (!isSo() && running.child.exitCode === null && running.child.signalCode === null)
    await new Promise((resolve) => setImmediate(resolve))
}

export function hasCheckpoint(runDir: string, step: number): boolean {
  return existsSync(join(runDir, 'checkpoints', `step-${step}`))
}
