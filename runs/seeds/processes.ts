/** Several seeds of one training, each in a process of its own. */
import { setMaxListeners } from 'node:events'
import { Tinypool } from 'tinypool'
import type { RunRequest, RunSummary } from '../run.ts'
import { failureOf, type SeedOutcome, type SeedWatcher } from './outcome.ts'
import { BEGIN, INTERRUPT, type SeedMessage, type SeedTask } from './worker.ts'

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

/**
 * A terminal's Ctrl-C, and its end, reach every process; from the first moment on, those of the pool leave them to this
 * one.
 */
const IGNORE_SIGNALS = [
  '--import',
  'data:text/javascript,for(const s of["SIGINT","SIGHUP"])process.on(s,()=>undefined)',
]

function processPool(jobs: number): Tinypool {
  const pool = new Tinypool({
    runtime: 'child_process',
    isolateWorkers: true, // every seed begins as a single run does
    minThreads: jobs,
    maxThreads: jobs,
    execArgv: [...process.execArgv, ...IGNORE_SIGNALS],
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
  const { agent, env, seed, settings, backend, gpu, runDir, signal } = request
  const { given, origin } = settings
  const asked = { given, origin, seed: settings.seed }
  const task: SeedTask = { agent, env: env.reference, seed, settings: asked, backend, gpu, runDir }
  let send: (message: string) => void = () => undefined
  const state = { hasBegun: false }
  const heard = (message: SeedMessage) => {
    if (message.kind === 'line') watcher.line(seed, message.line)
    else if (message.kind === 'standing') watcher.standing(seed, message.standing)
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
