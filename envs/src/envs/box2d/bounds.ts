/** Actions and observations of the Box2D environments, held to the spaces that they are of. */

import { describe } from '../../names.ts'
import { clip } from '../../numbers.ts'
import type { Box } from '../../spaces/box.ts'

/**
 * @returns the action itself.
 * @throws TypeError when it is no Float32Array [size]; RangeError when an element is not finite.
 */
export function checkContinuous(owner: string, action: unknown, size: number): Float32Array {
  if (!(action instanceof Float32Array) || action.length !== size) {
    throw new TypeError(
      `${owner}: action is ${describe(action)}; pass a Float32Array of ${size} elements`,
    )
  }
  for (let i = 0; i < size; i++) {
    if (Number.isFinite(action[i])) continue
    throw new RangeError(`${owner}: action[${i}] is ${action[i]!}; pass finite numbers`)
  }
  return action
}

/** A new array, each element clipped to its bounds: the references let theirs leave the space. */
export function clippedObs(obs: Float64Array, { low, high }: Box): Float32Array {
  const clipped = new Float32Array(obs.length)
  for (let i = 0; i < obs.length; i++) clipped[i] = clip(obs[i]!, low[i]!, high[i]!)
  return clipped
}
