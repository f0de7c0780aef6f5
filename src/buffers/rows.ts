/** Rows of numbers in flat typed arrays, and the ring that says in which row something lies. */
import type { ObsArray } from 'gymnasium-js/vector'
import {
  type StateOptions,
  type StatePart,
  type StateTensor,
  tensorOf,
  wrongField,
} from '../state.ts'

/** An array of the same type. */
export function emptyLike(like: ObsArray, length: number): ObsArray {
  const ArrayType = like.constructor as new (length: number) => ObsArray
  return new ArrayType(length)
}

/** From so many numbers on, `set(subarray)` beats an inner loop, though it makes a view. */
const LONG_ROW = 128

/** target[at] ← source[from], rows of `size` numbers. */
export function copyRow(
  target: ObsArray,
  at: number,
  source: ObsArray,
  from: number,
  size: number,
): void {
  copyNumbers(target, at * size, source, from * size, size)
}

/** target[to, …] ← source[from, …], `size` numbers. */
export function copyNumbers(
  target: ObsArray,
  to: number,
  source: ObsArray,
  from: number,
  size: number,
): void {
  if (size >= LONG_ROW) target.set(source.subarray(from, from + size), to)
  else for (let k = 0; k < size; k++) target[to + k] = source[from + k]!
}

/** The first rows of an array as a tensor [rows, size], or [rows] without a size; a copy unless `views`. */
export function firstRows(
  array: ObsArray,
  rows: number,
  size: number | undefined,
  { views = false }: StateOptions,
): StateTensor {
  const part = array.subarray(0, rows * (size ?? 1))
  return tensorOf(views ? part : part.slice(), size === undefined ? [rows] : [rows, size])
}

/** How far a ring may have come. @throws TypeError naming `position` where both numbers contradict each other */
export function checkRing(
  state: StatePart,
  length: number,
  { held, position }: { readonly held: number; readonly position: number },
): void {
  const expected = `expected ${held}, the end of a ring not yet full`
  if (held < length && position !== held) throw wrongField(state, ['position'], expected, position)
}

/** Rows that are written one after the other, over and over. The age of a row counts back from the newest, age 0. */
export class Ring {
  readonly length: number
  #position = 0
  #held = 0

  constructor(length: number) {
    this.length = length
  }

  /** Rows written, `length` at most. */
  get held(): number {
    return this.#held
  }

  /** The row that the next `push` gives. */
  get position(): number {
    return this.#position
  }

  /** @returns the row to write; it is the newest from now on */
  push(): number {
    const row = this.#position
    this.#position = row + 1 === this.length ? 0 : row + 1
    if (this.#held < this.length) this.#held++
    return row
  }

  /** @param age less than `held` */
  rowOf(age: number): number {
    const row = this.#position - 1 - age
    return row < 0 ? row + this.length : row
  }

  /** Takes over how far another ring of this length has come. */
  set(held: number, position: number): void {
    this.#held = held
    this.#position = position
  }

  ageOf(row: number): number {
    const age = this.#position - 1 - row
    return age < 0 ? age + this.length : age
  }
}
