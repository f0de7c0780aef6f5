/** Minibatches of a rollout, as PPO's epochs go through it: each row once per epoch, in random order. */
import type { ObsArray } from 'gymnasium-js/vector'
import type { Rng } from '../rng.ts'
import { copyRow, emptyLike } from './rows.ts'

/**
 * Rows 0 to count − 1 in random order, cut into batches. The last one is smaller where `batchSize` does not divide
 * `count`; a program is recorded anew for its shape, once.
 *
 * @param rng draws count − 1 integers
 * @returns row indices, [batchSize] each
 */
export function shuffledBatches(count: number, batchSize: number, rng: Rng): Int32Array[] {
  const order = rng.permutation(count)
  return Array.from({ length: Math.ceil(count / batchSize) }, (_, k) =>
    order.subarray(k * batchSize, (k + 1) * batchSize),
  )
}

/**
 * target[k] ← source[rows[k]], rows of `size` numbers.
 *
 * @param target of at least rows.length · size numbers
 * @returns target
 */
export function gatherRows<A extends ObsArray>(
  source: ObsArray,
  rows: Int32Array,
  size: number,
  target: A,
): A {
  for (let k = 0; k < rows.length; k++) copyRow(target, k, source, rows[k]!, size)
  return target
}

/** Minibatches of several columns at once, in arrays that are made once for each size. */
export class Minibatches {
  readonly #batchSize: number
  /** By the name of the column and the number of rows. */
  readonly #arrays = new Map<string, ObsArray>()

  /** @param batchSize rows of a minibatch; the last of an epoch may have fewer */
  constructor(batchSize: number) {
    this.#batchSize = batchSize
  }

  /**
   * Goes through all rows once, in random order.
   *
   * @param columns [rows, ...] each, by name
   * @param rng draws rows − 1 integers
   * @returns minibatches of the same columns, each valid until the next
   */
  *epoch<Columns extends Readonly<Record<string, ObsArray>>>(
    columns: Columns,
    rows: number,
    rng: Rng,
  ): Generator<Columns> {
    for (const chosen of shuffledBatches(rows, this.#batchSize, rng)) {
      const batch = Object.entries(columns).map(([name, column]) => {
        const size = column.length / rows
        return [name, gatherRows(column, chosen, size, this.#array(name, column, chosen, size))]
      })
      yield Object.fromEntries(batch) as Columns
    }
  }

  #array(name: string, like: ObsArray, { length }: Int32Array, size: number): ObsArray {
    const key = `${name}/${length}`
    let array = this.#arrays.get(key)
    if (!array) this.#arrays.set(key, (array = emptyLike(like, length * size)))
    return array
  }
}
