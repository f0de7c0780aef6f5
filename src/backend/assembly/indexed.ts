/**
 * Kernels that find rows by an index: gather, scatter, sums of segments. Four-byte elements, int32 indices.
 *
 * An index out of range traps where tfjs throws an error; the caller looks first where it can.
 */
import { copyRow } from './strided'
import { F32, storeUpTo4, V128, zero } from './vector'

/** y[batch, outer, n, size] = the rows of x[batch, outer, rows, size] with indices[batch, n]. */
export function gather(
  x: usize, indices: usize, y: usize, batch: i32, outer: i32, rows: i32, n: i32, size: i32,
): void {
  const rowBytes = <usize>size * F32
  for (; batch > 0; batch--, indices += <usize>n * F32) {
    for (let o = outer; o > 0; o--, x += <usize>rows * rowBytes) {
      for (let at = indices, end = at + <usize>n * F32; at != end; at += 4, y += rowBytes) {
        copyRow(x + inRange(load<i32>(at), rows) * rowBytes, y, rowBytes)
      }
    }
  }
}

/** y[n, size] = the rows of x[rows, size] with indices[n, rank], whose numbers of a row `strides` makes one index. */
export function gatherNd(
  x: usize, indices: usize, y: usize, n: i32, rank: i32, rows: i32, size: i32, strides: usize,
): void {
  const rowBytes = <usize>size * F32
  for (; n > 0; n--, indices += <usize>rank * F32, y += rowBytes) {
    copyRow(x + inRange(flatIndex(indices, rank, strides), rows) * rowBytes, y, rowBytes)
  }
}

/** y[rows, size] = the sums of those updates[n, size] that have the same indices[n, rank], in ascending order. */
export function scatterNd(
  indices: usize, updates: usize, y: usize, n: i32, rank: i32, rows: i32, size: i32, strides: usize,
): void {
  const rowBytes = <usize>size * F32
  memory.fill(y, 0, <usize>rows * rowBytes)
  for (; n > 0; n--, indices += <usize>rank * F32, updates += rowBytes) {
    addRow(updates, y + inRange(flatIndex(indices, rank, strides), rows) * rowBytes, size)
  }
}

/**
 * y[segments, size] = the sums of those x[n, size] that have the same ids[n], in ascending order; other ids are
 * ignored. As tfjs's cpu backend, which multiplies by a mask, a number that is not finite makes NaN of its column in
 * every segment that it does not belong to.
 */
export function segmentSum(x: usize, ids: usize, y: usize, n: i32, segments: i32, size: i32): void {
  const rowBytes = <usize>size * F32
  memory.fill(y, 0, <usize>segments * rowBytes)
  for (; n > 0; n--, x += rowBytes, ids += 4) {
    const id = load<i32>(ids)
    if (<u32>id < <u32>segments) addRow(x, y + <usize>id * rowBytes, size)
    if (!isFinite(x, size)) {
      for (let s = 0, at = y; s < segments; s++, at += rowBytes) if (s != id) addMasked(x, at, size)
    }
  }
}

@inline function flatIndex(indices: usize, rank: i32, strides: usize): i32 {
  let flat = 0
  for (let end = strides + (<usize>rank << 2); strides != end; indices += 4, strides += 4) {
    flat += load<i32>(indices) * load<i32>(strides)
  }
  return flat
}

@inline function inRange(index: i32, rows: i32): usize {
  if (<u32>index >= <u32>rows) unreachable()
  return <usize>index
}

/** y[n] += x[n] */
function addRow(x: usize, y: usize, n: i32): void {
  for (; n > 0; n -= 4, x += V128, y += V128) storeUpTo4(y, f32x4.add(v128.load(y), v128.load(x)), n)
}

/** y[n] += 0 · x[n] */
function addMasked(x: usize, y: usize, n: i32): void {
  for (; n > 0; n--, x += F32, y += F32) store<f32>(y, load<f32>(y) + 0 * load<f32>(x))
}

function isFinite(x: usize, n: i32): bool {
  let sum = zero()
  for (; n >= 4; n -= 4, x += V128) sum = f32x4.add(sum, f32x4.mul(zero(), v128.load(x)))
  if (v128.any_true(f32x4.ne(sum, sum))) return false
  for (; n > 0; n--, x += F32) if (load<f32>(x) - load<f32>(x) != 0) return false
  return true
}
