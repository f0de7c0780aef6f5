/** Several yes-or-no choices at once: every element is 0 or 1. */

import { describe } from '../names.ts'
import type { Rng } from '../rng.ts'
import { checkShape, sizeOf } from './dtype.ts'
import type { MultiBinaryJson } from './json.ts'
import { checkMask } from './mask.ts'
import type { Mask } from './mask.ts'
import { SpaceBase } from './space.ts'

/**
 * @example
 * new MultiBinary(4).sample() // Uint8Array(4)
 */
export class MultiBinary extends SpaceBase<Uint8Array> {
  readonly kind = 'multi-binary'
  readonly shape: readonly number[]
  /** Number of elements. */
  readonly size: number

  /**
   * @param n number of elements, or the shape.
   * @throws RangeError when a dimension is not an integer ≥ 1.
   */
  constructor(n: number | readonly number[]) {
    super()
    this.shape = checkShape('MultiBinary: n', typeof n === 'number' ? [n] : n)
    this.size = sizeOf(this.shape)
  }

  /**
   * Random elements, of those that the mask leaves open.
   *
   * @param mask [size]: 0 and 1 for an element that shall be so, 2 for one to draw.
   * @throws RangeError when the mask is not `size` integers from 0 to 2.
   */
  override sample(rng?: Rng, mask?: Mask): Uint8Array {
    if (mask === undefined) return super.sample(rng)
    checkMask('MultiBinary.sample: mask', mask, this.size, 2)
    const stream = rng ?? this.ownRng
    return Uint8Array.from(mask, (value) => (value === 2 ? stream.randInt(0, 2) : value))
  }

  override explain(x: unknown): string | undefined {
    if (!(x instanceof Uint8Array) || x.length !== this.size) {
      return `expected a Uint8Array of length ${this.size}, found ${describe(x)}`
    }
    const outside = x.findIndex((value) => value > 1)
    return outside < 0 ? undefined : `element ${outside} is ${x[outside]!}; expected 0 or 1`
  }

  override toJSON(): MultiBinaryJson {
    return { kind: this.kind, shape: this.shape }
  }

  override toString(): string {
    const { shape } = this
    return `MultiBinary(${shape.length === 1 ? shape.join('') : `(${shape.join(', ')})`})`
  }

  protected override draw(rng: Rng): Uint8Array {
    return Uint8Array.from({ length: this.size }, () => rng.randInt(0, 2))
  }
}
