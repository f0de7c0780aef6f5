/**
 * JSON values and readers for saved states. States come back from files, so every field is checked
 * where it is read: a torn or foreign state is refused by name instead of turning into NaN later.
 * JSON has no NaN, no infinities and no negative zero: keep them out of states.
 */

export type Json = string | number | boolean | null | readonly Json[] | JsonObject

export interface JsonObject {
  readonly [key: string]: Json
}

/** @throws TypeError when `state[key]` is not a finite number. */
export function readNumber(state: JsonObject, key: string): number {
  const value = state[key]
  return isFiniteNumber(value) ? value : refuse(key, 'a finite number', value)
}

/** @throws TypeError when `state[key]` is not a boolean. */
export function readBoolean(state: JsonObject, key: string): boolean {
  const value = state[key]
  return typeof value === 'boolean' ? value : refuse(key, 'a boolean', value)
}

/** @throws TypeError when `state[key]` is not an object. */
export function readObject(state: JsonObject, key: string): JsonObject {
  const value = state[key]
  return isJsonObject(value) ? value : refuse(key, 'an object', value)
}

/** @throws TypeError when `state[key]` is not an array of `length` finite numbers. */
export function readNumbers(state: JsonObject, key: string, length: number): readonly number[] {
  const expected = `an array of ${length} finite numbers`
  return readArray(state, key, length, expected).map((item) =>
    isFiniteNumber(item) ? item : refuse(key, expected, item),
  )
}

/** @throws TypeError when `state[key]` is not an array of `length` objects. */
export function readObjects(state: JsonObject, key: string, length: number): readonly JsonObject[] {
  const expected = `an array of ${length} objects`
  return readArray(state, key, length, expected).map((item) =>
    isJsonObject(item) ? item : refuse(key, expected, item),
  )
}

function readArray(state: JsonObject, key: string, length: number, expected: string) {
  const value = state[key]
  if (!isJsonArray(value)) return refuse(key, expected, value)
  if (value.length !== length) return refuse(key, expected, `an array of ${value.length}`)
  return value
}

/** JSON has no NaN and no infinities, but a state need not have been JSON. */
function isFiniteNumber(value: Json | undefined): value is number {
  return Number.isFinite(value)
}

function isJsonArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * @param where in the state: `state.rng`.
 * @throws TypeError, always: what should be there, what is, and where states come from.
 */
export function refuseState(where: string, expected: string, found: Json | undefined): never {
  throw new TypeError(
    `${where}: expected ${expected}, found ${found === undefined ? 'nothing' : JSON.stringify(found)}; ` +
      'pass a state that getState() of the same environment, with the same wrappers, returned',
  )
}

function refuse(key: string, expected: string, found: Json | undefined): never {
  refuseState(`state.${key}`, expected, found)
}
