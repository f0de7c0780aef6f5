/**
 * Watching for trouble: a loss, gradient, value, observation or reward that is not finite stops learning at once, with
 * an error that carries what a person needs to find the cause. The weights may be spoiled by then: an agent in
 * trouble gives no state any more.
 *
 * What is found is thrown as it is (`Trouble`); the loop that it happened in adds agent, timestep and seed
 * (`TrainingTrouble`).
 */
import type { JsonObject } from 'gymnasium-js'
import type { ObsArray, VectorStep } from 'gymnasium-js/vector'
import type { LayerReport } from './nn/layer.ts'
import type { Seed } from './rng.ts'
import { type CheckpointState, tensorOf } from './state.ts'

type NumericArray = ObsArray | Uint8ClampedArray

/** What trouble was found in. */
export interface Evidence {
  /** B: rows in the batch. */
  readonly rows: number
  /** [B, ...] each, by name. */
  readonly batch: Readonly<Record<string, NumericArray>>
}

/** Something became infinite or NaN, or an environment failed. */
export class Trouble extends Error {
  override readonly name = 'Trouble'
  readonly evidence: Evidence
  /** Index of the environment to blame, where one is. */
  readonly environment: number | undefined
  /** Row of `batch.obs` that it was found in: an environment, if these are the observations that learning is at. */
  readonly row: number | undefined
  /** What a person may do; undefined where it is the environment's to mend. */
  readonly remedy: string | undefined

  constructor(
    message: string,
    evidence: Evidence,
    {
      environment,
      row,
      remedy,
      cause,
    }: Partial<Pick<Trouble, 'environment' | 'row' | 'remedy' | 'cause'>> = {},
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.evidence = evidence
    this.environment = environment
    this.row = row
    this.remedy = remedy
  }
}

/** Where learning went wrong. */
export interface TroubleDetails extends Evidence {
  /** Timesteps taken by the agent, the one that went wrong included. */
  readonly globalStep: number
  /** Index of the environment in the vector environment, where one is to blame. */
  readonly environment?: number | undefined
  /** What that environment was last seeded with, where known. */
  readonly environmentSeed?: Seed | undefined
}

/** Trouble with where and when it was. */
export class TrainingTrouble extends Error {
  override readonly name = 'TrainingTrouble'
  readonly globalStep: number
  readonly environment: number | undefined
  readonly environmentSeed: Seed | undefined
  /** What a post-mortem needs, in the form of a state, so that it can be written like one. */
  readonly evidence: CheckpointState

  constructor(message: string, details: TroubleDetails, options?: ErrorOptions) {
    super(message, options)
    const { globalStep, environment, environmentSeed } = details
    this.globalStep = globalStep
    this.environment = environment
    this.environmentSeed = environmentSeed
    const json: JsonObject = {
      message,
      globalStep,
      environment: environment ?? null,
      environmentSeed: environmentSeed ?? null,
    }
    this.evidence = { json, tensors: copiesOf(details) }
  }
}

function copiesOf({ rows, batch }: Evidence): CheckpointState['tensors'] {
  const tensors = Object.entries(batch).map(([name, data]) => {
    const shape = data.length === rows ? [rows] : [rows, data.length / rows]
    const copy = data instanceof Uint8ClampedArray ? Uint8Array.from(data) : data.slice()
    return [name, tensorOf(copy, shape)]
  })
  return Object.fromEntries(tensors) as CheckpointState['tensors']
}

const REMEDY = 'lower learningRate or set maxGradNorm'
/** What no learning rate helps against: beyond the limit squares overflow, or the network saw nothing like it. */
const CAUSES = [
  {
    columns: ['rewards', 'returns', 'targets', 'advantages'],
    limit: 1e15,
    what: 'rewards or their sums',
    remedy: 'clip or scale them in the environment (ClipReward, NormalizeReward)',
  },
  {
    columns: ['obs', 'nextObs'],
    limit: 1e6,
    what: 'observations',
    remedy: 'scale them (scaleObservations, NormalizeObservation)',
  },
]

/** What a person may do, by what is in the minibatch. */
function remedyFor({ batch }: Evidence): string {
  for (const { columns, limit, what, remedy } of CAUSES) {
    const largest = Math.max(...columns.map((name) => largestIn(batch[name] ?? [])))
    if (largest <= limit) continue
    const is = Number.isFinite(largest) ? `as large as ${largest.toPrecision(2)}` : String(largest)
    return `${what} are ${is}: ${remedy}`
  }
  return REMEDY
}

/**
 * A remedy, or a better one where the weights were scaled to observations that hardly differed: what they make of any
 * other is as large as that difference was small.
 */
export function remedyAfter(remedy: string, initialization: readonly LayerReport[]): string {
  if (remedy !== REMEDY) return remedy
  for (const { constantUnits, mean } of initialization) {
    if (2 * constantUnits < mean.length) continue
    return (
      `${constantUnits} of ${mean.length} units of a layer were initialized from observations that hardly differ: ` +
      'set dataInitialization to false, or normalization to "none"'
    )
  }
  return remedy
}

/** In size; 0 where one is NaN, which says nothing of the others' size. */
function largestIn(values: ArrayLike<number>): number {
  let largest = 0
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]!))
  return Number.isNaN(largest) ? 0 : largest
}

/**
 * Whether what an update read back is finite.
 *
 * @param values by the names that the message should have
 * @throws Trouble naming the first that is not
 */
export function requireFinite(values: Readonly<Record<string, number>>, evidence: Evidence): void {
  for (const name in values) {
    if (Number.isFinite(values[name])) continue
    throw new Trouble(`the ${name} became ${values[name]!}`, evidence, {
      remedy: remedyFor(evidence),
    })
  }
}

/**
 * Whether what a network makes of observations is finite.
 *
 * @param what names the outputs in the message
 * @param outputs [B, ...]
 * @param obs [B, ...] what it was asked about
 * @param rows B
 * @throws Trouble
 */
export function requireFiniteOutputs(
  what: string,
  outputs: Float32Array,
  { obs, rows }: { readonly obs: NumericArray; readonly rows: number },
): void {
  if (allFinite(outputs)) return
  const at = outputs.findIndex((value) => !Number.isFinite(value))
  const row = Math.floor((at / outputs.length) * rows)
  const evidence = { rows, batch: { obs, outputs } }
  throw new Trouble(`the ${what} became ${outputs[at]!}`, evidence, {
    row,
    remedy: remedyFor(evidence),
  })
}

/** What is not finite, and in which environment. */
export interface Finding {
  readonly environment: number
  /** `env 3: reward is NaN` */
  readonly what: string
}

/** What of a step is not finite. Vector environments over scalar ones look themselves; native ones do not. */
export function findNonFinite(step: VectorStep): Finding | undefined {
  const { obs, rewards, finalObs, terminated, truncated } = step
  const n = rewards.length
  if (!allFinite(rewards)) return findingIn(rewards, 1, 'reward')
  if (!isFloating(obs)) return undefined
  const size = obs.length / n
  if (!allFinite(obs)) return findingIn(obs, size, 'the observation')
  for (let i = 0; i < n; i++) {
    const ended = terminated[i] === 1 || truncated[i] === 1
    if (!ended || allFinite(finalObs, i * size, (i + 1) * size)) continue
    return findingIn(finalObs, size, 'the final observation', i)
  }
  return undefined
}

/** What of the first observations is not finite. @param obs [N, ...] */
export function findNonFiniteStart(obs: ObsArray, numEnvs: number): Finding | undefined {
  if (!isFloating(obs) || allFinite(obs)) return undefined
  return findingIn(obs, obs.length / numEnvs, 'the first observation')
}

/** Vector environments name the one that failed: `env 3: reward is NaN`. */
export function environmentIn(message: string): number | undefined {
  const index = /^env (\d+)\b/.exec(message)?.[1]
  return index === undefined ? undefined : Number(index)
}

function findingIn(
  values: NumericArray,
  size: number,
  name: string,
  environment?: number,
): Finding {
  const from = (environment ?? 0) * size
  const at = from + values.subarray(from).findIndex((value) => !Number.isFinite(value))
  const where = size === 1 ? '' : `, at element ${at % size}`
  const index = Math.floor(at / size)
  return { environment: index, what: `env ${index}: ${name} is ${values[at]!}${where}` }
}

/** Bytes and integers are always finite. */
function isFloating(values: NumericArray): values is Float32Array | Float64Array {
  return values instanceof Float32Array || values instanceof Float64Array
}

/** Whether x · 0 = 0 for all of them: no branch per number, and four sums that do not wait for each other. */
function allFinite(values: NumericArray, from = 0, to = values.length): boolean {
  let [a, b, c, d] = [0, 0, 0, 0]
  let i = from
  for (; i + 3 < to; i += 4) {
    a += values[i]! * 0
    b += values[i + 1]! * 0
    c += values[i + 2]! * 0
    d += values[i + 3]! * 0
  }
  for (; i < to; i++) a += values[i]! * 0
  return a + b + c + d === 0
}
