/**
 * Copies from one walk through memory to another: slices, transpositions, tiles, reversals and padding are one nest of
 * loops over up to six axes, each with a stride for the source and one for the target. Four-byte elements, whose bits
 * are kept. Concatenation copies rows of several sources side by side.
 *
 * The target is written in the order of its axes; where the innermost axis is contiguous on both sides, rows are
 * copied whole.
 */
import { V128 } from './vector'
import { fill } from './movement'

const LAST_AXIS: usize = 5
/** A table: six sizes, then six strides of the source and six of the target, in bytes. */
const SOURCE_STRIDES: usize = 24
const TARGET_STRIDES: usize = 48
/** Shorter rows are copied faster by a loop than by a call into the host's memmove. */
const LONG_ROW: usize = 256

/** Copies what the table says, from `x` to `y`, which must not overlap. */
export function stridedCopy(x: usize, y: usize, table: usize): void {
  walk(x, y, table, 0)
}

/** y[n] = value, then as `stridedCopy` to `block` bytes after y's beginning. */
export function pad(x: usize, y: usize, table: usize, n: i32, value: f32, block: usize): void {
  fill(y, n, value)
  walk(x, y + block, table, 0)
}

/** y[outer, rowBytes] = the rows of `count` sources side by side; `pieces` lists address and bytes of a row of each. */
export function concat(y: usize, outer: i32, rowBytes: usize, count: i32, pieces: usize): void {
  for (; count > 0; count--, pieces += 8) {
    const bytes = <usize>load<u32>(pieces, 4)
    let x = <usize>load<u32>(pieces)
    for (let i = outer, at = y; i > 0; i--, x += bytes, at += rowBytes) copyRow(x, at, bytes)
    y += bytes
  }
}

/** Copies a row of four-byte elements. */
export function copyRow(x: usize, y: usize, bytes: usize): void {
  if (bytes >= LONG_ROW) {
    memory.copy(y, x, bytes)
    return
  }
  for (; bytes >= V128; bytes -= V128, x += V128, y += V128) v128.store(y, v128.load(x))
  for (; bytes > 0; bytes -= 4, x += 4, y += 4) store<i32>(y, load<i32>(x))
}

function walk(x: usize, y: usize, table: usize, axis: usize): void {
  const at = table + (axis << 2)
  const xStep = <usize>load<i32>(at, SOURCE_STRIDES)
  const yStep = <usize>load<i32>(at, TARGET_STRIDES)
  let n = load<i32>(at)
  if (axis == LAST_AXIS) {
    if (xStep == 4 && yStep == 4) return copyRow(x, y, <usize>n << 2)
    for (; n > 0; n--, x += xStep, y += yStep) store<i32>(y, load<i32>(x))
    return
  }
  for (; n > 0; n--, x += xStep, y += yStep) walk(x, y, table, axis + 1)
}
