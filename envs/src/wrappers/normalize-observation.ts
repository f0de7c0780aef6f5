/**
 * Observations with mean about 0 and variance about 1, by running statistics of all that were seen:
 * (obs - mean) / sqrt(variance + epsilon). Each observation, a reset's too, is taken into the
 * statistics before it is normalized by them; `updateRunningMean = false` freezes them, for
 * evaluation.
 *
 * Observation: Box float32 of the shape inside, unbounded; a new array at every reset and step, the
 * caller's to keep. Float32 observations are normalized in float32, as NumPy does it.
 */

import type { AsyncEnv, EnvState } from '../env.ts'
import { readBoolean, readObject } from '../json.ts'
import { RunningMeanStd } from '../running-mean-std.ts'
import { Box } from '../spaces/box.ts'
import type { DType } from '../spaces/dtype.ts'
import { requireArray, requireBox } from './box-values.ts'
import { normalize } from './normalize.ts'
import { ObservationWrapper } from './observation-wrapper.ts'

export interface NormalizeObservationOptions {
  /** Added to the variance. Default: 1e-8, as in Gymnasium. */
  epsilon?: number | undefined
}

/**
 * @example
 * const env = new NormalizeObservation(make('Pendulum-v1'))
 */
export class NormalizeObservation<Act = unknown> extends ObservationWrapper<
  Float32Array,
  unknown,
  Act
> {
  readonly observationSpace: Box
  /** Of the observations as they come from inside. */
  statistics: RunningMeanStd
  readonly epsilon: number
  /** Whether observations go into the statistics. */
  updateRunningMean = true
  readonly #inner: Box<DType>

  /** @throws TypeError when the observations are not in a Box. */
  constructor(env: AsyncEnv<unknown, Act>, { epsilon = 1e-8 }: NormalizeObservationOptions = {}) {
    super(env)
    this.#inner = requireBox(
      'NormalizeObservation: the observation space',
      env.observationSpace,
      'put FlattenObservation inside',
    )
    const { size, shape, dtype } = this.#inner
    this.epsilon = epsilon
    this.statistics = new RunningMeanStd(size, dtype === 'float32' ? 'float32' : 'float64')
    this.observationSpace = new Box({ low: -Infinity, high: Infinity, shape, dtype: 'float32' })
  }

  /** @throws RangeError on an observation that is not finite. */
  protected override observation(obs: unknown): Float32Array {
    const values = requireArray('NormalizeObservation: the observation', this.#inner, obs)
    if (this.updateRunningMean) this.statistics.update(values)
    return normalize(values, this.statistics, this.epsilon, new Float32Array(values.length))
  }

  startEvaluation(): void {
    this.updateRunningMean = false
  }

  override getState(): EnvState {
    return {
      ...super.getState(),
      statistics: this.statistics.getState(),
      updateRunningMean: this.updateRunningMean,
    }
  }

  override setState(state: EnvState): void {
    const statistics = readObject(state, 'statistics')
    const updateRunningMean = readBoolean(state, 'updateRunningMean')
    super.setState(state)
    this.statistics.setState(statistics)
    this.updateRunningMean = updateRunningMean
  }
}
