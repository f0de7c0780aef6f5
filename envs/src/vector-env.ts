/**
 * N environments stepped together, behind typed arrays that are reused. When an episode ends its
 * environment restarts by itself; `finalObs` keeps the observation that the episode ended with, so
 * that a truncated episode can still be bootstrapped.
 */

import type { EnvSpec, EnvState, Info, ResetOptions } from './env.ts'
import type { Seed } from './rng.ts'
import type { Space } from './spaces/composite.ts'
import type { TypedArray } from './spaces/dtype.ts'

/**
 * What happens after an episode's last step. 'SameStep': that very step resets, `obs` holds the
 * next episode's first observation. 'NextStep': `obs` holds the last observation, and the next
 * step ignores its action and gives the reset observation with reward 0.
 */
export type AutoresetMode = 'SameStep' | 'NextStep'

/** [N, ...] in the observation space's dtype; Discrete: Int32Array [N]. */
export type ObsArray = TypedArray
/** [N, ...] in the action space's dtype; Discrete: Int32Array [N]. */
export type ActionArray = TypedArray

export interface VectorResetArgs {
  /**
   * Number s: environment i gets s + i, as in Gymnasium; string s: `${s}/${i}`; an array: one each.
   */
  seed?: Seed | readonly Seed[] | undefined
  /** Passed to every environment. */
  options?: ResetOptions | undefined
}

export interface VectorReset {
  /** [N, ...], reused by later steps and resets. */
  obs: ObsArray
  /** [N] */
  infos: Info[]
}

/** One step of N environments. The object and its arrays are reused: copy what must outlive the next step. */
export interface VectorStep {
  /** [N, ...] */
  readonly obs: ObsArray
  /** [N] */
  readonly rewards: Float64Array
  /** [N], 0 or 1 */
  readonly terminated: Uint8Array
  /** [N], 0 or 1 */
  readonly truncated: Uint8Array
  /** [N, ...]; row i is valid only where environment i ended in this step. */
  readonly finalObs: ObsArray
  /** [N]; undiscounted return of the episode that ended in this step, else 0. */
  readonly episodeReturns: Float64Array
  /** [N]; length in timesteps of the episode that ended in this step, else 0. */
  readonly episodeLengths: Int32Array
  /** [N]; under SameStep, that of an ended environment is its reset's, with `finalInfo` beside. */
  readonly infos: Info[]
}

export interface VectorEnv {
  readonly numEnvs: number
  readonly singleObservationSpace: Space
  readonly singleActionSpace: Space
  readonly autoresetMode: AutoresetMode
  readonly spec?: EnvSpec | undefined
  reset(args?: VectorResetArgs): VectorReset
  /** @param actions [N, ...]; not kept. */
  step(actions: ActionArray): VectorStep
  /** Everything that later steps depend on, in mid-episode too; JSON-serialisable. */
  getState(): EnvState
  setState(state: EnvState): void
  close(): void
}
