/** Checks of wrappers that compute with the elements of a Box. */

import { describe } from '../names.ts'
import type { Box } from '../spaces/box.ts'
import type { Space } from '../spaces/composite.ts'
import { ARRAYS, isArrayOf } from '../spaces/dtype.ts'
import type { DType, TypedArray } from '../spaces/dtype.ts'
import type { SpaceBase } from '../spaces/space.ts'

/** A Box whose values are of type T. */
export type BoxOf<T> = Box<DType> & SpaceBase<T>

/**
 * @param what whose space it is: `FrameStack: the observation space`.
 * @throws TypeError when the space is no Box, with the remedy.
 */
export function requireBox<T>(what: string, space: Space<T>, remedy: string): BoxOf<T> {
  if (space.kind === 'box') return space
  throw new TypeError(`${what} is ${space.toString()}, not a Box; ${remedy}`)
}

/** @throws RangeError when a bound of the box is infinite, with the remedy. */
export function requireBounded(what: string, box: Box<DType>, remedy: string): void {
  if (box.isBounded()) return
  throw new RangeError(
    `${what} is ${box.toString()}, which is not bounded on both sides; ${remedy}`,
  )
}

/**
 * @returns the value, an array of the box's dtype and size; its bounds are not looked at.
 * @throws TypeError when it is something else.
 */
export function requireArray(what: string, box: Box<DType>, value: unknown): TypedArray {
  if (isArrayOf(box.dtype, value) && value.length === box.size) return value
  const expected = `${ARRAYS[box.dtype].name}(${box.size})`
  throw new TypeError(
    `${what} is ${describe(value)}; pass a ${expected}, as ${box.toString()} asks`,
  )
}
