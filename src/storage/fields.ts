/**
 * Checks of the few fields that manifests have. By hand, since what only acts (`wn-rl/act`) reads manifests too and should
 * not carry a schema library for it.
 */

/**
 * What a value must be.
 *
 * @param at names the value in errors
 * @returns the value, of its type
 * @throws Error naming it, what was expected and what was found
 */
export type Check<T> = (value: unknown, at: string) => T

export const text: Check<string> = (value, at) =>
  typeof value === 'string' ? value : refuse(at, 'a text', value)

/** A whole number from 0, or from `least`. */
export function whole(least = 0): Check<number> {
  return (value, at) =>
    Number.isSafeInteger(value) && Number(value) >= least
      ? Number(value)
      : refuse(at, `a whole number from ${least}`, value)
}

/** @param refusal what is said of any other value */
export function exactly<const T extends string | number>(
  expected: T,
  refusal?: (found: unknown) => string,
): Check<T> {
  return (value, at) => {
    if (value === expected) return expected
    if (refusal) throw new Error(`${at}: ${refusal(value)}`)
    return refuse(at, JSON.stringify(expected), value)
  }
}

/** A text of that form. */
export function matching(form: RegExp): Check<string> {
  return (value, at) =>
    typeof value === 'string' && form.test(value)
      ? value
      : refuse(at, `a text like ${form.source}`, value)
}

/** One of these. */
export function oneOf<const T extends string>(known: readonly T[]): Check<T> {
  return (value, at) =>
    known.find((each) => each === value) ?? refuse(at, `one of ${known.join(', ')}`, value)
}

/** Any object, but no array. */
export const anyObject: Check<Readonly<Record<string, unknown>>> = (value, at) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : refuse(at, 'an object', value)

/** What may be left out. */
export function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value, at) => (value === undefined ? undefined : check(value, at))
}

export function listOf<T>(check: Check<T>): Check<readonly T[]> {
  return (value, at) =>
    Array.isArray(value)
      ? value.map((item, i) => check(item, `${at}[${i}]`))
      : refuse(at, 'a list', value)
}

/** An object with these fields, each as its check has it, and no others. */
export function fields<T extends object>(checks: {
  readonly [Name in keyof T]: Check<T[Name]>
}): Check<T> {
  return (value, at) => {
    const given = anyObject(value, at)
    const path = (name: string) => (at === '' ? name : `${at}.${name}`)
    const unknown = Object.keys(given).find((name) => !Object.hasOwn(checks, name))
    if (unknown !== undefined) throw new Error(`${path(unknown)}: there is no such field`)
    const checked = Object.entries<Check<unknown>>(checks).map(([name, check]) => [
      name,
      check(Object.hasOwn(given, name) ? given[name] : undefined, path(name)),
    ])
    return Object.fromEntries(checked) as T
  }
}

/** @param expected in words */
function refuse(at: string, expected: string, found: unknown): never {
  throw new Error(`${at}: expected ${expected}, found ${described(found)}`)
}

/** Short, whatever a file holds. */
function described(value: unknown): string {
  if (typeof value === 'object' && value !== null)
    return Array.isArray(value) ? 'a list' : 'an object'
  if (value === undefined) return 'nothing'
  const json = JSON.stringify(value)
  return json.length > 80 ? `${json.slice(0, 80)}…` : json
}
