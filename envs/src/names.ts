/** Errors that name the nearest known name, for ids and keyword arguments. */

import { closest } from 'fastest-levenshtein'

/** `did you mean 'x'?`, ignoring case; an empty string when there is nothing to name. */
export function didYouMean(name: string, known: readonly string[]): string {
  if (known.length === 0) return ''
  const lower = known.map((candidate) => candidate.toLowerCase())
  const nearest = known[lower.indexOf(closest(name.toLowerCase(), lower))]
  return nearest === undefined ? '' : `did you mean '${nearest}'?`
}

/**
 * Refuses keyword arguments that an environment does not know. TypeScript checks literal calls;
 * this is for kwargs that come from a file, a command line or JavaScript.
 *
 * @throws TypeError naming the unknown argument, the nearest known one and all of them.
 */
export function checkKwargs(owner: string, kwargs: object, known: readonly string[]): void {
  for (const name of Object.keys(kwargs)) {
    if (known.includes(name)) continue
    const remedy =
      known.length === 0
        ? 'it takes none'
        : `${didYouMean(name, known)} (known: ${known.join(', ')})`
    throw new TypeError(`${owner}: unknown argument '${name}'; ${remedy}`)
  }
}

/**
 * Refuses a value that is not one of a list.
 *
 * @throws RangeError naming the argument, its value and what it may be.
 */
export function checkChoice(argument: string, value: unknown, choices: readonly unknown[]): void {
  if (choices.includes(value)) return
  throw new RangeError(
    `${argument} is ${describe(value)}; pass one of ${choices.map(describe).join(', ')}`,
  )
}

const MOST_CHARACTERS = 100
const MOST_KEYS = 12

/** A value in a few characters, for error messages. */
export function describe(value: unknown): string {
  if (typeof value === 'string') {
    const isLong = value.length > MOST_CHARACTERS
    return isLong
      ? `'${value.slice(0, MOST_CHARACTERS)}…' of ${value.length} characters`
      : `'${value}'`
  }
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'bigint') return `${value}n`
  if (Object.is(value, -0)) return '-0'
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) return `an Array of length ${value.length}`
  if (ArrayBuffer.isView(value) && 'length' in value && typeof value.length === 'number') {
    return `${value.constructor.name}(${value.length})`
  }
  if ('then' in value && typeof value.then === 'function') return 'a promise'
  const keys = Object.keys(value)
  if (keys.length > MOST_KEYS) keys.splice(MOST_KEYS, Infinity, `… of ${keys.length}`)
  return `an object with keys [${keys.join(', ')}]`
}
