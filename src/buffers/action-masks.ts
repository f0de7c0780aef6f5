/** Legal actions, as environments tell them: `info.actionMask`, 1 for each action that may be taken (Taxi has one). */
import type { Info } from 'gymnasium-js'

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
  if (values?.length !== numActions) refuse(numActions)
  for (let a = 0; a < numActions; a++) {
    const value = values[a]
    if (value === 0 || value === 1 || typeof value === 'boolean') target[at + a] = Number(value)
    else refuse(numActions)
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

function refuse(numActions: number): never {
  throw new RangeError(
    `info.actionMask is not ${numActions} zeros and ones; give one number for each action`,
  )
}
