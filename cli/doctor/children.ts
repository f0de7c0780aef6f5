/** Trials in processes of their own, from outside: what they say, or how they ended without a word. */
import { spawn } from 'node:child_process'
import * as z from 'zod'
import type { BackendName } from '../../src/backend/index.ts'
import { tableSchema } from '../../runs/backends/table.ts'
import { trialSchema } from './report.ts'
import type { TrialOutcome } from './trial.ts'

/** The child's flag; hidden from the help. */
export const TRY = '--try'

const { cells, skipped } = tableSchema.shape.backends.element.shape
const outcomeSchema = z.strictObject({ trial: trialSchema, cells, skipped })

/** A trial takes seconds, a measurement minutes; a driver that hangs takes for ever. */
const PATIENCE = { trial: 120_000, measurement: 900_000 } as const // ms

export interface Ended {
  readonly status: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

/** Tries a backend in another process of this program. */
export async function tryInProcess(name: BackendName, measure: boolean): Promise<TrialOutcome> {
  const args = [process.argv[1]!, 'doctor', TRY, name, ...(measure ? ['--measure'] : [])]
  const patience = measure ? PATIENCE.measurement : PATIENCE.trial
  return outcomeOf(name, await ended(args, patience))
}

/** @param ended how the process ended, and what it printed: the outcome as the last line */
export function outcomeOf(
  name: BackendName,
  { status, signal, stdout, stderr }: Ended,
): TrialOutcome {
  const last = stdout.trimEnd().split('\n').at(-1) ?? ''
  if (status === 0 && last.startsWith('{')) return outcomeSchema.parse(JSON.parse(last))
  const nothing = { device: null, difference: null, convolutions: null, updateMs: null }
  const problem = `it ${crash(status, signal)}${hintOf(name, signal)}${lastLine(stderr)}`
  return { trial: { name, status: 'crashed', problem, ...nothing }, cells: [], skipped: [] }
}

function crash(status: number | null, signal: string | null): string {
  if (signal === 'SIGKILL') return 'was killed: out of memory, or it did not answer in time'
  return signal ? `crashed its process (${signal})` : `ended its process (status ${status ?? '?'})`
}

function hintOf(name: BackendName, signal: string | null): string {
  if (name !== 'tensorflow') return ''
  const cause = signal === 'SIGILL' ? ': this processor lacks instructions that it uses' : ''
  return `${cause}; try another build: wn-rl setup tensorflow --version 2.15.1`
}

function lastLine(stderr: string): string {
  const line = stderr.trim().split('\n').at(-1)
  return line ? ` (${line})` : ''
}

function ended(args: readonly string[], patience: number): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: patience,
      killSignal: 'SIGKILL',
    })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    child.on('error', reject)
    child.on('close', (status, signal) => resolve({ status, signal, stdout, stderr }))
  })
}
