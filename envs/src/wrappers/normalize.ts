/** Normalization by running statistics, for one observation or a batch of them. */

import type { RunningMeanStd } from '../running-mean-std.ts'
import type { TypedArray } from '../spaces/dtype.ts'

/**
 * (x - mean) / sqrt(variance + epsilon), in the dtype of the statistics.
 *
 * @param values [B, size], flat.
 * @param out [B, size], receives the result.
 * @returns out
 */
export function normalize(
  values: TypedArray,
  { mean, variance, size, dtype }: RunningMeanStd,
  epsilon: number,
  out: Float32Array,
): Float32Array {
  const narrow = dtype === 'float32'
  for (let k = 0; k < size; k++) {
    const center = mean[k]!
    const widened = variance[k]! + (narrow ? Math.fround(epsilon) : epsilon)
    const deviation = Math.sqrt(narrow ? Math.fround(widened) : widened)
    const divisor = narrow ? Math.fround(deviation) : deviation
    for (let i = k; i < values.length; i += size) {
      const difference = values[i]! - center
      out[i] = (narrow ? Math.fround(difference) : difference) / divisor
    }
  }
  return out
}
