/** Back from the flat vectors of `flatten` to values of a space. */

import { Box } from './box.ts'
import type { AnySpace, Space } from './composite.ts'
import { ARRAYS, INTEGER_RANGE } from './dtype.ts'
import type { DType } from './dtype.ts'
import { flatdim } from './flatten.ts'
import type { ValueOf } from './space.ts'

/**
 * The space of a space's flattened values: a float32 Box [flatdim(space)] with the bounds of its
 * Boxes, and 0 … 1 for choices.
 *
 * @throws RangeError when the space has no parts.
 */
export function flattenSpace(space: Space): Box {
  const low = new Float32Array(flatdim(space))
  if (low.length === 0) {
    throw new RangeError(`flattenSpace: ${space.toString()} is empty; pass a space with parts`)
  }
  const high = new Float32Array(low.length)
  writeBounds(space, low, high, 0)
  return new Box({ low, high })
}

/** Writes at `offset` and returns the offset behind what it wrote. */
function writeBounds(
  space: AnySpace,
  low: Float32Array,
  high: Float32Array,
  offset: number,
): number {
  const write = (at: number, part: AnySpace) => writeBounds(part, low, high, at)
  if (space.kind === 'tuple') return space.spaces.reduce(write, offset)
  if (space.kind === 'dict') return space.entries.reduce((at, [, part]) => write(at, part), offset)
  const end = offset + flatdim(space)
  if (space.kind === 'box') {
    low.set(space.low, offset)
    high.set(space.high, offset)
  } else {
    high.fill(1, offset, end)
  }
  return end
}

/**
 * The value that `flatten` made `flat` of: `unflatten(space, flatten(space, value))` is `value`, as
 * far as float32 holds it: elements of float64 and of large integers are rounded, but stay within
 * the bounds.
 *
 * @param flat [flatdim(space)].
 * @throws RangeError on another length; TypeError where `flat` is not what flatten gives: a choice
 * that is not one-hot, or numbers outside the space.
 */
export function unflatten<S extends Space>(space: S, flat: ArrayLike<number>): ValueOf<S> {
  const size = flatdim(space)
  if (flat.length !== size) {
    throw new RangeError(
      `unflatten: flat has ${flat.length} elements; pass ${size} for ${space.toString()}`,
    )
  }
  const value = read(space, Float64Array.from(flat))
  const why = space.explain(value)
  if (why === undefined) return value as ValueOf<S> // as the space itself has just said
  throw new TypeError(`unflatten: flat makes no member of ${space.toString()}: ${why}`)
}

function read(space: AnySpace, flat: Float64Array): unknown {
  switch (space.kind) {
    case 'box':
      return readBox(space, flat)
    case 'multi-binary':
      return flat.every((x) => x === 0 || x === 1) ? Uint8Array.from(flat) : noChoice(flat)
    case 'discrete':
      return space.start + indexOfOne(flat)
    case 'multi-discrete':
      return Int32Array.from(split(flat, space.nvec), indexOfOne)
    case 'tuple': {
      const parts = split(flat, space.spaces.map(flatdim))
      return space.spaces.map((part, i) => read(part, parts[i]!))
    }
    case 'dict': {
      const parts = split(
        flat,
        space.entries.map(([, part]) => flatdim(part)),
      )
      return Object.fromEntries(space.entries.map(([key, part], i) => [key, read(part, parts[i]!)]))
    }
  }
}

function readBox({ dtype, low, high }: Box<DType>, flat: Float64Array): unknown {
  const value = new ARRAYS[dtype](flat.length)
  const integer = INTEGER_RANGE[dtype] !== undefined
  for (const [i, x] of flat.entries()) {
    const element = within(low[i]!, high[i]!, x)
    value[i] = element
    // Integer arrays cut off and wrap around without a word.
    if (!integer || value[i] === element) continue
    throw new TypeError(`unflatten: element ${i} is ${x}; pass a number that ${dtype} holds`)
  }
  return value
}

/** x, or the bound that float32 rounding has led it beyond: it may lie between two float32. */
function within(low: number, high: number, x: number): number {
  if (x < low && x === Math.fround(low)) return low
  return x > high && x === Math.fround(high) ? high : x
}

/** Consecutive pieces of these sizes. */
function split(flat: Float64Array, sizes: readonly number[]): Float64Array[] {
  let at = 0
  return sizes.map((size) => flat.subarray(at, (at += size)))
}

function indexOfOne(flat: Float64Array): number {
  const index = flat.indexOf(1)
  const others = flat.some((x, i) => x !== 0 && i !== index)
  return index < 0 || others ? noChoice(flat) : index
}

function noChoice(flat: Float64Array): never {
  throw new TypeError(
    `unflatten: [${flat.join(', ')}] is no choice; pass zeros and ones as flatten gives them`,
  )
}
