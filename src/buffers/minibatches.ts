/** Minibatches of a rollout, as PPO's epochs go through it: each row once per epoch, in random order. */
import type { ObsArray } from 'gymnasium-js/vector'
import type { Rng } from '../rng.ts'
import { copyRow } from './rows.ts'

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
