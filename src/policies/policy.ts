/** What a policy is: how an agent acts, while it learns and after. */
import type { Info } from 'gymnasium-js'
import type { ActionArray, ObsArray } from 'gymnasium-js/vector'
import type { Awaitable, NumericArray } from '../backend/index.ts'
import type { ActionValues } from '../buffers/index.ts'
import type { Stateful } from '../state.ts'

export interface ActOptions {
  /** The greedy, or most probable, action, or the mean; otherwise it is drawn as while learning. */
  readonly deterministic: boolean
  /** What the environment told beside the observation, for its `actionMask`. */
  readonly info?: Info | undefined
}

export interface ActBatchOptions {
  readonly deterministic: boolean
  /** [N] as `info`. */
  readonly infos?: readonly Info[]
}

/** @typeParam Action as an environment takes it */
export interface ActingPolicy<Action> extends Stateful {
  /** The action for one observation, where reading takes no waiting; allocates nothing. */
  one(obs: NumericArray | number, options: ActOptions): Action
  /** [N, ...] actions as environments take them. @param obs [N, ...] */
  batch(obs: NumericArray, options: ActBatchOptions): Awaitable<ActionArray>
  /** Lets go of what was computed ahead, where reading takes waiting. */
  forget?(): void
  dispose(): void
}

/** What was done in a step of N environments. */
export interface Played {
  /** [N, D] as buffers hold them */
  readonly actions: ActionValues
  /** [N] V of what was seen */
  readonly values: Float32Array
}

/** A policy that rollouts are collected with. */
export interface RolloutPolicy {
  /** @param obs [N, ...] @param masks [N, maskSize] of legal actions; without it all are */
  play(obs: ObsArray, masks: Uint8Array | undefined): Awaitable<Played>
  /** For the warm-up: there is no network to ask yet. */
  playAtRandom(obs: ObsArray, masks: Uint8Array | undefined): Played
  /** As environments take them. */
  toEnv(actions: ActionValues): ActionArray
}
