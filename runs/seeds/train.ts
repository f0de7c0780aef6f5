/** Several seeds of one training: one run each, in processes of their own or one after the other in this one. */
import { setMaxListeners } from 'node:events'
import { Tinypool } from 'tinypool'
import type { Seed } from '../../src/rng.ts'
import { UsageError } from '../../src/errors.ts'
import { messageOf } from '../errors.ts'
import type { Standing } from '../../cli/show/progress.ts'
import { type RunRequest, type RunSummary, trainRun } from '../start.ts'
import { BEGIN, INTERRUPT, type SeedMessage, type SeedTask } from './worker.ts'

/** How a seed ended: with a run, or not. */
export type SeedOutcome = RunSummary | SeedFailure

export interface SeedFailure {
  readonly seed: Seed
  /** Why there is no run. */
  readonly error: string
}

/** Is told what the seeds do. */
export interface SeedWatcher {
  readonly line: (seed: Seed, line: string) => void
  readonly standing: (seed: Seed, standing: Standing) => void
  readonly ended: (outcome: SeedOutcome) => void
}

export function isFailure(outcome: SeedOutcome): outcome is SeedFailure {
  return 'error' in outcome
}

/** Trains one seed after the other in this process; one that fails does not keep the next from its turn. */
export async function trainInTurn(
  requests: readonly RunRequest[],
  ended: SeedWatcher['ended'],
): Promise<SeedOutcome[]> {
  const outcomes: SeedOutcome[] = []
  for (const request of requests) {
    if (request.signal.aborted) break
    const outcome = await trainRun(request).catch((error: unknown) =>
      failureOf(request.seed, error, outcomes),
    )
    outcomes.push(outcome)
    ended(outcome)
  }
  return outcomes
}

/**
 * Trains every seed in a process of its own, so that a crash takes no other along.
 *
 * @param jobs processes at a time
 * @returns outcomes in the order of the requests; those that an interrupt kept from starting are left out
 * @throws UsageError if the first to end was refused, as all of them would be
 */
export async function trainInProcesses(
  requests: readonly RunRequest[],
  jobs: number,
  watcher: SeedWatcher,
): Promise<SeedOutcome[]> {
  const pool = processPool(jobs)
  for (const { signal } of requests.slice(0, 1)) setMaxListeners(0, signal) // one for each seed, and they share it
  const outcomes: SeedOutcome[] = []
  requests[0]?.signal.addEventListener('abort', () => pool.cancelPendingTasks(), { once: true })
  const train = async (request: RunRequest) => {
    const outcome = await trainInProcess(pool, request, watcher).catch((error: unknown) =>
      failureOf(request.seed, error, outcomes),
    )
    if (!outcome) return
    outcomes.push(outcome)
    watcher.ended(outcome)
  }
  // The pool's processes do not keep this one alive, least of all between the end of one and the start of the next.
  const alive = setInterval(() => undefined, 2 ** 30)
  try {
    await Promise.all(requests.map(train))
  } finally {
    await pool.destroy()
    clearInterval(alive)
  }
  const place = new Map(requests.map(({ seed }, i) => [seed, i]))
  return outcomes.sort((a, b) => place.get(a.seed)! - place.get(b.seed)!)
}

/** A terminal's Ctrl-C reaches every process; from the first moment on, those of the pool leave it to this one. */
const IGNORE_CTRL_C = ['--import', 'data:text/javascript,process.on("SIGINT",()=>undefined)']

function processPool(jobs: number): Tinypool {
  const pool = new Tinypool({
    runtime: 'child_process',
    isolateWorkers: true, // every seed begins as a single run does
    minThreads: jobs,
    maxThreads: jobs,
    execArgv: [...process.execArgv, ...IGNORE_CTRL_C],
    env: process.env as Record<string, string>,
    serialization: 'advanced', // settings may hold numbers that JSON does not have
  })
  pool.on('error', () => undefined) // of a process without a task: the next task starts another
  return pool
}

/** @returns undefined if an interrupt came before it began */
async function trainInProcess(
  pool: Tinypool,
  request: RunRequest,
  watcher: SeedWatcher,
): Promise<RunSummary | undefined> {
  const { env, settings, progress, print, signal, ...rest } = request
  const { given, origin, seed } = settings
  const task: SeedTask = { ...rest, env: env.reference, settings: { given, origin, seed } }
  let send: (message: string) => void = () => undefined
  const state = { hasBegun: false }
  const heard = (message: SeedMessage) => {
    if (message.kind === 'line') watcher.line(request.seed, message.line)
    else if (message.kind === 'standing') watcher.standing(request.seed, message.standing)
    else {
      state.hasBegun = !signal.aborted
      send(state.hasBegun ? BEGIN : INTERRUPT)
    }
  }
  const onAbort = () => send(INTERRUPT)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return (await pool.run(task, {
      filename: new URL('./seed-worker.js', import.meta.url).href,
      name: 'trainSeed',
      channel: {
        postMessage: heard,
        onMessage: (sender) => {
          send = sender
        },
      },
    })) as RunSummary
  } catch (error) {
    if (signal.aborted && !state.hasBegun) return undefined
    throw error
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** @throws UsageError where no seed has been trained: what was asked for does not do, whatever the seed */
function failureOf(seed: Seed, error: unknown, before: readonly SeedOutcome[]): SeedFailure {
  const isUsage = (error as Error | undefined)?.name === 'UsageError' // processes send errors as plain objects
  const message = messageOf(error instanceof Error ? error : (error as Error).message)
  if (isUsage && before.length === 0) throw new UsageError(message, { cause: error })
  const crashed = message === 'Worker exited unexpectedly'
  return { seed, error: crashed ? 'its process was killed, or ran out of memory' : message }
}
