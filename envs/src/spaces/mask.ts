/** Masks: which values a sample may take. Gymnasium's rules. */

import { describe } from '../names.ts'
import type { Rng } from '../rng.ts'

/** One number per value: 1 where it may be drawn, 0 where not. Any array of numbers. */
export type Mask = ArrayLike<number>

/** @throws RangeError when a mask has not `length` integers from 0 to `highest`. */
export function checkMask(argument: string, mask: unknown, length: number, highest: number): void {
  const expected = `pass ${length} integers from 0 to ${highest}`
  if (!isMask(mask) || mask.length !== length) {
    throw new RangeError(`${argument} is ${describe(mask)}; ${expected}`)
  }
  for (let i = 0; i < length; i++) {
    const value = mask[i]!
    if (Number.isInteger(value) && value >= 0 && value <= highest) continue
    throw new RangeError(`${argument}[${i}] is ${describe(value)}; ${expected}`)
  }
}

/** Draws an index whose mask is 1, each as likely as the others; 0, without a draw, if there is none. */
export function drawAllowed(rng: Rng, mask: Mask): number {
  let allowed = 0
  for (let i = 0; i < mask.length; i++) allowed += mask[i]!
  if (allowed === 0) return 0
  let skip = rng.randInt(0, allowed)
  for (let i = 0; ; i++) {
    if (mask[i] === 1 && skip-- === 0) return i
  }
}

function isMask(mask: unknown): mask is Mask {
  return Array.isArray(mask) || (ArrayBuffer.isView(mask) && 'length' in mask)
}
