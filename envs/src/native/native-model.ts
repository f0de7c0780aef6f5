/**
 * What an environment must offer to run natively: its state as numbers in one typed array, and pure
 * functions over them. The scalar environment (`NativeEnv`) and the vector one (`NativeVectorEnv`)
 * call the same functions, so one copy and a thousand go through the same arithmetic.
 *
 * A model keeps nothing but its options: whatever an episode changes is in the states, or in the
 * random sources. `info` of native environments is always empty.
 */

import type { ResetOptions } from '../env.ts'
import type { RandomSource } from '../rng.ts'
import type { Space } from '../spaces/composite.ts'
import type { TypedArray } from '../spaces/dtype.ts'

/** The states of N copies: copy i at [i * stateSize … (i + 1) * stateSize - 1]. */
export type NativeStates = Float64Array | Int32Array

export interface NativeModel<
  Obs extends TypedArray = TypedArray,
  Act = unknown,
  S extends NativeStates = NativeStates,
> {
  /** Begins error messages: 'CartPole'. */
  readonly name: string
  /** A Box. */
  readonly observationSpace: Space<Obs>
  /** Discrete or a Box. */
  readonly actionSpace: Space<Act>
  /** What each action of a Discrete space does, in its order: 'push left', 'push right'. */
  readonly actionMeanings?: readonly string[] | undefined
  /** Numbers per copy; finite, and never -0, so that they survive JSON. */
  readonly stateSize: number
  /** @returns the states of n copies [n * stateSize], zeroed. */
  allocate(n: number): S
  /**
   * Starts an episode of the copy at `at`, drawing in the recorded order. Writes all of its numbers.
   *
   * @throws RangeError or TypeError on options that it does not take, before it draws or writes.
   */
  reset(states: S, at: number, source: RandomSource, options: ResetOptions | undefined): void
  /**
   * Clears what the copy at `at` carries from one episode to the next, if anything (MinAtar's last
   * action): called after a reset with a seed, which makes a copy as good as new.
   */
  forget?(states: S, at: number): void
  /**
   * Steps copies 0 … n - 1. The loop is in the model so that engines compile it for this model.
   *
   * @param actions [n, ...] in the action space's dtype (Discrete: Int32Array), checked by the caller
   * to be in a Discrete space, and finite in a Box (not within its bounds: clip if need be).
   * @param sources [n], copy i's own.
   * @param rewards [n], written.
   * @param terminated [n], written, 0 or 1.
   * @param skip [n], 1 for copies that are not stepped (nothing of theirs is read or written);
   * undefined when all are.
   */
  stepAll(
    states: S,
    n: number,
    actions: TypedArray,
    sources: readonly RandomSource[],
    rewards: Float64Array,
    terminated: Uint8Array,
    skip: Uint8Array | undefined,
  ): void
  /** Writes the observation of the copy at `at` into obs[obsAt …], all elements of it. */
  observe(states: S, at: number, obs: Obs, obsAt: number): void
}
