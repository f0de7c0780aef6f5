/**
 * Watching for trouble: a loss, gradient, value, observation or reward that is not finite stops learning at once, with
 * an error that carries what a person needs to find the cause. The weights may be spoiled by then: an agent in
 * trouble gives no state any more.
 */
import type { JsonObject } from 'gymnasium-js'
import type { ActionArray, VectorEnv, VectorStep } from 'gymnasium-js/vector'
import type { NumericArray } from '../backend/index.ts'
import { messageOf } from '../errors.ts'
import type { Seed } from '../rng.ts'
import { type CheckpointState, tensorOf } from '../state.ts'
import type { Playing } from './environment-state.ts'

/** Where learning is. */
export interface Moment {
  /** Names the agent in errors. */
  readonly agent: string
  /** Timesteps taken. */
  readonly globalStep: number
  /** What learning goes on with; undefined before it has started. */
  readonly playing?: Playing | undefined
}

/** Where learning went wrong. */
export interface TroubleDetails {
  /** Timesteps taken by the agent, the one that went wrong included. */
  readonly globalStep: number
  /** Index of the environment in the vector environment, where one is to blame. */
  readonly environment?: number | undefined
  /** What that environment was last seeded with, where known. */
  readonly environmentSeed?: Seed | undefined
  /** B: rows in the batch. */
  readonly rows: number
  /** What the trouble was found in, by name, [B, ...] each; copied. */
  readonly batch: Readonly<Record<string, NumericArray>>
}

/** Something became infinite or NaN, or an environment failed. */
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

function copiesOf({ rows, batch }: TroubleDetails): CheckpointState['tensors'] {
  const tensors = Object.entries(batch).map(([name, data]) => {
    const shape = data.length === rows ? [rows] : [rows, data.length / rows]
    const copy = data instanceof Uint8ClampedArray ? Uint8Array.from(data) : data.slice()
    return [name, tensorOf(copy, shape)]
  })
  return Object.fromEntries(tensors) as CheckpointState['tensors']
}

const REMEDY = 'lower learningRate or set maxGradNorm'

/**
 * Whether what an update read back is finite.
 *
 * @param values by the names that the message should have
 * @param batch the update's inputs and its number of rows
 * @throws TrainingTrouble naming the first that is not
 */
export function requireFinite(
  values: Readonly<Record<string, number>>,
  { agent, globalStep }: Moment,
  batch: Pick<TroubleDetails, 'rows' | 'batch'>,
): void {
  for (const name in values) {
    if (Number.isFinite(values[name])) continue
    throw new TrainingTrouble(
      `${agent}: the ${name} became ${values[name]!} at timestep ${globalStep}; ${REMEDY}`,
      { globalStep, ...batch },
    )
  }
}

/**
 * Whether what a network makes of observations is finite.
 *
 * @param what names the outputs in the message
 * @param outputs [B, ...]
 * @param obs [B, ...] what it was asked about
 * @param rows B
 * @throws TrainingTrouble naming the environment, if the observations are those that learning goes on with
 */
export function requireFiniteOutputs(
  what: string,
  outputs: Float32Array,
  { obs, rows }: { readonly obs: NumericArray; readonly rows: number },
  { agent, globalStep, playing }: Moment,
): void {
  if (allFinite(outputs)) return
  const at = outputs.findIndex((value) => !Number.isFinite(value))
  const row = Math.floor((at / outputs.length) * rows)
  const environment = obs === playing?.obs ? row : undefined
  const environmentSeed = environment === undefined ? undefined : playing?.seeds[environment]
  throw new TrainingTrouble(
    `${agent}: the ${what} became ${outputs[at]!} at timestep ${globalStep}; ${REMEDY}`,
    { globalStep, environment, environmentSeed, rows, batch: { obs, outputs } },
  )
}

/**
 * One step of all environments.
 *
 * @param actions [N] as the environments take them
 * @param playing what the actions were chosen for
 * @param moment before the step
 * @throws TrainingTrouble if an environment fails, or an observation or a reward is not finite
 */
export function stepWatched(
  envs: VectorEnv,
  actions: ActionArray,
  playing: Playing,
  moment: Moment,
): VectorStep {
  let step: VectorStep
  try {
    step = envs.step(actions)
  } catch (error) {
    const what = messageOf(error)
    const failure = { environment: environmentIn(what), what }
    throw environmentTrouble(failure, playing, after(moment, envs), { actions }, error)
  }
  const found = findNonFinite(step)
  if (!found) return step
  const { obs: nextObs, rewards, terminated, truncated, finalObs } = step
  const outcome = { nextObs, rewards, terminated, truncated, finalObs }
  throw environmentTrouble(found, playing, after(moment, envs), { actions, ...outcome })
}

function after(moment: Moment, { numEnvs }: VectorEnv): Moment {
  return { ...moment, globalStep: moment.globalStep + numEnvs }
}

/** Whether the first observations are finite. @throws TrainingTrouble naming the environment */
export function requireFiniteStart(playing: Playing, moment: Moment): void {
  const { obs, seeds } = playing
  if (!isFloating(obs) || allFinite(obs)) return
  const found = findingIn(obs, obs.length / seeds.length, 'the first observation')
  throw environmentTrouble(found, playing, moment, {})
}

function environmentTrouble(
  { environment, what }: Finding,
  { obs, seeds }: Playing,
  { agent, globalStep }: Moment,
  batch: TroubleDetails['batch'],
  cause?: unknown,
): TrainingTrouble {
  const environmentSeed = environment === undefined ? undefined : seeds[environment]
  const seed = environmentSeed === undefined ? '' : ` (seed ${JSON.stringify(environmentSeed)})`
  return new TrainingTrouble(
    `${agent}: ${what}, at timestep ${globalStep}${seed}`,
    {
      globalStep,
      environment,
      environmentSeed,
      rows: seeds.length,
      batch: { obs, ...batch },
    },
    cause === undefined ? undefined : { cause },
  )
}

/** Vector environments name the one that failed: `env 3: reward is NaN`. */
function environmentIn(message: string): number | undefined {
  const index = /^env (\d+)\b/.exec(message)?.[1]
  return index === undefined ? undefined : Number(index)
}

interface Finding {
  readonly environment: number | undefined
  readonly what: string
}

/** Vector environments of gymnasium-js over scalar ones check this themselves; native ones and others' do not. */
function findNonFinite(step: VectorStep): Finding | undefined {
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
