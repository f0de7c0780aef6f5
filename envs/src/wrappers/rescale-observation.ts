/**
 * Maps observations affinely from the bounds of the observation space onto [minObs, maxObs]. One
 * that overshoots its bounds is continued linearly, as in Gymnasium.
 *
 * Observation: Box float32 [minObs, maxObs] of the shape inside, whatever the dtype there (Gymnasium
 * keeps it, so that pixels scaled to [0, 1] are not in their own space); a new array at every reset
 * and step, the caller's to keep.
 */

import type { AsyncEnv } from '../env.ts'
import { Box } from '../spaces/box.ts'
import type { DType } from '../spaces/dtype.ts'
import { requireArray, requireBounded, requireBox } from './box-values.ts'
import { ObservationWrapper } from './observation-wrapper.ts'
import { requireWidth, rescale } from './rescale.ts'

export interface RescaleObservationOptions {
  /** One number, or one per element. Default: -1. */
  minObs?: number | ArrayLike<number> | undefined
  /** Likewise. Default: 1. */
  maxObs?: number | ArrayLike<number> | undefined
}

/**
 * @example
 * const env = new RescaleObservation(make('MountainCar-v0'), { minObs: 0, maxObs: 1 })
 */
export class RescaleObservation<Act = unknown> extends ObservationWrapper<
  Float32Array,
  unknown,
  Act
> {
  readonly observationSpace: Box
  readonly #inner: Box<DType>

  /**
   * @throws TypeError when the observations are not in a Box; RangeError when that is unbounded or
   * has an element of one value only, or when minObs is above maxObs.
   */
  constructor(env: AsyncEnv<unknown, Act>, options: RescaleObservationOptions = {}) {
    super(env)
    const { minObs = -1, maxObs = 1 } = options
    const what = 'RescaleObservation: the observation space'
    this.#inner = requireBox(what, env.observationSpace, 'put FlattenObservation inside')
    requireBounded(what, this.#inner, 'use NormalizeObservation instead')
    requireWidth(what, this.#inner)
    const { shape } = this.#inner
    this.observationSpace = new Box({ low: minObs, high: maxObs, shape, dtype: 'float32' })
    requireBounded(
      'RescaleObservation: [minObs, maxObs]',
      this.observationSpace,
      'pass finite numbers',
    )
  }

  protected override observation(obs: unknown): Float32Array {
    const values = requireArray('RescaleObservation: the observation', this.#inner, obs)
    const rescaled = new Float32Array(values.length)
    rescale(values, this.#inner, this.observationSpace, rescaled)
    return rescaled
  }
}
