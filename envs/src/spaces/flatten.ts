/** Values as one flat vector, as Gymnasium's `spaces.utils` lays them out; choices are one-hot. */

import type { AnySpace, Space } from './composite.ts'

/** Length of a space's flattened values. */
export function flatdim(space: Space): number {
  switch (space.kind) {
    case 'box':
    case 'multi-binary':
      return space.size
    case 'discrete':
      return space.n
    case 'multi-discrete':
      return space.nvec.reduce((sum, n) => sum + n, 0)
    case 'dict':
      return space.entries.reduce((sum, [, part]) => sum + flatdim(part), 0)
    case 'tuple':
      return space.spaces.reduce((sum, part) => sum + flatdim(part), 0)
  }
}

/**
 * A value as a vector of float32: Box and MultiBinary as they are, Discrete and MultiDiscrete
 * one-hot, Dict (in key order) and Tuple part after part.
 *
 * @returns [flatdim(space)], a new array.
 * @throws TypeError when `value` is not a member of the space, saying why.
 */
export function flatten(space: Space, value: unknown): Float32Array {
  const why = space.explain(value)
  if (why !== undefined) throw new TypeError(`flatten: value is not in ${space.toString()}: ${why}`)
  const out = new Float32Array(flatdim(space))
  write(space, value, out, 0)
  return out
}

/** Writes at `offset` and returns the offset behind what it wrote. */
function write(space: AnySpace, value: unknown, out: Float32Array, offset: number): number {
  if ((space.kind === 'box' || space.kind === 'multi-binary') && space.contains(value)) {
    out.set(value, offset)
  } else if (space.kind === 'discrete' && space.contains(value)) {
    out[offset + value - space.start] = 1
  } else if (space.kind === 'multi-discrete' && space.contains(value)) {
    writeOneHots(space.nvec, value, out, offset)
  } else if (space.kind === 'dict' && space.contains(value)) {
    return space.entries.reduce((at, [key, part]) => write(part, value[key], out, at), offset)
  } else if (space.kind === 'tuple' && space.contains(value)) {
    return space.spaces.reduce((at, part, i) => write(part, value[i], out, at), offset)
  }
  return offset + flatdim(space)
}

function writeOneHots(
  nvec: readonly number[],
  value: Int32Array,
  out: Float32Array,
  offset: number,
): void {
  let start = offset
  for (const [i, n] of nvec.entries()) {
    out[start + value[i]!] = 1
    start += n
  }
}
