/** The affine map between two boxes of the same shape, for RescaleAction and RescaleObservation. */

import type { TypedArray } from '../spaces/dtype.ts'

/** Lowest and highest value of each element. */
export interface Interval {
  readonly low: ArrayLike<number>
  readonly high: ArrayLike<number>
}

/**
 * Maps each element from its interval in `from` onto that in `to`, and writes to `out`. What lies
 * inside stays inside, rounding notwithstanding; what lies outside is continued linearly.
 */
export function rescale(values: TypedArray, from: Interval, to: Interval, out: TypedArray): void {
  for (let k = 0; k < values.length; k++) {
    const low = to.low[k]!
    const high = to.high[k]!
    const share = (values[k]! - from.low[k]!) / (from.high[k]! - from.low[k]!)
    const value = low + (high - low) * share
    out[k] = share >= 0 && share <= 1 ? Math.min(Math.max(value, low), high) : value
  }
}

/** @throws RangeError where an interval of the box that is scaled from is a single point. */
export function requireWidth(what: string, { low, high }: Interval): void {
  for (let k = 0; k < low.length; k++) {
    if (low[k]! < high[k]!) continue
    throw new RangeError(
      `${what}: element ${k} has the single value ${low[k]!}; give it a low below its high`,
    )
  }
}
