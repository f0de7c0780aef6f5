/**
 * Any plain data as JSON and back, number for number: JSON itself has no NaN, no infinities and turns −0 into 0, and
 * a user's environment may keep all of them in its state. Such a number is written as `{ "$number": "-0" }`.
 */
import type { Json, JsonObject } from 'gymnasium-js'

const TAG = '$number'
/** Stands for an object of the user's own that has the tag among its keys. */
const OBJECT = 'object'
/** Stands for one with a key `__proto__`, which readers of files refuse: a list of keys and values. */
const ENTRIES = 'entries'
const NUMBERS = new Map<string, number>([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['-0', -0],
])
/** Deeper nesting is taken for a cycle. */
const MAX_DEPTH = 100

/**
 * @param value numbers, texts, booleans, null, and arrays and plain objects of them
 * @throws TypeError naming where there is anything else, which JSON would lose
 */
export function toJson(value: unknown, path = '', depth = 0): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return numberToJson(value)
  if (depth > MAX_DEPTH) throw new TypeError(`${path} is nested too deep, or in a circle`)
  if (Array.isArray(value))
    return value.map((item: unknown, i) => toJson(item, `${path}[${i}]`, depth + 1))
  if (typeof value !== 'object' || !isPlain(value)) {
    throw new TypeError(`${path} is ${kindOf(value)}, which JSON cannot hold`)
  }
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  const object = Object.fromEntries(
    entries.map(([key, item]) => [key, toJson(item, `${path}.${key}`, depth + 1)]),
  )
  if (Object.hasOwn(object, '__proto__')) return { [TAG]: ENTRIES, entries: Object.entries(object) }
  return Object.hasOwn(object, TAG) ? { [TAG]: OBJECT, object } : object
}

/** Undoes `toJson`. */
export function fromJson(json: Json): unknown {
  if (typeof json !== 'object' || json === null) return json
  if (Array.isArray(json)) return json.map((item: Json) => fromJson(item))
  const object = json as JsonObject
  const tag = Object.hasOwn(object, TAG) ? object[TAG] : undefined
  if (typeof tag !== 'string') return entriesFromJson(object)
  if (tag === ENTRIES) {
    const entries = object['entries'] as readonly (readonly [string, Json])[]
    return Object.fromEntries(entries.map(([key, item]) => [key, fromJson(item)]))
  }
  return tag === OBJECT ? entriesFromJson(object['object'] as JsonObject) : NUMBERS.get(tag)
}

function entriesFromJson(object: JsonObject): object {
  return Object.fromEntries(Object.entries(object).map(([key, item]) => [key, fromJson(item)]))
}

function numberToJson(value: number): Json {
  if (Number.isFinite(value) && !Object.is(value, -0)) return value
  return { [TAG]: Object.is(value, -0) ? '-0' : String(value) }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function kindOf(value: unknown): string {
  return typeof value === 'object' ? `a ${value?.constructor.name ?? 'null'}` : typeof value
}
