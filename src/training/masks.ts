/** Legal actions on the host: `info.actionMask` as environments show it while they are played. */
import type { Info, Rng } from 'gymnasium-js'
import { readActionMasks } from '../buffers/action-masks.ts'

/** Whether an environment tells which actions are legal. */
export function hasActionMask(info: Info): boolean {
  return info['actionMask'] !== undefined
}

/**
 * The legal actions of N environments; undefined where none of them tells.
 *
 * @param infos [N] of a reset or step
 * @param numActions A
 * @returns [N, A], 1 for each action that may be taken
 * @throws RangeError if a mask is not [A] zeros and ones
 */
export function actionMasksOf(
  infos: readonly Info[] | undefined,
  numActions: number,
): Uint8Array | undefined {
  if (!infos?.some(hasActionMask)) return undefined
  return readActionMasks(infos, numActions, new Uint8Array(infos.length * numActions))
}

/**
 * Moves masks on to what a step told.
 *
 * @param masks of `actionMasksOf`, written
 * @throws TypeError if masks come with steps, but did not with the reset
 */
export function followMasks(
  masks: Uint8Array | undefined,
  infos: readonly Info[],
  numActions: number,
): void {
  if (masks) readActionMasks(infos, numActions, masks)
  else if (infos.some(hasActionMask))
    throw new TypeError(
      'env: info.actionMask came with a step, but not with reset; give it with both',
    )
}

/**
 * Index of the largest value among legal ones; the first of equals.
 *
 * @param values [N, count]
 * @param offset of the row in `values` and in `masks`
 * @param masks as `values`; without them all are legal
 * @throws RangeError if none is
 */
export function legalArgMax(
  values: ArrayLike<number>,
  offset: number,
  count: number,
  masks?: Uint8Array,
): number {
  let best = -1
  for (let i = 0; i < count; i++) {
    if (masks && masks[offset + i] === 0) continue
    if (best < 0 || values[offset + i]! > values[offset + best]!) best = i
  }
  return best < 0 ? refuse() : best
}

/** One of the legal actions, each as likely. One draw, as without masks. */
export function legalRandom(
  rng: Pick<Rng, 'randInt'>,
  offset: number,
  count: number,
  masks?: Uint8Array,
): number {
  if (!masks) return rng.randInt(0, count)
  let legal = 0
  for (let i = 0; i < count; i++) legal += masks[offset + i]!
  if (legal === 0) refuse()
  let left = rng.randInt(0, legal)
  let at = 0
  while (masks[offset + at] === 0 || left-- > 0) at++
  return at
}

function refuse(): never {
  throw new RangeError('info.actionMask allows no action; an episode should end there instead')
}
