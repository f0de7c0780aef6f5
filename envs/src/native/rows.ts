/**
 * One environment's observation or action as a row of a batch array. Rows are checked as they are
 * copied: an environment that returns a wrong shape, dtype, NaN or infinity would otherwise train a
 * network on garbage for hours without a word. A Box's finite bounds are left out on purpose:
 * velocities overshoot them in honest environments.
 */

import { mendNonFinite } from '../contract.ts'
import { describe } from '../names.ts'
import type { Space } from '../spaces/composite.ts'
import { isArrayOf, zeros } from '../spaces/dtype.ts'
import type { DType, TypedArray } from '../spaces/dtype.ts'

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
      return boxRows(space.dtype, space.size)
    case 'multi-discrete':
      return choiceRows('int32', space.nvec)
    case 'multi-binary':
      return choiceRows('uint8', new Array<number>(space.size).fill(2))
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

function boxRows(dtype: DType, size: number): Rows {
  return {
    ...arrayRows(dtype, size),
    write: (batch, i, value) =>
      isArrayOf(dtype, value) && value.length === size && copyFinite(batch, i * size, value),
  }
}

/** Element k is an integer in 0 … nvec[k] - 1. */
function choiceRows(dtype: DType, nvec: readonly number[]): Rows {
  const size = nvec.length
  return {
    ...arrayRows(dtype, size),
    write: (batch, i, value) =>
      isArrayOf(dtype, value) && value.length === size && copyBelow(batch, i * size, value, nvec),
  }
}

function arrayRows(dtype: DType, size: number): Omit<Rows, 'write'> {
  return {
    dtype,
    size,
    batch: (n) => zeros(dtype, n * size),
    read: (batch, i) => batch.slice(i * size, (i + 1) * size),
  }
}

/** @returns false when an element is NaN or infinite. */
function copyFinite(batch: TypedArray, offset: number, row: TypedArray): boolean {
  let sound = true
  for (let k = 0; k < row.length; k++) {
    const value = row[k]!
    batch[offset + k] = value
    if (!Number.isFinite(value)) sound = false
  }
  return sound
}

/** @returns false when an element k is not in 0 … nvec[k] - 1. */
function copyBelow(
  batch: TypedArray,
  offset: number,
  row: TypedArray,
  nvec: readonly number[],
): boolean {
  let sound = true
  for (let k = 0; k < row.length; k++) {
    const value = row[k]!
    batch[offset + k] = value
    if (value < 0 || value >= nvec[k]!) sound = false
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

/** What is wrong with an observation that `write` refused, and how to mend it. */
export function explainRow(space: Space, obs: unknown): string {
  if (space.kind === 'box' && isArrayOf(space.dtype, obs) && obs.length === space.size) {
    const k = obs.findIndex((value) => !Number.isFinite(value))
    const value = obs[k]!
    return `${describe(obs)} must be finite, but element ${k} is ${value}: ${mendNonFinite(value)}`
  }
  return (
    `${describe(obs)} does not fit its observation space ${space.toString()}: ` +
    `${space.explain(obs) ?? 'it cannot be copied'}; mend reset() or step(), or the space`
  )
}
