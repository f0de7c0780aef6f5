/** What the constructors and files of all agents share: from a user's configuration to checked, ready parts. */
import type { Discrete, Env, Info, Space } from 'gymnasium-js'
import type { VectorEnv, VectorStep } from 'gymnasium-js/vector'
import type { NumericArray, Program, TensorSpec } from '../backend/index.ts'
import { minatarConv, natureConv, type NetworkFactory } from '../nn/network.ts'
import { observationEncoder, type ObservationEncoder } from '../nn/observations.ts'
import { Rng, type Seed } from '../rng.ts'
import { seedSchema } from './agent-options.ts'
import type { Callbacks } from './callbacks.ts'
import { environmentsFrom, type EnvSource, requireDiscreteActions } from './environments.ts'
import { firstSeeds, type Playing } from './environment-state.ts'
import { completedIntervals } from './schedules.ts'
import { type Moment, requireFiniteStart } from './trouble.ts'

/** The spaces of an agent that acts but does not learn. */
export interface Spaces {
  readonly observationSpace: Space
  readonly actionSpace: Space
}

/** An agent's options together with what it plays: an `env` to learn in, or just the `spaces` to act in. */
export type AgentConfig<Options> = Options & { readonly seed?: Seed } & (
    | { readonly env: EnvSource; readonly spaces?: never }
    | { readonly spaces: Spaces; readonly env?: never }
  )

export interface LearnOptions {
  /** Exact number of environment timesteps, counted from the agent's first. */
  readonly totalTimesteps: number
  readonly callbacks?: readonly Callbacks[]
}

/** The options that decide what `prepareAgent` makes. */
interface SharedOptions {
  readonly numEnvs?: number | undefined
  readonly network?: NetworkFactory | undefined
  readonly scaleObservations: boolean | readonly number[]
  /** Frames along the first axis of an observation; 1 unless told. */
  readonly frameStack?: number | undefined
}

interface PlayedConfig {
  readonly env?: EnvSource
  readonly spaces?: Spaces
  readonly seed?: Seed
}

interface DefaultParts {
  readonly numEnvs: number
  readonly network: NetworkFactory
}

export interface AgentParts<ActionSpace extends Space = Discrete> {
  readonly seed: Seed
  /** Parent of all the agent's random streams. */
  readonly rng: Rng
  readonly numEnvs: number
  /** Undefined for an agent that only acts. */
  readonly envs: VectorEnv | undefined
  /** Makes environments for evaluation; undefined where the user gave finished ones. */
  readonly makeEnv: (() => Env) | undefined
  readonly observationSpace: Space
  readonly actionSpace: ActionSpace
  readonly encoder: ObservationEncoder
  readonly networkFactory: NetworkFactory
}

/** Timesteps between turns of the event loop while learning; by count, so that no clock decides anything. */
const YIELD_EVERY = 64

/** Whether learning should let the event loop have a turn after going from one timestep to another. */
export function shouldYield(from: number, to: number): boolean {
  return completedIntervals(from, to, YIELD_EVERY) > 0
}

/**
 * Checks what an agent is to play and makes the parts that every agent needs.
 *
 * @param agent names the agent in errors
 * @param defaults.numEnvs copies made of a factory, and defaults.network for observations that are vectors, where the
 *   options say nothing
 * @param requireActions throws for action spaces that the agent cannot play; all but Discrete ones unless given
 * @throws RangeError or TypeError naming the argument, its value and the remedy
 */
export function prepareAgent<ActionSpace extends Space>(
  agent: string,
  config: PlayedConfig,
  options: SharedOptions,
  defaults: DefaultParts,
  requireActions: (space: Space, agent: string) => ActionSpace,
): AgentParts<ActionSpace>
export function prepareAgent(
  agent: string,
  config: PlayedConfig,
  options: SharedOptions,
  defaults: DefaultParts,
): AgentParts
export function prepareAgent(
  agent: string,
  config: PlayedConfig,
  options: SharedOptions,
  defaults: DefaultParts,
  requireActions: (space: Space, agent: string) => Space = requireDiscreteActions,
): AgentParts<Space> {
  const { env, spaces, seed = 1 } = config
  if (!seedSchema.safeParse(seed).success) {
    throw new RangeError(`seed is ${JSON.stringify(seed)}; give a whole number from 0 or a text`)
  }
  const environments = env ? environmentsFrom(env, options.numEnvs, defaults.numEnvs) : undefined
  const envs = environments?.vector
  const observationSpace = envs?.singleObservationSpace ?? spaces?.observationSpace
  const anyActionSpace = envs?.singleActionSpace ?? spaces?.actionSpace
  if (!observationSpace || !anyActionSpace) {
    throw new TypeError('env is missing; give an environment, or a function that makes one')
  }
  const actionSpace = requireActions(anyActionSpace, agent)
  const encoder = observationEncoder(
    observationSpace,
    options.scaleObservations,
    options.frameStack,
  )
  return {
    seed,
    rng: new Rng(seed),
    numEnvs: envs?.numEnvs ?? options.numEnvs ?? defaults.numEnvs,
    envs,
    makeEnv: environments?.makeEnv,
    observationSpace,
    actionSpace,
    encoder,
    networkFactory: options.network ?? defaultNetwork(encoder.inputShape, defaults.network),
  }
}

/** A small convolution for small images, Mnih's for large ones. */
function defaultNetwork(inputShape: readonly number[], forVectors: NetworkFactory): NetworkFactory {
  if (inputShape.length !== 3) return forVectors
  return Math.min(inputShape[0]!, inputShape[1]!) < 36 ? minatarConv() : natureConv()
}

/**
 * Resets the environments for learning: one seed each, from the stream `env/<i>`.
 *
 * @returns a copy of the first observations, since the vector environment reuses its own array, the seeds and the infos
 * @throws TrainingTrouble if an observation is not finite
 */
export function startPlaying(envs: VectorEnv, rng: Rng, moment: Moment): StartedPlaying {
  const seeds = firstSeeds(envs, rng)
  const { obs, infos } = envs.reset({ seed: seeds })
  const playing = { obs: obs.slice(), seeds }
  requireFiniteStart(playing, moment)
  return { playing, infos }
}

export interface StartedPlaying {
  readonly playing: Playing
  /** [N] of the reset. */
  readonly infos: readonly Info[]
}

/** @throws Error for an agent that was made without environments */
export function requireEnvs(envs: VectorEnv | undefined): VectorEnv {
  if (envs) return envs
  throw new Error(
    'this agent has no environment to learn in; give env to the constructor or to load',
  )
}

/** Tells the listeners of the episodes that ended in a step. */
export function reportEpisodes(
  step: VectorStep,
  globalStep: number,
  listeners: Pick<Required<Callbacks>, 'onEpisode'>,
): void {
  for (let env = 0; env < step.terminated.length; env++) {
    if (!step.terminated[env] && !step.truncated[env]) continue
    const episodicReturn = step.episodeReturns[env]!
    listeners.onEpisode({
      globalStep,
      env,
      episodicReturn,
      episodicLength: step.episodeLengths[env]!,
    })
  }
}

/** An array of one observation. @throws RangeError if it is not of the size of one */
export function oneObservation(obs: NumericArray | number, size: number): NumericArray {
  const one = typeof obs === 'number' ? Int32Array.of(obs) : obs
  if (one.length === size) return one
  throw new RangeError(
    `obs has ${one.length} numbers, but one observation has ${size}; use actBatch for several`,
  )
}

/**
 * A program asked about one observation at a time. Its arrays are reused, so that on a backend which captures programs
 * acting allocates nothing.
 */
export class SingleObservation<O extends string> {
  readonly #program: Program<{ obs: TensorSpec }, O>
  readonly #size: number
  readonly #inputs: { obs: NumericArray } = { obs: new Float32Array(0) }
  readonly #outputs: Readonly<Record<O, Float32Array>>

  /**
   * @param size length of one observation
   * @param outputs length of each output for one observation
   */
  constructor(
    program: Program<{ obs: TensorSpec }, O>,
    size: number,
    outputs: Readonly<Record<O, number>>,
  ) {
    this.#program = program
    this.#size = size
    const arrays = Object.entries<number>(outputs).map(([name, n]) => [name, new Float32Array(n)])
    this.#outputs = Object.fromEntries(arrays) as Record<O, Float32Array>
  }

  /**
   * @returns the outputs, valid until the next call
   * @throws RangeError if the observation is not of the size of one
   */
  run(obs: NumericArray | number): Readonly<Record<O, Float32Array>> {
    this.#inputs.obs = oneObservation(obs, this.#size)
    this.#program.into(this.#inputs, this.#outputs)
    return this.#outputs
  }
}

/** Index of the largest of `count` numbers from `offset`; the first of equals. */
export function argMax(values: ArrayLike<number>, offset: number, count: number): number {
  let best = 0
  for (let i = 1; i < count; i++) if (values[offset + i]! > values[offset + best]!) best = i
  return best
}
