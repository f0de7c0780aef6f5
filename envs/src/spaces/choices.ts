/** What an action is made of, as masks and policies count it. */

import type { Space } from './composite.ts'

/** The number of values of each choice in a value of a space; none where it is made of no choices, as a Box. */
export function choiceSizes(space: Space): readonly number[] {
  switch (space.kind) {
    case 'discrete':
      return [space.n]
    case 'multi-discrete':
      return space.nvec
    case 'multi-binary':
      return new Array<number>(space.size).fill(2)
    case 'box':
    case 'dict':
    case 'tuple':
      return []
  }
}

/** A flat mask, or anything laid out like it, apart for each choice. */
export function splitByChoice<T>(flat: readonly T[], sizes: readonly number[]): T[][] {
  let from = 0
  return sizes.map((size) => flat.slice(from, (from += size)))
}
