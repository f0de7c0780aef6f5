/** From what a user hands an agent (an Env, a factory, a VectorEnv) to the vector environment that it trains on. */
import type { Discrete, Env, Space } from 'gymnasium-js'
import { SyncVectorEnv, type VectorEnv } from 'gymnasium-js/vector'

/** An environment, a function that makes one, or a vector environment. */
export type EnvSource = Env | (() => Env) | VectorEnv

/** An agent's environments: what it trains on, and how to make more of them (for evaluation), where that is known. */
export interface Environments {
  readonly vector: VectorEnv
  readonly makeEnv: (() => Env) | undefined
}

/**
 * @param source what the user gave
 * @param numEnvs copies to make of a factory
 * @throws RangeError if several copies are asked for but cannot be made; TypeError for anything else than an environment
 */
export function environmentsFrom(source: EnvSource, numEnvs: number): Environments {
  if (typeof source === 'function') {
    return {
      vector: new SyncVectorEnv(Array.from({ length: numEnvs }, () => source)),
      makeEnv: source,
    }
  }
  if (isVectorEnv(source)) {
    if (source.autoresetMode !== 'SameStep') {
      throw new RangeError('env: agents need a vector environment with autoresetMode "SameStep"')
    }
    return { vector: source, makeEnv: undefined }
  }
  if (!isEnv(source)) {
    throw new TypeError(
      'env: expected an environment, a function that makes one, or a vector environment',
    )
  }
  if (numEnvs !== 1) {
    throw new RangeError(
      `numEnvs is ${numEnvs}, but env is one environment; give a function that makes them`,
    )
  }
  return { vector: new SyncVectorEnv([() => source]), makeEnv: undefined }
}

/** @throws TypeError for an action space other than Discrete, naming it */
export function requireDiscreteActions(space: Space, agent: string): Discrete {
  if (space.kind === 'discrete') return space
  throw new TypeError(
    `env: ${agent} plays Discrete action spaces, but this one is ${space.toString()}; wrap the environment so that ` +
      'its actions are numbered',
  )
}

function isVectorEnv(source: object): source is VectorEnv {
  return 'numEnvs' in source && 'singleObservationSpace' in source
}

function isEnv(source: object): source is Env {
  return 'observationSpace' in source && 'actionSpace' in source && 'step' in source
}
