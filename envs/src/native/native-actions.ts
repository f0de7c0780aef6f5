/** Checks of the actions that native models are given. Models count on them and check nothing. */

import { describe } from '../names.ts'
import type { TypedArray } from '../spaces/dtype.ts'
import type { NativeModel } from './native-model.ts'

/**
 * @param actions [n, ...] in the action space's dtype.
 * @returns the index of the first element that is outside a Discrete space, or not finite; else -1.
 */
export function findInvalidAction({ actionSpace }: NativeModel, actions: TypedArray): number {
  if (actionSpace.kind === 'discrete') {
    const { start, n } = actionSpace
    for (let k = 0; k < actions.length; k++) {
      if (actions[k]! < start || actions[k]! >= start + n) return k
    }
  } else {
    for (let k = 0; k < actions.length; k++) if (!Number.isFinite(actions[k])) return k
  }
  return -1
}

/** The error for an action that a model cannot take. */
export function invalidAction(model: NativeModel, action: unknown): RangeError {
  return new RangeError(
    `${model.name}: action is ${describeAction(action)}; pass ${knownActions(model)}`,
  )
}

function describeAction(action: unknown): string {
  const found = describe(action)
  return action instanceof Float32Array && action.length < 9
    ? `${found} [${action.join(', ')}]`
    : found
}

/** '0 (push left) or 1 (push right)'. */
function knownActions({ actionSpace, actionMeanings }: NativeModel): string {
  if (actionSpace.kind === 'box') return `finite numbers, a member of ${actionSpace.toString()}`
  if (actionSpace.kind !== 'discrete' || actionMeanings === undefined) {
    return `a member of ${actionSpace.toString()}`
  }
  const { start } = actionSpace
  const named = actionMeanings.map((meaning, i) => `${start + i} (${meaning})`)
  return `${named.slice(0, -1).join(', ')} or ${named.at(-1)!}`
}
