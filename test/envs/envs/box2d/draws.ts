/** Random sources that tests write themselves. */

import type { RandomSource } from 'gymnasium-js'

/** Every real draw is the middle of its range, every integer the lowest. */
export const MIDDLE: RandomSource = { random: () => 0.5, randInt: (lo) => lo }

/** Hands back `values` from `random()` and the lowest integers; afterwards the middle. */
export function scripted(values: readonly number[]): RandomSource {
  const left = [...values]
  return { random: () => left.shift() ?? 0.5, randInt: (lo) => lo }
}
