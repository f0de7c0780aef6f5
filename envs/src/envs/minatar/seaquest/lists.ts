/** Ordered lists of things among a copy's words; `list` is the offset of the word with the length. */

import { capacityOf, cellIn } from './words.ts'

/**
 * Adds a thing at the end.
 *
 * @throws RangeError when the list is full, which play never reaches (see words.ts).
 */
export function append(state: Int32Array, at: number, list: number, thing: number): void {
  const length = state[at + list]!
  const capacity = capacityOf(list)
  if (length >= capacity) {
    throw new RangeError(`Seaquest: a list holds ${length} things, its capacity; put in fewer`)
  }
  state[at + list + 1 + length] = thing
  state[at + list] = length + 1
}

/**
 * Removes the first thing that equals `thing` in everything.
 *
 * Lists are walked from the back, and the player's bullets and divers are removed by this: if a
 * thing equal to the one at hand stands before it, that one goes instead, unmoved, and the one at
 * hand, moved up by one place, is the next of the walk again. The order of the list tells.
 */
export function removeFirst(state: Int32Array, at: number, list: number, thing: number): void {
  let index = 0
  while (state[at + list + 1 + index] !== thing) index++
  removeAt(state, at, list, index)
}

/** Removes the first thing in a cell. @returns whether there was one. */
export function removeInCell(state: Int32Array, at: number, list: number, cell: number): boolean {
  const length = state[at + list]!
  for (let index = 0; index < length; index++) {
    if (cellIn(state[at + list + 1 + index]!) !== cell) continue
    removeAt(state, at, list, index)
    return true
  }
  return false
}

/** The things after it move up. */
export function removeAt(state: Int32Array, at: number, list: number, index: number): void {
  const last = at + list + state[at + list]!
  for (let word = at + list + 1 + index; word < last; word++) state[word] = state[word + 1]!
  state[at + list] = state[at + list]! - 1
}
