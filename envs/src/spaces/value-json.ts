/**
 * Values of a space as JSON and back, bit for bit: what a wrapper that keeps observations or actions
 * puts into its state. JSON has no negative zero, no infinities and no NaN, so they are spelled out.
 */

import { refuseState } from '../json.ts'
import type { Json } from '../json.ts'
import type { AnySpace, Space } from './composite.ts'
import { ARRAYS } from './dtype.ts'
import type { TypedArray } from './dtype.ts'

/**
 * The JSON of a value: a number for Discrete, a list for arrays and Tuple, an object for Dict.
 *
 * @throws TypeError when the value has not the space's type.
 */
export function saveValue(space: Space, value: unknown): Json {
  const saved = save(space, value)
  if (saved !== undefined) return saved
  throw new TypeError(`a value is not in ${space.toString()}: ${space.explain(value) ?? 'unknown'}`)
}

/**
 * Undoes `saveValue`: a new value.
 *
 * @throws TypeError when `saved` is not what `saveValue` returned for this space.
 */
export function readValue<T>(space: Space<T>, saved: Json | undefined): T {
  const value = read(space, saved)
  // Each kind below reads the type of its space's values; explain() would also ask for bounds.
  if (value !== undefined) return value as T
  refuseState('state', `a value of ${space.toString()}`, saved)
}

function save(space: AnySpace, value: unknown): Json | undefined {
  switch (space.kind) {
    case 'discrete':
      return typeof value === 'number' ? saveNumber(value) : undefined
    case 'dict':
      return saveDict(space.entries, value)
    case 'tuple':
      return Array.isArray(value) && value.length === space.spaces.length
        ? all(space.spaces.map((part, i) => save(part, value[i])))
        : undefined
    default:
      return ArrayBuffer.isView(value) ? Array.from(value as TypedArray, saveNumber) : undefined
  }
}

function saveDict(
  entries: readonly (readonly [string, Space])[],
  value: unknown,
): Json | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const values = new Map<string, unknown>(Object.entries(value))
  const parts = all(entries.map(([key, part]) => save(part, values.get(key))))
  return parts && Object.fromEntries(entries.map(([key], i) => [key, parts[i]!]))
}

function read(space: AnySpace, saved: Json | undefined): unknown {
  switch (space.kind) {
    case 'discrete':
      return readReal(saved)
    case 'dict':
      return readDict(space.entries, saved)
    case 'tuple':
      return isList(saved, space.spaces.length)
        ? all(space.spaces.map((part, i) => read(part, saved[i])))
        : undefined
    case 'box':
      return readArray(saved, new ARRAYS[space.dtype](space.size))
    case 'multi-binary':
      return readArray(saved, new Uint8Array(space.size))
    case 'multi-discrete':
      return readArray(saved, new Int32Array(space.nvec.length))
  }
}

function readDict(
  entries: readonly (readonly [string, Space])[],
  saved: Json | undefined,
): unknown {
  if (typeof saved !== 'object' || saved === null) return undefined
  const values = new Map<string, Json>(Object.entries(saved))
  const parts = all(entries.map(([key, part]) => read(part, values.get(key))))
  return parts && Object.fromEntries(entries.map(([key], i) => [key, parts[i]]))
}

function readArray(saved: Json | undefined, target: TypedArray): TypedArray | undefined {
  if (!isList(saved, target.length)) return undefined
  for (const [i, item] of saved.entries()) {
    const x = readReal(item)
    if (x === undefined) return undefined
    target[i] = x
  }
  return target
}

function saveNumber(x: number): number | string {
  if (Object.is(x, -0)) return '-0'
  return Number.isFinite(x) ? x : String(x)
}

function readReal(saved: Json | undefined): number | undefined {
  if (typeof saved === 'number') return saved
  const spelled = saved === '-0' || saved === 'Infinity' || saved === '-Infinity' || saved === 'NaN'
  return spelled ? Number(saved) : undefined
}

function isList(saved: Json | undefined, length: number): saved is readonly Json[] {
  return Array.isArray(saved) && saved.length === length
}

/** The items, or undefined where one of them is missing. */
function all<T>(items: readonly (T | undefined)[]): T[] | undefined {
  const present = items.filter((item) => item !== undefined)
  return present.length === items.length ? present : undefined
}
