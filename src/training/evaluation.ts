/**
 * Greedy evaluation on environments of its own.
 *
 * A few copies of the environment play the episodes in turn, side by side. The returns are the same however many there
 * are, where an episode depends on its seed alone.
 */
import type { AsyncEnv, Info, JsonObject } from 'gymnasium-js'
import { SyncVectorEnv, type ActionArray, type ObsArray, type VectorEnv } from 'gymnasium-js/vector'
import { atOnce, type Awaitable } from '../backend/index.ts'
import type { Seed } from '../rng.ts'
import type { Metrics } from '../logging/index.ts'
import { type Callbacks, yieldToEventLoop } from './callbacks.ts'
import { Episodes } from './episodes.ts'
import { requireMemoryForEvaluation } from './sizes.ts'
import { takeStatistics } from './statistics-of-environments.ts'

/** Copies unless told: more make batches that act hardly faster, and environments may be large. */
const DEFAULT_COPIES = 10
/** Timesteps after which an episode is cut unless told. */
const DEFAULT_LIMIT = 100_000

/** Something that acts: an agent, or anything of one's own. */
export interface Policy {
  /**
   * What the wrappers of its environments have gathered, outermost first: it acts on observations that are normalized by
   * it. Environments of evaluations take it over and gather no more.
   */
  readonly statistics?: readonly JsonObject[]
  /**
   * @param obs [N, ...] observations, one after the other
   * @param options.infos [N] what the environments told beside them, for those who mind `info.actionMask`
   * @returns [N] actions as the environment takes them
   */
  actBatch(obs: ObsArray, options: PlayOptions): ActionArray
  /** As `actBatch`, or a promise of it where acting takes waiting. Evaluations ask this one, where there is one. */
  actBatchAsync?(obs: ObsArray, options: PlayOptions): Awaitable<ActionArray>
}

interface PlayOptions {
  readonly deterministic: boolean
  readonly infos?: readonly Info[]
}

export interface Evaluation {
  /** Mean of the undiscounted returns. */
  readonly mean: number
  /** Population standard deviation of the returns. */
  readonly std: number
  readonly episodes: number
  readonly returns: readonly number[]
  /** Timesteps. */
  readonly lengths: readonly number[]
  /** How many did not end by themselves, and count as they stood after `maxEpisodeSteps`. */
  readonly cut: number
}

export interface EvaluationOptions {
  readonly makeEnv: () => AsyncEnv
  readonly episodes: number
  /** Copies of the environment that play them in turn; 10 unless told, and never more than episodes. */
  readonly evalEnvs?: number | undefined
  /** Episode i is reset with the seed `<seed>/<i>`. */
  readonly seed: Seed
  /** False lets the policy act as it does while learning; true unless told. */
  readonly deterministic?: boolean
  /** Timesteps after which an episode is cut and counts as it stands; 100,000 unless told. */
  readonly maxEpisodeSteps?: number
}

/**
 * Plays whole episodes with a policy and reports their returns.
 *
 * @throws RangeError if `episodes`, `evalEnvs` or `maxEpisodeSteps` is not a positive whole number; Error on backends where acting takes waiting, and for
 *   environments that answer later, where `evaluateInTurns` is the one to use
 */
export function evaluate(policy: Policy, options: EvaluationOptions): Evaluation {
  const turns = playInTurns(policy, options)
  try {
    for (let turn = turns.next(); ; turn = turns.next(turn.value && thereAtOnce(turn.value)))
      if (turn.done) return turn.value
  } finally {
    turns.return(undefined as never) // closes the environments
  }
}

function thereAtOnce({ of, promise }: Waiting): unknown {
  if (of === 'actions') return atOnce(promise)
  promise.catch(() => undefined) // nobody will wait for it
  throw new Error('evaluate: the environment answers later; await evaluateInTurns instead')
}

/**
 * Like `evaluate`, with turns of the event loop in between, so that signals and timers are noticed.
 *
 * @param signal ends it early when aborted
 * @returns undefined if it was ended early
 */
export async function evaluateInTurns(
  policy: Policy,
  options: EvaluationOptions,
  signal?: AbortSignal,
): Promise<Evaluation | undefined> {
  const turns = playInTurns(policy, options)
  try {
    for (let turn = turns.next(); ;) {
      if (turn.done) return turn.value
      if (!turn.value) await yieldToEventLoop()
      if (signal?.aborted) return undefined
      turn = turns.next(await turn.value?.promise)
    }
  } finally {
    turns.return(undefined as never) // closes the environments
  }
}

/** What takes waiting: actions, or environments that answer later. */
interface Waiting {
  readonly of: 'actions' | 'environments'
  readonly promise: Promise<unknown>
}

/** Hands over what takes waiting, to get it back when it is there, and nothing every so many timesteps. */
type Turns<T = Evaluation> = Generator<Waiting | undefined, T, unknown>

function* whenThere<T>(of: Waiting['of'], value: Awaitable<T>): Turns<T> {
  return value instanceof Promise ? ((yield { of, promise: value }) as T) : value
}

/** Plays whole episodes. */
function* playInTurns(policy: Policy, options: EvaluationOptions): Turns {
  const { makeEnv, episodes, seed, deterministic = true } = options
  const { evalEnvs = DEFAULT_COPIES, maxEpisodeSteps = DEFAULT_LIMIT } = options
  for (const [name, value] of Object.entries({ episodes, evalEnvs, maxEpisodeSteps }))
    requireCount(name, value)
  requireMemoryForEvaluation({ episodes, evalEnvs })
  const played = new Episodes({ episodes, seed, maxEpisodeSteps })
  const makeOne = () => played.playedBy(takeStatistics(makeEnv(), policy.statistics))
  const copies = Math.min(evalEnvs, episodes)
  const envs = new SyncVectorEnv(Array.from({ length: copies }, () => makeOne))
  try {
    yield* playEpisodes(policy, envs, played, deterministic)
  } finally {
    envs.close()
  }
  const { returns, lengths, cut } = played
  return { ...meanAndStd(returns), episodes, returns, lengths, cut }
}

/** @throws RangeError naming it */
function requireCount(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return
  throw new RangeError(`${name}: ${value} is not a positive whole number`)
}

/** Metrics that `periodicEvaluation` reports. */
export const EVALUATION_METRICS = [
  'eval/mean_return',
  'eval/std_return',
  'eval/mean_length',
  'eval/cut_episodes',
] as const

export interface PeriodicEvaluationOptions extends EvaluationOptions {
  /** Timesteps between evaluations. */
  readonly every: number
  /** The last timestep, which is evaluated in any case. */
  readonly totalTimesteps: number
  /** Called when a mean is at least as high as every one before: of equals, the later has learned from more. */
  readonly onBest?: (globalStep: number, evaluation: Evaluation) => void | Promise<void>
  readonly onMetrics?: (globalStep: number, metrics: Metrics) => void
  /** When aborted, an evaluation that is under way is given up and stays due, and learning stops. */
  readonly signal?: AbortSignal
  /** To go on from: what `getState` gave. */
  readonly state?: EvaluationState | undefined
}

/** What a periodic evaluation remembers; survives JSON. */
export interface EvaluationState {
  /** The highest mean so far; null before the first. */
  readonly best: number | null
  /** Timestep of the next evaluation; null before learning began. */
  readonly due: number | null
}

export interface PeriodicEvaluation extends Callbacks {
  /** Evaluates if it is time to. @returns false, which stops learning, where it was given up. */
  readonly onStep: (globalStep: number) => Promise<boolean>
  getState(): EvaluationState
}

/**
 * A callback that evaluates a policy every so many timesteps, each time on fresh episodes.
 *
 * @example
 * await agent.learn({ totalTimesteps, callbacks: [periodicEvaluation(agent, { every: 1000, … })] })
 */
export function periodicEvaluation(
  policy: Policy,
  options: PeriodicEvaluationOptions,
): PeriodicEvaluation {
  let best = options.state?.best ?? Number.NEGATIVE_INFINITY
  let due = options.state?.due ?? undefined
  return {
    async onStep(globalStep) {
      due ??= (Math.floor((globalStep - 1) / options.every) + 1) * options.every
      const isLast = globalStep >= options.totalTimesteps
      if (globalStep < due && !isLast) return true
      // The last one is not given up: what follows it in learning would change the policy that it is due for.
      const signal = isLast ? undefined : options.signal
      const seed = `${options.seed}/${globalStep}`
      const evaluation = await evaluateInTurns(policy, { ...options, seed }, signal)
      if (!evaluation) return false
      due = (Math.floor(globalStep / options.every) + 1) * options.every
      const { mean, std, lengths, cut } = evaluation
      const meanLength = lengths.reduce((sum, length) => sum + length, 0) / lengths.length
      options.onMetrics?.(globalStep, {
        'eval/mean_return': mean,
        'eval/std_return': std,
        'eval/mean_length': meanLength,
        ...(cut > 0 && { 'eval/cut_episodes': cut }),
      })
      if (mean >= best) {
        best = mean
        await options.onBest?.(globalStep, evaluation)
      }
      return true
    },
    getState: () => ({ best: Number.isFinite(best) ? best : null, due: due ?? null }),
  }
}

/** Timesteps of all environments between turns of the event loop. */
const YIELD_EVERY = 8

/** All of the episodes, on the copies that there are. */
function* playEpisodes(
  policy: Policy,
  envs: VectorEnv,
  played: Episodes,
  deterministic: boolean,
): Turns<void> {
  let { obs, infos } = yield* whenThere('environments', envs.reset())
  for (let timestep = 0; !played.areOver; timestep++) {
    const options = { deterministic, infos }
    const chosen = policy.actBatchAsync?.(obs, options) ?? policy.actBatch(obs, options)
    const actions = yield* whenThere('actions', chosen)
    ;({ obs, infos } = yield* whenThere('environments', envs.step(actions)))
    if (timestep % YIELD_EVERY === 0) yield
  }
}

function meanAndStd(values: readonly number[]): { mean: number; std: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  return { mean, std: Math.sqrt(variance) }
}
