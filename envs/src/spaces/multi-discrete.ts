/** Several discrete choices at once: element i is an integer in 0 … nvec[i] - 1. One axis only. */

import { describe } from '../names.ts'
import type { Rng } from '../rng.ts'
import { checkShape } from './dtype.ts'
import type { MultiDiscreteJson } from './json.ts'
import { checkMask, drawAllowed } from './mask.ts'
import type { Mask } from './mask.ts'
import { SpaceBase } from './space.ts'

/**
 * @example
 * new MultiDiscrete([3, 2]).sample() // Int32Array(2)
 */
export class MultiDiscrete extends SpaceBase<Int32Array> {
  readonly kind = 'multi-discrete'
  /** Number of values of each element. */
  readonly nvec: readonly number[]

  /** @throws RangeError when an element of nvec is not an integer ≥ 1, or there is none. */
  constructor(nvec: readonly number[]) {
    super()
    this.nvec = checkShape('MultiDiscrete: nvec', nvec)
    if (nvec.length === 0) throw new RangeError('MultiDiscrete: nvec is empty; pass integers >= 1')
  }

  /**
   * Random values, of those that the masks allow.
   *
   * @param masks one mask [nvec[i]] for each element, as `Discrete.sample` takes it.
   * @throws RangeError when there is not one mask of zeros and ones for each element.
   */
  override sample(rng?: Rng, masks?: readonly Mask[]): Int32Array {
    if (masks === undefined) return super.sample(rng)
    if (masks.length !== this.nvec.length) {
      throw new RangeError(
        `MultiDiscrete.sample: masks is ${describe(masks)}; pass ${this.nvec.length} masks`,
      )
    }
    for (const [i, n] of this.nvec.entries()) {
      checkMask(`MultiDiscrete.sample: masks[${i}]`, masks[i], n, 1)
    }
    return Int32Array.from(masks, (mask) => drawAllowed(rng ?? this.ownRng, mask))
  }

  override explain(x: unknown): string | undefined {
    if (!(x instanceof Int32Array) || x.length !== this.nvec.length) {
      return `expected an Int32Array of length ${this.nvec.length}, found ${describe(x)}`
    }
    const outside = x.findIndex((value, i) => value < 0 || value >= this.nvec[i]!)
    if (outside < 0) return undefined
    const last = this.nvec[outside]! - 1
    return `element ${outside} is ${x[outside]!}; expected an integer from 0 to ${last}`
  }

  override toJSON(): MultiDiscreteJson {
    return { kind: this.kind, nvec: this.nvec }
  }

  override toString(): string {
    return `MultiDiscrete([${this.nvec.join(' ')}])`
  }

  protected override draw(rng: Rng): Int32Array {
    return Int32Array.from(this.nvec, (n) => rng.randInt(0, n))
  }
}
