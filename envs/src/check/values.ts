/** Copies and comparisons of what environments return: bit for bit, and naming where two differ. */

import { isObject } from '../contract.ts'
import { describe } from '../names.ts'

/** Where two values differ, and what is there. */
export interface Difference {
  /** Such as `obs[2]`; '' for the values themselves. */
  readonly path: string
  readonly first: string
  readonly second: string
}

/** A deep copy of arrays, typed arrays and plain objects; other objects and functions stay themselves. */
export function copyOf(value: unknown): unknown {
  if (isNumbers(value)) return value.slice()
  if (Array.isArray(value)) return value.map(copyOf)
  if (!isPlain(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copyOf(item)]))
}

/**
 * The first difference between two values. NaN equals NaN, and -0 differs from 0 unless
 * `signedZero` is false. Functions and objects with a class of their own are not looked into.
 */
export function difference(
  first: unknown,
  second: unknown,
  signedZero = true,
  path = '',
): Difference | undefined {
  if (Object.is(first, second)) return undefined
  if (!signedZero && first === 0 && second === 0) return undefined
  if (isNumbers(first) && isNumbers(second)) return numbersDiffer(first, second, path)
  if (Array.isArray(first) && Array.isArray(second) && first.length === second.length) {
    return itemsDiffer([...first.entries()], new Map(second.entries()), signedZero, path)
  }
  if (isPlain(first) && isPlain(second)) {
    const keys = [...new Set([...Object.keys(first), ...Object.keys(second)])]
    const items = keys.map((key) => [key, first[key]] as const)
    return itemsDiffer(items, new Map(Object.entries(second)), signedZero, path)
  }
  if (isOpaque(first) && isOpaque(second)) return undefined
  return { path, first: describe(first), second: describe(second) }
}

type Numbers = ArrayBufferView & ArrayLike<number> & { slice(): unknown }

/** A typed array of numbers. */
export function isNumbers(value: unknown): value is Numbers {
  return ArrayBuffer.isView(value) && 'length' in value && 'slice' in value
}

function numbersDiffer(first: Numbers, second: Numbers, path: string): Difference | undefined {
  if (first.constructor !== second.constructor || first.length !== second.length) {
    return { path, first: describe(first), second: describe(second) }
  }
  for (let i = 0; i < first.length; i++) {
    if (Object.is(first[i], second[i])) continue
    return { path: `${path}[${i}]`, first: text(first[i]!), second: text(second[i]!) }
  }
  return undefined
}

function itemsDiffer(
  items: readonly (readonly [key: string | number, item: unknown])[],
  others: ReadonlyMap<string | number, unknown>,
  signedZero: boolean,
  path: string,
): Difference | undefined {
  for (const [key, item] of items) {
    const at = typeof key === 'number' ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`
    const found = difference(item, others.get(key), signedZero, at)
    if (found !== undefined) return found
  }
  return undefined
}

function text(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (!isObject(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function isOpaque(value: unknown): boolean {
  return typeof value === 'function' || (isObject(value) && !isPlain(value) && !isNumbers(value))
}
