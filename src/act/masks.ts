/** Legal actions as a caller gives them. */
import { choiceSizes, type Space } from 'gymnasium-js/spaces'

/**
 * @param mask [rows, A]
 * @param masks the same as bytes, written
 * @throws RangeError if it is not so many zeros and ones, or leaves no action; TypeError where actions are continuous
 */
export function masksFrom(
  mask: ArrayLike<number | boolean>,
  space: Space,
  masks: Uint8Array,
): void {
  if (masks.length === 0)
    throw new TypeError(`mask: actions of ${space.toString()} are continuous; leave it out`)
  if (mask.length !== masks.length) refuse(masks.length)
  for (let i = 0; i < masks.length; i++) {
    const value = mask[i]
    if (value === 1 || value === true) masks[i] = 1
    else if (value === 0 || value === false) masks[i] = 0
    else refuse(masks.length)
  }
  requireLegal(space, masks)
}

/** Every choice must have a legal action left. */
function requireLegal(space: Space, masks: Uint8Array): void {
  if (space.kind === 'discrete') {
    for (let from = 0; from < masks.length; from += space.n) requireOne(masks, from, space.n)
    return
  }
  const choices = choiceSizes(space)
  for (let i = 0, from = 0; from < masks.length; i++) {
    const n = choices[i % choices.length]!
    requireOne(masks, from, n)
    from += n
  }
}

function requireOne(masks: Uint8Array, from: number, n: number): void {
  for (let i = 0; i < n; i++) if (masks[from + i] === 1) return
  throw new RangeError('mask allows no action; an episode should end there instead')
}

function refuse(length: number): never {
  throw new RangeError(`mask is not ${length} zeros and ones; give one number for each action`)
}
