/** What agents are made from: a user's configuration, checked, and the parts that every agent needs. */
import type { AsyncEnv, Discrete, Space } from 'gymnasium-js'
import type { VectorEnv } from 'gymnasium-js/vector'
import { minatarConv, natureConv, type NetworkFactory } from '../nn/network.ts'
import { observationEncoder, type ObservationEncoder } from '../nn/observations.ts'
import { Rng, type Seed } from '../rng.ts'
import { seedSchema } from './agent-options.ts'
import { environmentsFrom, type EnvSource } from './environments.ts'
import { requireMemoryForAgent, type Sizing } from './sizes.ts'

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

/** The options that decide what `prepareAgent` makes. */
export type SharedOptions = Sizing & {
  readonly numEnvs?: number | undefined
  readonly network?: NetworkFactory | undefined
  readonly scaleObservations: boolean | readonly number[]
  /** Frames along the first axis of an observation; 1 unless told. */
  readonly frameStack?: number | undefined
}

/** What an agent has where its options say nothing. */
export interface Defaults {
  /** Copies made of a factory. */
  readonly numEnvs: number
  /** For observations that are vectors. */
  readonly network: NetworkFactory
}

export interface AgentParts<ActionSpace extends Space = Discrete> {
  readonly seed: Seed
  /** Parent of all the agent's random streams. */
  readonly rng: Rng
  readonly numEnvs: number
  /** Undefined for an agent that only acts. */
  readonly envs: VectorEnv | undefined
  /** What has the wrappers around it that gather statistics. */
  readonly gathering: unknown
  /** Makes environments for evaluation; undefined where the user gave finished ones. */
  readonly makeEnv: (() => AsyncEnv) | undefined
  readonly observationSpace: Space
  readonly actionSpace: ActionSpace
  readonly encoder: ObservationEncoder
  readonly networkFactory: NetworkFactory
}

/**
 * Checks what an agent is to play and makes the parts that every agent needs.
 *
 * @param title names the agent in errors
 * @param requireActions throws for action spaces that the agent cannot play
 * @throws RangeError or TypeError naming the argument, its value and the remedy
 */
export function prepareAgent<ActionSpace extends Space>(
  title: string,
  { env, spaces, seed = 1 }: AgentConfig<object>,
  options: SharedOptions,
  defaults: Defaults,
  requireActions: (space: Space, title: string) => ActionSpace,
): AgentParts<ActionSpace> {
  if (!seedSchema.safeParse(seed).success) {
    throw new RangeError(`seed is ${JSON.stringify(seed)}; give a whole number from 0 or a text`)
  }
  const play = (spaces: Spaces, numEnvs: number, copies = 0) => {
    const { observationSpace } = spaces
    const actionSpace = requireActions(spaces.actionSpace, title)
    const { scaleObservations, frameStack } = options
    const encoder = observationEncoder(observationSpace, scaleObservations, frameStack)
    const networkFactory = options.network ?? defaultNetwork(encoder.inputShape, defaults.network)
    const parts = { numEnvs, observationSpace, actionSpace, encoder, networkFactory }
    requireMemoryForAgent({ ...parts, options }, copies)
    return parts
  }
  const environments = env
    ? environmentsFrom(env, options.numEnvs, defaults.numEnvs, (first, count) => {
        play(first, count, count)
      })
    : undefined
  const envs = environments?.vector
  const observationSpace = envs?.singleObservationSpace ?? spaces?.observationSpace
  const actionSpace = envs?.singleActionSpace ?? spaces?.actionSpace
  if (!observationSpace || !actionSpace) {
    throw new TypeError('env is missing; give an environment, or a function that makes one')
  }
  const numEnvs = envs?.numEnvs ?? options.numEnvs ?? defaults.numEnvs
  return {
    ...play({ observationSpace, actionSpace }, numEnvs),
    seed,
    rng: new Rng(seed),
    envs,
    gathering: environments?.gathering,
    makeEnv: environments?.makeEnv,
  }
}

/** A small convolution for small images, Mnih's for large ones; what is no image is a vector. */
function defaultNetwork(inputShape: readonly number[], forVectors: NetworkFactory): NetworkFactory {
  if (!isImage(inputShape)) return forVectors
  return Math.min(inputShape[0]!, inputShape[1]!) < 36 ? minatarConv() : natureConv()
}

/** Pixels of a side, below which a box of three axes is no image. */
const LEAST_SIDE = 8

/**
 * Whether observations are images: [height, width, channels] of at least 8 × 8 pixels.
 *
 * @throws RangeError for what looks like an image whose channels come first, which a convolution would take for rows
 */
function isImage(shape: readonly number[]): boolean {
  const [height = 0, width = 0, channels = 0] = shape
  if (shape.length !== 3) return false
  const isChannelsFirst = height <= 4 && width >= 4 * LEAST_SIDE && channels >= 4 * LEAST_SIDE
  if (!isChannelsFirst) return Math.min(height, width) >= LEAST_SIDE
  throw new RangeError(
    `env: observations of shape [${shape.join(', ')}] look like an image with its channels, or frames, first; put them last ` +
      '(TransformObservation), say frameStack where they are frames, or give network',
  )
}
