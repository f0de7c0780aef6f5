/**
 * Observations with the time as their last element, so that what is worth doing before a time limit
 * can be seen (Pardo et al. 2018). The flattened form of Gymnasium's `TimeAwareObservation`; its Dict
 * form is left out on purpose: TransformObservation makes any other.
 *
 * Observation: Box float32 [flatdim + 1], the flattened observation and then the timesteps since the
 * reset, 0 … maxEpisodeSteps, or their share of the limit, 0 … 1; a new array at every reset and
 * step, the caller's to keep.
 */

import { BaseWrapper } from '../env.ts'
import type { ResetResult, StepResult, Env, EnvState } from '../env.ts'
import { readNumber } from '../json.ts'
import { Box } from '../spaces/box.ts'
import { flattenSpace } from '../spaces/unflatten.ts'
import { flattenObservation } from './flatten-observation.ts'
import { ObservationWrapper } from './observation-wrapper.ts'
import { TimeLimit } from './time-limit.ts'

export interface TimeAwareObservationOptions {
  /** Give the time as its share of the limit. Default: false, as in Gymnasium. */
  normalizeTime?: boolean | undefined
}

/**
 * @example
 * const env = new TimeAwareObservation(make('CartPole-v1'), { normalizeTime: true })
 */
export class TimeAwareObservation<Act = unknown> extends ObservationWrapper<
  Float32Array,
  unknown,
  Act
> {
  readonly observationSpace: Box
  /** Timesteps. */
  readonly maxEpisodeSteps: number
  readonly normalizeTime: boolean
  #elapsedSteps = 0

  /** @throws RangeError when `env` has no time limit. */
  constructor(env: Env<unknown, Act>, { normalizeTime = false }: TimeAwareObservationOptions = {}) {
    super(env)
    const limit = findTimeLimit(env)
    if (limit === undefined) {
      throw new RangeError(
        'TimeAwareObservation: the environment has no time limit; put a TimeLimit inside',
      )
    }
    this.maxEpisodeSteps = limit
    this.normalizeTime = normalizeTime
    const { low, high } = flattenSpace(env.observationSpace)
    this.observationSpace = new Box({
      low: [...low, 0],
      high: [...high, normalizeTime ? 1 : limit],
      dtype: 'float32',
    })
  }

  protected override afterReset(result: ResetResult): ResetResult<Float32Array> {
    this.#elapsedSteps = 0
    return super.afterReset(result)
  }

  protected override afterStep(result: StepResult): StepResult<Float32Array> {
    this.#elapsedSteps += 1
    return super.afterStep(result)
  }

  protected override observation(obs: unknown): Float32Array {
    const flat = flattenObservation(this.env.observationSpace, obs)
    const withTime = new Float32Array(flat.length + 1)
    withTime.set(flat)
    withTime[flat.length] = this.#elapsedSteps / (this.normalizeTime ? this.maxEpisodeSteps : 1)
    return withTime
  }

  override getState(): EnvState {
    return { ...super.getState(), elapsedSteps: this.#elapsedSteps }
  }

  override setState(state: EnvState): void {
    const elapsedSteps = readNumber(state, 'elapsedSteps')
    super.setState(state)
    this.#elapsedSteps = elapsedSteps
  }
}

/** That of the outermost TimeLimit, else the one that `make` knows of. */
function findTimeLimit(env: Env): number | undefined {
  let inner: Env = env
  while (inner instanceof BaseWrapper) {
    if (inner instanceof TimeLimit) return inner.maxEpisodeSteps
    inner = inner.env
  }
  return env.spec?.maxEpisodeSteps
}
