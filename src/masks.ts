/**
 * Legal actions on the host, as environments tell them: `info.actionMask`, 1 for each action that may be taken (Taxi
 * has one).
 */
import type { Info, Rng } from 'gymnasium-js'

/**
 * The legal actions of one environment; all of them where `info` says nothing.
 *
 * @param info of a reset or step
 * @param numActions A
 * @param target [N, A], written
 * @param env its row in `target`
 * @throws RangeError if there is a mask that is not [A] zeros and ones
 */
export function readActionMask(
  info: Info | undefined,
  numActions: number,
  target: Uint8Array,
  env: number,
): void {
  const mask = info?.['actionMask']
  const at = env * numActions
  if (mask === undefined) {
    target.fill(1, at, at + numActions)
    return
  }
  const values = mask as ArrayLike<unknown> | null
  if (values?.length !== numActions) refuseMask(numActions)
  for (let a = 0; a < numActions; a++) {
    const value = values[a]
    if (value === 0 || value === 1 || typeof value === 'boolean') target[at + a] = Number(value)
    else refuseMask(numActions)
  }
}

/**
 * The legal actions of N environments.
 *
 * @param infos [N] of a reset or step; under autoreset those of the next episode's first observation
 * @param target [N, A], written
 */
export function readActionMasks(
  infos: readonly Info[],
  numActions: number,
  target: Uint8Array,
): Uint8Array {
  for (const [env, info] of infos.entries()) readActionMask(info, numActions, target, env)
  return target
}

/** The info of the observation that followed a step: the final one where the episode ended. */
export function infoThatFollowed(info: Info | undefined, ended: boolean): Info | undefined {
  return ended ? (info?.['finalInfo'] as Info | undefined) : info
}

/**
 * The first environment whose mask leaves a choice without any action; undefined where there is none.
 *
 * @param masks [N, A]
 * @param sizes of the choices, A in all
 */
export function environmentWithoutChoice(
  masks: Uint8Array,
  sizes: readonly number[],
): number | undefined {
  for (let at = 0, env = 0; at < masks.length; env++)
    for (const size of sizes) if (!masks.subarray(at, (at += size)).includes(1)) return env
  return undefined
}

/**
 * Whether a mask allows nothing at all. Where an episode was cut off so, nothing follows that could be of value: it
 * counts as terminated.
 */
export function allowsNothing(masks: Uint8Array, env: number, numActions: number): boolean {
  return !masks.subarray(env * numActions, (env + 1) * numActions).includes(1)
}

/** Whether an environment tells which actions are legal. */
function hasActionMask(info: Info): boolean {
  return (info['actionMask'] ?? undefined) !== undefined // a key without a mask is none
}

/**
 * The legal actions of N environments; undefined where none of them tells.
 *
 * @param infos [N] of a reset or step
 * @param numActions A; 0 where actions are continuous and have no masks
 * @returns [N, A], 1 for each action that may be taken
 * @throws RangeError if a mask is not [A] zeros and ones
 */
export function actionMasksOf(
  infos: readonly Info[] | undefined,
  numActions: number,
): Uint8Array | undefined {
  if (numActions === 0) return undefined
  if (!infos?.some(hasActionMask)) return undefined
  return readActionMasks(infos, numActions, new Uint8Array(infos.length * numActions))
}

/**
 * The legal actions of N environments after a step.
 *
 * @param before of `actionMasksOf` at the reset
 * @returns undefined where the environments do not tell
 * @throws TypeError if masks come with steps, but did not with the reset
 */
export function masksAfter(
  before: Uint8Array | undefined,
  infos: readonly Info[],
  numActions: number,
): Uint8Array | undefined {
  if (before) return readActionMasks(infos, numActions, new Uint8Array(before.length))
  if (numActions === 0 || !infos.some(hasActionMask)) return undefined
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
  return best < 0 ? refuseChoice() : best
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
  if (legal === 0) refuseChoice()
  let left = rng.randInt(0, legal)
  let at = 0
  while (masks[offset + at] === 0 || left-- > 0) at++
  return at
}

/** Index of the largest of `count` numbers from `offset`; the first of equals. */
export function argMax(values: ArrayLike<number>, offset: number, count: number): number {
  let best = 0
  for (let i = 1; i < count; i++) if (values[offset + i]! > values[offset + best]!) best = i
  return best
}

function refuseMask(numActions: number): never {
  throw new RangeError(
    `info.actionMask is not ${numActions} zeros and ones; give one number for each action`,
  )
}

function refuseChoice(): never {
  throw new RangeError('info.actionMask allows no action; an episode should end there instead')
}
