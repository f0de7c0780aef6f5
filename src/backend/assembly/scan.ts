/** Cumulative sums and products along an axis. */
import { F32 } from './vector'

export const SCAN_SUM: i32 = 0
export const SCAN_PROD: i32 = 1

/**
 * y[outer, n, inner]: along the middle axis, the sum or product of all numbers up to each one. `exclusive` leaves out
 * the number itself, `reverse` begins at the end.
 */
export function scan(op: i32, x: usize, y: usize, outer: i32, n: i32, inner: i32, exclusive: i32, reverse: i32): void {
  const row = <usize>inner * F32
  const block = <usize>n * row
  const step: usize = reverse ? <usize>0 - row : row
  for (; outer > 0; outer--, x += block, y += block) {
    const first = reverse ? block - row : 0
    for (let i = 0, at = first; i < n; i++, at += step) {
      const from = x + (exclusive ? at - step : at)
      for (let k: usize = 0; k < row; k += F32) {
        const before = at - step + k
        if (i > 0) store<f32>(y + at + k, folded(op, load<f32>(from + k), load<f32>(y + before)))
        else store<f32>(y + at + k, exclusive ? <f32>op : load<f32>(from + k)) // 0 for sums, 1 for products
      }
    }
  }
}

@inline function folded(op: i32, a: f32, b: f32): f32 {
  return op == SCAN_SUM ? a + b : a * b
}
