/**
 * N environments spread over threads, for environments that are slow or a user's own; Node only.
 * The same numbers as SyncVectorEnv, bit for bit: each thread runs one over its share. Handing a
 * step over and back costs 5 to 15 µs a call, so where all copies together take less than that (8
 * CartPoles: 1.5 µs), SyncVectorEnv or a native vector version is faster.
 *
 * An environment that throws, breaks its contract, ends its thread or hangs becomes an Error that
 * names it: index, id, seed and its own message. Its other copies have been stepped by then: go on
 * with reset(). After an exit or a hang all workers are gone.
 */

import { availableParallelism } from 'node:os'
import type { EnvSpec, EnvState, Info } from '../env.ts'
import { readObjects } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { RunningEpisodes, checkActions, emptyStep } from '../native/batch.ts'
import { rowsOf } from '../native/rows.ts'
import type { Rows } from '../native/rows.ts'
import type { Seed } from '../rng.ts'
import type { Space } from '../spaces/composite.ts'
import { spaceFromJSON } from '../spaces/from-json.ts'
import type {
  ActionArray,
  AutoresetMode,
  VectorEnv,
  VectorReset,
  VectorResetArgs,
  VectorStep,
} from '../vector-env.ts'
import { sharedStep, rowsFor } from './shared-step.ts'
import { checkArguments, recipeOf } from './worker-arguments.ts'
import type { WorkerEnvSource } from './worker-arguments.ts'
import type { ReadyReply, Reply, Request, SharedRows, WorkerSetup } from './worker-protocol.ts'
import { WorkerThread } from './worker-thread.ts'
import type { Outcome, ThreadOptions } from './worker-thread.ts'

export interface WorkerVectorOptions {
  /** Default: 'SameStep'. */
  autoresetMode?: AutoresetMode | undefined
  /** Default: as many as there are cores, and at most numEnvs. */
  numWorkers?: number | undefined
  /** Milliseconds that a call may take until its worker counts as hanging. Default: 60,000. */
  timeout?: number | undefined
  /** Node's flags for the threads, such as ['--import', 'tsx'] for modules in TypeScript. */
  execArgv?: readonly string[] | undefined
  /** The threads' file, for bundlers that move it: gymnasium-js's dist/vector/worker-entry.js. */
  entry?: URL | undefined
}

/**
 * @example
 * const envs = new WorkerVectorEnv({ module: new URL('./maze.js', import.meta.url) }, 16)
 * const { obs } = envs.reset({ seed: 1 })
 * envs.close()
 */
export class WorkerVectorEnv implements VectorEnv {
  readonly numEnvs: number
  readonly singleObservationSpace: Space
  readonly singleActionSpace: Space
  readonly autoresetMode: AutoresetMode
  readonly spec: EnvSpec | undefined
  readonly #name: string
  readonly #timeout: number
  readonly #threads: readonly WorkerThread[]
  readonly #actionRows: Rows
  readonly #shared: SharedRows // [N, ...], what the workers write
  readonly #result: VectorStep // the same, copied: what is handed out is ordinary memory
  readonly #episodes: RunningEpisodes // only whether they are seeded; the workers count
  readonly #seeds: Seed[] = [] // [N] given last
  #ended: string | undefined

  /**
   * Starts the threads, and waits until they have built their environments.
   *
   * @throws RangeError or TypeError on a bad argument; Error when an environment cannot be built.
   */
  constructor(
    source: string | WorkerEnvSource,
    numEnvs: number,
    options: WorkerVectorOptions = {},
  ) {
    const { autoresetMode = 'SameStep', timeout = 60_000, execArgv } = options
    const { entry = new URL('./worker-entry.js', import.meta.url) } = options
    const { numWorkers = Math.min(numEnvs, availableParallelism()) } = options
    checkArguments({ numEnvs, numWorkers, autoresetMode, timeout, entry })
    const recipe = recipeOf(typeof source === 'string' ? { id: source } : source)
    this.numEnvs = numEnvs
    this.autoresetMode = autoresetMode
    this.#name = recipe.id ?? String(recipe.module)
    this.#timeout = timeout
    this.#threads = Array.from({ length: numWorkers }, (_, w) => {
      const from = Math.floor((w * numEnvs) / numWorkers)
      const to = Math.floor(((w + 1) * numEnvs) / numWorkers)
      return startThread({ recipe, from, to, autoresetMode }, { entry, execArgv })
    })
    try {
      const { observationSpace, actionSpace, spec } = readyOf(this.#finish())
      this.singleObservationSpace = spaceFromJSON(observationSpace)
      this.singleActionSpace = spaceFromJSON(actionSpace)
      this.spec = spec
      const obsRows = rowsOf(this.singleObservationSpace)
      this.#actionRows = rowsOf(this.singleActionSpace)
      this.#episodes = new RunningEpisodes(numEnvs)
      this.#result = emptyStep(numEnvs, obsRows)
      this.#shared = sharedStep(numEnvs, obsRows, this.#actionRows)
    } catch (error) {
      this.#end('building failed')
      throw error
    }
    this.#ask(({ from, to }) => {
      return { kind: 'attach', rows: rowsFor(this.#shared, numEnvs, from, to) }
    })
  }

  /** As SyncVectorEnv's. @throws Error naming the environment that fails. */
  reset({ seed, options }: VectorResetArgs = {}): VectorReset {
    const seeds = this.#episodes.seeds(seed)
    for (const [i, each] of (seeds ?? []).entries()) this.#seeds[i] = each
    const replies = this.#ask(({ from, to }) => {
      return { kind: 'reset', seed: seeds?.slice(from, to), options }
    })
    this.#result.obs.set(this.#shared.obs)
    this.#takeInfos(replies)
    return { obs: this.#result.obs, infos: this.#result.infos.slice() }
  }

  /** As SyncVectorEnv's. @throws TypeError on wrong actions; Error naming the environment that fails. */
  step(actions: ActionArray): VectorStep {
    checkActions(actions, this.#actionRows, this.numEnvs)
    this.#shared.actions.set(actions)
    const replies = this.#ask(() => undefined)
    const { infos: _, ...arrays } = this.#result
    for (const name of Object.keys(arrays) as (keyof typeof arrays)[]) {
      arrays[name].set(this.#shared[name])
    }
    this.#takeInfos(replies)
    return this.#result
  }

  /** The same state as a SyncVectorEnv of the same environments: either reads the other's. */
  getState(): EnvState {
    const states = this.#ask(() => ({ kind: 'getState' })).map((reply) => {
      return reply?.kind === 'state' ? reply.state : {}
    })
    const together = (key: string) => states.flatMap((state) => state[key] as readonly JsonObject[])
    const arrays = ['envs', 'returns', 'lengths', 'pending'].map((key) => [key, together(key)])
    return { ...Object.fromEntries(arrays), seeded: this.#episodes.seeded } as EnvState
  }

  setState(state: EnvState): void {
    readObjects(state, 'envs', this.numEnvs)
    this.#episodes.readState(state)()
    const episodes = this.#episodes.getState()
    this.#ask(({ from, to }) => {
      const part = Object.entries({ ...state, ...episodes }).map(([key, value]) => [
        key,
        Array.isArray(value) ? value.slice(from, to) : value,
      ])
      return { kind: 'setState', state: Object.fromEntries(part) as EnvState }
    })
  }

  /** Closes the environments and ends the threads; once is enough, twice is fine. */
  close(): void {
    if (this.#ended !== undefined) return
    try {
      this.#ask(() => ({ kind: 'close' }))
    } finally {
      this.#end('close() was called')
    }
  }

  /** Every worker's turn at once. @returns their replies, in order, when all have had it. */
  #ask(request: (thread: WorkerThread) => Request | undefined): (Reply | undefined)[] {
    if (this.#ended !== undefined) {
      throw new Error(`WorkerVectorEnv: its workers are gone: ${this.#ended}; build a new one`)
    }
    for (const thread of this.#threads) this.#start(thread, request(thread))
    return this.#finish()
  }

  #start(thread: WorkerThread, request: Request | undefined): void {
    try {
      thread.start(request)
    } catch (error) {
      // Only options and states can fail here, at the first worker: nobody's turn has begun.
      throw new TypeError(
        `WorkerVectorEnv: ${request?.kind ?? 'step'}: ${String(error)}; pass plain data, which can ` +
          'be sent to another thread',
        { cause: error },
      )
    }
  }

  #finish(): (Reply | undefined)[] {
    const deadline = performance.now() + this.#timeout
    const outcomes = this.#threads.map((thread) => thread.finish(deadline))
    const failures = outcomes.map((outcome, w) => this.#failureOf(outcome, this.#threads[w]!))
    const failure = failures.find((each) => each !== undefined)
    if (outcomes.some(({ kind }) => kind !== 'done')) this.#end(failure?.message ?? '')
    if (failure !== undefined) throw failure
    return outcomes.map((outcome) => (outcome.kind === 'done' ? outcome.reply : undefined))
  }

  #failureOf(outcome: Outcome, { current, from }: WorkerThread): Error | undefined {
    const index = Math.max(current, from)
    const seed = this.#seeds[index]
    const seeded = seed === undefined ? 'not seeded yet' : `last seed ${JSON.stringify(seed)}`
    const owner = `env ${index} (${this.#name}, ${seeded})`
    if (outcome.kind === 'exit') {
      return new Error(`${owner}: its worker thread ended with exit code ${outcome.code}`)
    }
    if (outcome.kind === 'timeout') {
      return new Error(
        `${owner}: no answer within ${this.#timeout} ms: it hangs, its thread died (out of ` +
          'memory), or a longer timeout is needed',
      )
    }
    if (outcome.reply?.kind !== 'failed') return undefined
    const { name, message, stack } = outcome.reply
    return new Error(`${owner}: ${message}`, {
      cause: Object.assign(new Error(message), { name, stack }),
    })
  }

  #takeInfos(replies: readonly (Reply | undefined)[]): void {
    const { infos } = this.#result
    for (let i = 0; i < this.numEnvs; i++) infos[i] = {}
    for (const [w, reply] of replies.entries()) {
      if (reply?.kind !== 'infos') continue
      for (const [row, info] of reply.infos)
        infos[this.#threads[w]!.from + row] = info satisfies Info
    }
  }

  #end(why: string): void {
    this.#ended = why
    for (const thread of this.#threads) thread.terminate()
  }
}

/** What all workers say of their environments. @throws TypeError when their spaces differ. */
function readyOf(replies: readonly (Reply | undefined)[]): ReadyReply {
  const [first, ...others] = replies.filter((reply) => reply?.kind === 'ready')
  if (first === undefined) throw new Error('WorkerVectorEnv: no worker has started')
  const spaces = (reply: ReadyReply) => JSON.stringify([reply.observationSpace, reply.actionSpace])
  if (others.every((other) => spaces(other) === spaces(first))) return first
  throw new TypeError(
    'WorkerVectorEnv: the environments of two workers have different spaces; build all of them alike',
  )
}

function startThread(setup: Omit<WorkerSetup, 'control'>, options: ThreadOptions): WorkerThread {
  try {
    return new WorkerThread(setup, options)
  } catch (error) {
    throw new TypeError(
      `WorkerVectorEnv: a worker does not start: ${String(error)}; pass kwargs of plain data, ` +
        'which can be sent to another thread',
      { cause: error },
    )
  }
}
