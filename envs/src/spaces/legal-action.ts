/** Random play that obeys `info.actionMask`: 1 for each action, or each choice of one, that may be taken. */

import type { Info } from '../env.ts'
import { describe } from '../names.ts'
import type { Rng } from '../rng.ts'
import { choiceSizes, splitByChoice } from './choices.ts'
import type { Space } from './composite.ts'
import type { Mask } from './mask.ts'

/**
 * A random action, of those that an environment says are legal.
 *
 * @param info of the reset or step before; without `actionMask` all actions are legal
 * @throws RangeError on a mask that does not fit the action space
 */
export function sampleAction<Act>(space: Space<Act>, rng: Rng, info: Info | undefined): Act {
  const mask = info?.['actionMask'] ?? undefined // a key without a mask is none
  if (mask === undefined) return space.sample(rng) as Act
  try {
    return sampleLegal(space, rng, mask) as Act // a value of the same space
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new RangeError(`info.actionMask is ${describe(mask)}: ${why}`, { cause: error })
  }
}

function sampleLegal(space: Space, rng: Rng, mask: unknown): unknown {
  switch (space.kind) {
    case 'discrete':
      return space.sample(rng, numbersOf(mask))
    case 'multi-discrete':
      return space.sample(rng, choicesOf(space, mask))
    case 'multi-binary':
      // As its `sample` has it: 2 where both may be taken.
      return space.sample(
        rng,
        choicesOf(space, mask).map(([no, yes]) => (no === 1 && yes === 1 ? 2 : Number(yes === 1))),
      )
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

/** One mask for each choice. */
function choicesOf(space: Space, mask: unknown): number[][] {
  return splitByChoice(Array.from(numbersOf(mask)), choiceSizes(space))
}
