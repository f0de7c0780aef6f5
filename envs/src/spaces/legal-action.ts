/** Random play that obeys `info.actionMask`: 1 for each action, or each choice of one, that may be taken. */

import type { Info } from '../env.ts'
import type { Rng } from '../rng.ts'
import type { Space } from './composite.ts'
import type { Mask } from './mask.ts'

/**
 * A random action, of those that an environment says are legal.
 *
 * @param info of the reset or step before; without `actionMask` all actions are legal
 * @throws RangeError on a mask that does not fit the action space
 */
export function sampleAction<Act>(space: Space<Act>, rng: Rng, info: Info | undefined): Act {
  const mask = info?.['actionMask']
  const action: unknown = mask === undefined ? space.sample(rng) : sampleLegal(space, rng, mask)
  return action as Act // a value of the same space
}

function sampleLegal(space: Space, rng: Rng, mask: unknown): unknown {
  switch (space.kind) {
    case 'discrete':
      return space.sample(rng, numbersOf(mask))
    case 'multi-discrete':
      return space.sample(rng, choicesOf(mask, space.nvec))
    case 'multi-binary':
      return space.sample(rng, bitsOf(mask, space.size))
    case 'box':
    case 'dict':
    case 'tuple':
      return space.sample(rng) // only choices have masks
  }
}

/** Masks may be of booleans too. */
function numbersOf(mask: unknown): Mask {
  return Array.isArray(mask) ? mask.map(Number) : (mask as Mask)
}

/** One mask for each choice, from one after the other. */
function choicesOf(mask: unknown, sizes: readonly number[]): readonly Mask[] {
  const flat = Array.from(numbersOf(mask))
  let from = 0
  return sizes.map((size) => flat.slice(from, (from += size)))
}

/** As `MultiBinary.sample` has it: 2 where both may be taken. */
function bitsOf(mask: unknown, size: number): Mask {
  const choices = choicesOf(mask, new Array<number>(size).fill(2))
  return choices.map((mask) => (mask[0] === 1 && mask[1] === 1 ? 2 : Number(mask[1] === 1)))
}
