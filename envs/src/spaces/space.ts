/**
 * What all spaces share: a set of values that can be sampled, tested and described. After
 * Gymnasium's `gymnasium.spaces`. Multi-dimensional values are flat typed arrays in C order; the
 * space knows the shape.
 */

import { Rng } from '../rng.ts'
import type { Seed } from '../rng.ts'
import type { SpaceJson } from './json.ts'

/** The type of a space's values. */
export type ValueOf<S> = S extends { sample(rng?: Rng): infer T } ? T : never

export abstract class SpaceBase<T> {
  abstract readonly kind: 'box' | 'discrete' | 'multi-discrete' | 'multi-binary' | 'dict' | 'tuple'

  /** Fixed when the caller never seeds: there is no entropy source, by design. */
  #rng: Rng | undefined

  /** Restarts the space's own random stream. @throws RangeError or TypeError on a bad seed. */
  seed(seed: Seed): void {
    this.#rng = new Rng(seed)
  }

  /**
   * A random member, from `rng` or else from the space's own stream (seed 0 until `seed` is
   * called). Gymnasium's rules: uniform where bounded, exponential where bounded on one side,
   * normal where unbounded.
   */
  sample(rng?: Rng): T {
    return this.draw(rng ?? this.ownRng)
  }

  /** The space's own stream. */
  protected get ownRng(): Rng {
    return (this.#rng ??= new Rng(0))
  }

  /** Whether x is a member: type, dtype, shape and bounds; NaN never is. */
  contains(x: unknown): x is T {
    return this.explain(x) === undefined
  }

  /** Why x is not a member, in words that say how to mend it; undefined when it is one. */
  abstract explain(x: unknown): string | undefined

  /** Whether both describe the same set, with the same dtypes. */
  equals(other: SpaceBase<unknown>): boolean {
    return JSON.stringify(this.toJSON()) === JSON.stringify(other.toJSON())
  }

  /** A description that `spaceFromJSON` reads back; infinities are 'inf' and '-inf'. */
  abstract toJSON(): SpaceJson

  /** As Gymnasium prints it. */
  abstract toString(): string

  protected abstract draw(rng: Rng): T
}
