/**
 * Observations of any space as one vector of float32, laid out by `flatten`: choices one-hot, the
 * parts of a Dict in key order.
 *
 * Observation: Box float32 [flatdim]; a new array at every reset and step, the caller's to keep.
 */

import type { AsyncEnv } from '../env.ts'
import type { Box } from '../spaces/box.ts'
import type { Space } from '../spaces/composite.ts'
import { flatten } from '../spaces/flatten.ts'
import { flattenSpace } from '../spaces/unflatten.ts'
import { requireArray } from './box-values.ts'
import { ObservationWrapper } from './observation-wrapper.ts'

/**
 * @example
 * new FlattenObservation(make('FrozenLake-v1')).reset().obs // Float32Array(16), one-hot
 */
export class FlattenObservation<Act = unknown> extends ObservationWrapper<
  Float32Array,
  unknown,
  Act
> {
  readonly observationSpace: Box

  constructor(env: AsyncEnv<unknown, Act>) {
    super(env)
    this.observationSpace = flattenSpace(env.observationSpace)
  }

  protected override observation(obs: unknown): Float32Array {
    return flattenObservation(this.env.observationSpace, obs)
  }
}

/** A new vector [flatdim]. A Box is flat already, and may honestly be overshot; flatten() forbids it. */
export function flattenObservation(space: Space, obs: unknown): Float32Array {
  return space.kind === 'box'
    ? Float32Array.from(requireArray('the observation', space, obs))
    : flatten(space, obs)
}
