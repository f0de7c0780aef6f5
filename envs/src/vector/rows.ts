/**
 * One environment's observation or action as a row of a batch array. Rows are checked as they are
 * copied: an environment that returns a wrong shape, dtype or NaN would otherwise train a network
 * on garbage for hours without a word.
 */

import type { DType, TypedArray } from '../spaces/dtype.ts'
import { isArrayOf, zeros } from '../spaces/dtype.ts'
import type { Space } from '../spaces/space.ts'

/** How the values of one space lie in a batch. */
export interface Rows {
  readonly dtype: DType
  /** Elements per row. */
  readonly size: number
  /** @returns [n, size], zeroed. */
  batch(n: number): TypedArray
  /** Copies `value` into row i; returns false, with the row undefined, when it does not fit. */
  write(batch: TypedArray, i: number, value: unknown): boolean
  /** Row i as a value of the space, a copy. */
  read(batch: TypedArray, i: number): unknown
}

/** @throws TypeError for spaces whose values are not one array: Dict and Tuple. */
export function rowsOf(space: Space): Rows {
  switch (space.kind) {
    case 'box':
      return arrayRows(space.dtype, space.size)
    case 'multi-discrete':
      return arrayRows('int32', space.nvec.length)
    case 'multi-binary':
      return arrayRows('uint8', space.size)
    case 'discrete':
      return integerRows(space.start, space.n)
    case 'dict':
    case 'tuple':
      throw new TypeError(
        `a vector environment cannot batch ${space.toString()}: ` +
          'flatten it to a Box first (FlattenObservation)',
      )
  }
}

function arrayRows(dtype: DType, size: number): Rows {
  return {
    dtype,
    size,
    batch: (n) => zeros(dtype, n * size),
    write: (batch, i, value) =>
      isArrayOf(dtype, value) && value.length === size && copyRow(batch, i * size, value),
    read: (batch, i) => batch.slice(i * size, (i + 1) * size),
  }
}

/** @returns false when an element is NaN. */
function copyRow(batch: TypedArray, offset: number, row: TypedArray): boolean {
  let sound = true
  for (let k = 0; k < row.length; k++) {
    const value = row[k]!
    batch[offset + k] = value
    if (Number.isNaN(value)) sound = false
  }
  return sound
}

function integerRows(start: number, n: number): Rows {
  const last = start + n - 1
  if (start < -(2 ** 31) || last >= 2 ** 31) {
    throw new RangeError(
      `a vector environment holds Discrete values as int32, but they run from ${start} to ${last}`,
    )
  }
  return {
    dtype: 'int32',
    size: 1,
    batch: (count) => zeros('int32', count),
    write: (batch, i, value) => {
      if (typeof value !== 'number' || !Number.isInteger(value)) return false
      batch[i] = value
      return value >= start && value <= last
    },
    read: (batch, i) => batch[i],
  }
}

/** What is wrong with a value that `write` refused. */
export function explainRow(space: Space, value: unknown): string {
  if (ArrayBuffer.isView(value) && 'includes' in value && hasNaN(value)) {
    return 'it contains NaN: look for a division by zero or a state that ran off to infinity'
  }
  return space.explain(value) ?? 'it does not fit'
}

function hasNaN(value: object): boolean {
  return Object.values(value).some(Number.isNaN)
}
