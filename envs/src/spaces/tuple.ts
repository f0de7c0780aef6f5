/** Parts in a fixed order. */

import { describe } from '../names.ts'
import type { Rng } from '../rng.ts'
import { SpaceBase } from './space.ts'
import type { Space, ValueOf } from './space.ts'
import type { TupleJson } from './space-json.ts'

/** Values of a Tuple space: one value per part. */
export type TupleValue<S extends readonly unknown[]> = { [K in keyof S]: ValueOf<S[K]> }

/**
 * @example
 * new Tuple([new Discrete(32), new Discrete(11)]).sample() // [number, number]
 */
export class Tuple<const S extends readonly Space[] = readonly Space[]> extends SpaceBase<
  TupleValue<S>
> {
  readonly kind = 'tuple'
  readonly spaces: S

  constructor(spaces: S) {
    super()
    this.spaces = spaces
  }

  override explain(x: unknown): string | undefined {
    if (!Array.isArray(x) || x.length !== this.spaces.length) {
      return `expected an Array of length ${this.spaces.length}, found ${describe(x)}`
    }
    for (const [i, space] of this.spaces.entries()) {
      const why = space.explain(x[i])
      if (why !== undefined) return `part ${i}: ${why}`
    }
    return undefined
  }

  override toJSON(): TupleJson {
    return { kind: this.kind, spaces: this.spaces.map((space) => space.toJSON()) }
  }

  override toString(): string {
    return `Tuple(${this.spaces.map((space) => space.toString()).join(', ')})`
  }

  protected override draw(rng: Rng): TupleValue<S> {
    const values: unknown[] = this.spaces.map((space): unknown => space.sample(rng))
    // map forgets that the result has S's length and types.
    return values as TupleValue<S>
  }
}
