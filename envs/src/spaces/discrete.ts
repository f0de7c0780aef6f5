/** The integers start, start + 1, …, start + n - 1. */

import { describe } from '../names.ts'
import { checkInteger } from '../numbers.ts'
import type { Rng } from '../rng.ts'
import type { DiscreteJson } from './json.ts'
import { checkMask, drawAllowed } from './mask.ts'
import type { Mask } from './mask.ts'
import { SpaceBase } from './space.ts'

/**
 * @example
 * new Discrete(2).sample() // 0 or 1
 * new Discrete(3).sample(rng, [1, 0, 1]) // 0 or 2
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
    checkInteger('Discrete: n', n)
    if (!Number.isSafeInteger(start)) {
      throw new RangeError(`Discrete: start is ${start}; pass an integer`)
    }
    this.n = n
    this.start = start
  }

  /**
   * A random value, of those that the mask allows.
   *
   * @param mask [n]: 1 for start + i may be drawn, 0 for not. If all are 0, `start` comes out.
   * @throws RangeError when the mask is not n zeros and ones.
   */
  override sample(rng?: Rng, mask?: Mask): number {
    if (mask === undefined) return super.sample(rng)
    checkMask('Discrete.sample: mask', mask, this.n, 1)
    return this.start + drawAllowed(rng ?? this.ownRng, mask)
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
