/**
 * Plain arrays and numbers as values of a space, for environments that do not make typed arrays: [0.1, 0.2] for a Box
 * of two, [[0, 1], [1, 0]] for one of two by two, 0.1 for one of one.
 */

import type { Space } from './composite.ts'
import { type DType, INTEGER_RANGE, zeros } from './dtype.ts'

/**
 * @returns the value of the space that was meant; `value` itself where it is one already, or cannot become one: what is
 * wrong with it is for the checks to say
 */
export function fromPlain(space: Space, value: unknown): unknown {
  switch (space.kind) {
    case 'box':
      return numbersFrom(value, space.dtype, space.size)
    case 'multi-discrete':
      return numbersFrom(value, 'int32', space.nvec.length)
    case 'multi-binary':
      return numbersFrom(value, 'uint8', space.size)
    case 'discrete':
      return value
    case 'dict':
      return isRecord(value) ? partsFrom(space.entries, value) : value
    case 'tuple':
      return Array.isArray(value) ? itemsFrom(space.spaces, value) : value
  }
}

function numbersFrom(value: unknown, dtype: DType, size: number): unknown {
  if (typeof value !== 'number' && !Array.isArray(value)) return value
  const numbers = typeof value === 'number' ? [value] : (value.flat(Infinity) as unknown[])
  const [low, high] = INTEGER_RANGE[dtype] ?? []
  const fits = (x: unknown) =>
    typeof x === 'number' && (low === undefined || (Number.isInteger(x) && x >= low && x <= high!))
  if (numbers.length !== size || !numbers.every(fits)) return value
  const array = zeros(dtype, size)
  array.set(numbers as number[])
  return array
}

function partsFrom(
  entries: readonly (readonly [key: string, space: Space])[],
  value: Readonly<Record<string, unknown>>,
): unknown {
  const parts = entries.map(([key, space]) => [key, fromPlain(space, value[key])] as const)
  return parts.every(([key, part]) => part === value[key])
    ? value
    : { ...value, ...Object.fromEntries(parts) }
}

function itemsFrom(spaces: readonly Space[], value: readonly unknown[]): unknown {
  const items = value.map((item, i) => (spaces[i] ? fromPlain(spaces[i], item) : item))
  return items.every((item, i) => item === value[i]) ? value : items
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)
}
