/** From what a user hands an agent (an Env, a factory, a VectorEnv) to the vector environment that it trains on. */
import type { AsyncEnv, Discrete, Space } from 'gymnasium-js'
import { SyncVectorEnv, type VectorEnv } from 'gymnasium-js/vector'
import { FlattenObservation, shareStatistics } from 'gymnasium-js/wrappers'

/** An environment, which may answer later, a function that makes one, or a vector environment. */
export type EnvSource = AsyncEnv | (() => AsyncEnv) | VectorEnv

/** An agent's environments: what it trains on, and how to make more of them (for evaluation), where that is known. */
export interface Environments {
  readonly vector: VectorEnv
  /** The one whose wrappers gather the statistics, for all of them; or the vector environment. */
  readonly gathering: unknown
  readonly makeEnv: (() => AsyncEnv) | undefined
}

/**
 * @param source what the user gave
 * @param numEnvs copies asked for; undefined makes `defaultCopies` of a factory and takes anything else as it is
 * @param beforeCopies told of the first copy, before there are others; it throws where there can be no others
 * @throws RangeError if several copies are asked for but cannot be made; TypeError for anything else than an environment
 */
export function environmentsFrom(
  source: EnvSource,
  numEnvs: number | undefined,
  defaultCopies: number,
  beforeCopies?: (first: AsyncEnv, count: number) => void,
): Environments {
  if (typeof source === 'function') {
    const makeEnv = () => flattened(source())
    return { ...copiesOf(makeEnv, numEnvs ?? defaultCopies, beforeCopies), makeEnv }
  }
  if (typeof source !== 'object') {
    const hint =
      typeof source === 'string' ? `; for a registered one, () => make('${source as string}')` : ''
    throw new TypeError(
      `env: expected an environment or a function that makes one, found ${typeof source}${hint}`,
    )
  }
  const vector = vectorOf(source)
  if (numEnvs !== undefined && numEnvs !== vector.numEnvs) {
    throw new RangeError(
      `numEnvs is ${numEnvs}, but env has ${vector.numEnvs}; leave it out, or give a function that makes environments`,
    )
  }
  return { vector, gathering: source, makeEnv: undefined }
}

/** All of them gather into the statistics of the first: they are the model's. */
function copiesOf(
  makeEnv: () => AsyncEnv,
  count: number,
  beforeCopies: ((first: AsyncEnv, count: number) => void) | undefined,
): Omit<Environments, 'makeEnv'> {
  const copies = [makeEnv()]
  if (isEnv(Object(copies[0]) as object)) beforeCopies?.(copies[0]!, count)
  while (copies.length < count) copies.push(makeEnv())
  const inTurn = shareStatistics(copies)
  const vector = new SyncVectorEnv(
    copies.map((env) => () => env),
    { inTurn },
  )
  return { vector, gathering: copies[0] }
}

/**
 * An environment whose observations have several parts, which no network takes as they are, with one vector instead.
 * What is no environment is given back as it is, for others to say what is wrong with it.
 */
export function flattened<E extends AsyncEnv>(env: E): E | FlattenObservation {
  const kind = (env as Partial<AsyncEnv> | undefined)?.observationSpace?.kind
  return kind === 'tuple' || kind === 'dict' ? new FlattenObservation(env) : env
}

function vectorOf(source: AsyncEnv | VectorEnv): VectorEnv {
  if (isVectorEnv(source)) {
    if (source.autoresetMode === 'SameStep') return source
    throw new RangeError('env: agents need a vector environment with autoresetMode "SameStep"')
  }
  if (isEnv(source)) return new SyncVectorEnv([() => flattened(source)])
  throw new TypeError(
    'env: expected an environment, a function that makes one, or a vector environment',
  )
}

/** @throws TypeError for an action space other than Discrete, naming it */
export function requireDiscreteActions(space: Space, agent: string): Discrete {
  if (space.kind === 'discrete') return space
  throw new TypeError(
    `env: ${agent} plays Discrete action spaces, but this one is ${space.toString()}; wrap the environment so that ` +
      'its actions are numbered',
  )
}

/** @throws Error for an agent that was made without environments */
export function requireEnvs(envs: VectorEnv | undefined): VectorEnv {
  if (envs) return envs
  throw new Error(
    'this agent has no environment to learn in; give env to the constructor or to load',
  )
}

function isVectorEnv(source: object): source is VectorEnv {
  return 'numEnvs' in source && 'singleObservationSpace' in source
}

function isEnv(source: object): source is AsyncEnv {
  return 'observationSpace' in source && 'actionSpace' in source && 'step' in source
}
