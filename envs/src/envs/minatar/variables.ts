/**
 * A game's variables by the names and in the forms of the recorded data, over its words: for
 * looking into a game and for putting it into a situation. Never used while playing.
 */

import type { Json, JsonObject } from '../../json.ts'
import { checkKwargs, describe } from '../../names.ts'

/** How one variable is read from the words of the copy at `at`, and written to them. */
export interface Variable {
  get(state: Int32Array, at: number): Json
  /** @throws TypeError or RangeError when the value has not the form that `get` gives. */
  set(state: Int32Array, at: number, value: Json): void
}

export type Variables = Readonly<Record<string, Variable>>

/** An integer that is one word. */
export function integerAt(word: number): Variable {
  return {
    get: (state, at) => state[at + word]!,
    set: (state, at, value) => {
      state[at + word] = toNumber(value)
    },
  }
}

/** A truth value that is one word, 0 or 1. */
export function flagAt(word: number): Variable {
  return {
    get: (state, at) => state[at + word] === 1,
    set: (state, at, value) => {
      state[at + word] = toNumber(value)
    },
  }
}

export function readVariables(variables: Variables, state: Int32Array, at: number): JsonObject {
  return Object.fromEntries(
    Object.entries(variables).map(([name, variable]) => [name, variable.get(state, at)]),
  )
}

/** @throws TypeError on a name that is not among the game's variables, or a value of another form. */
export function patchVariables(
  { name: game, variables }: { readonly name: string; readonly variables: Variables },
  state: Int32Array,
  at: number,
  patch: JsonObject,
): void {
  checkKwargs(`${game}: patch`, patch, Object.keys(variables))
  for (const [name, value] of Object.entries(patch)) variables[name]?.set(state, at, value)
}

/** @returns a number itself, 1 for true, 0 for false. @throws TypeError on anything else. */
export function toNumber(value: Json): number {
  if (typeof value === 'number' || typeof value === 'boolean') return Number(value)
  throw new TypeError(`patch: found ${describe(value)}; pass a number or a boolean`)
}

/** @throws TypeError when `value` is no array. */
export function toList(value: Json): readonly Json[] {
  if (isList(value)) return value
  throw new TypeError(`patch: found ${describe(value)}; pass an array`)
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
