/** The integers start, start + 1, …, start + n - 1. */

import { describe } from '../names.ts'
import type { Rng } from '../rng.ts'
import { SpaceBase } from './space.ts'
import type { DiscreteJson } from './space-json.ts'

/**
 * @example
 * new Discrete(2).sample() // 0 or 1
 */
export class Discrete extends SpaceBase<number> {
  readonly kind = 'discrete'
  /** Number of values. */
  readonly n: number
  /** The smallest value. */
  readonly start: number

  /** @throws RangeError when n is not an integer ≥ 1, or start not an integer. */
  constructor(n: number, start = 0) {
    super()
    if (!Number.isSafeInteger(n) || n < 1) {
      throw new RangeError(`Discrete: n is ${n}; pass an integer >= 1`)
    }
    if (!Number.isSafeInteger(start)) {
      throw new RangeError(`Discrete: start is ${start}; pass an integer`)
    }
    this.n = n
    this.start = start
  }

  override explain(x: unknown): string | undefined {
    const last = this.start + this.n - 1
    if (Number.isInteger(x) && Number(x) >= this.start && Number(x) <= last) return undefined
    return `expected an integer from ${this.start} to ${last}, found ${describe(x)}`
  }

  override toJSON(): DiscreteJson {
    return { kind: this.kind, n: this.n, start: this.start }
  }

  override toString(): string {
    return this.start === 0 ? `Discrete(${this.n})` : `Discrete(${this.n}, start=${this.start})`
  }

  protected override draw(rng: Rng): number {
    return rng.randInt(this.start, this.start + this.n)
  }
}
