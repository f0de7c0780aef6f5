/** `info.actionMask`: which actions are legal, for everybody who chooses one. */

import type { Info } from '../env.ts'
import { describe } from '../names.ts'
import { choiceSizes, splitByChoice } from '../spaces/choices.ts'
import type { Space } from '../spaces/composite.ts'
import type { Report } from './finding.ts'

/** @param isOver whether no action follows: then a mask may allow none */
export function checkMask(report: Report, space: Space, info: Info, when: string, isOver: boolean) {
  if ('action_mask' in info && !('actionMask' in info)) {
    report.add('action-mask-name', {
      expected: 'the mask of legal actions is info.actionMask',
      found: `at ${when} there is info.action_mask, which nobody reads`,
      remedy: 'call it actionMask',
    })
  }
  const why = 'actionMask' in info ? explainMask(space, info['actionMask'], isOver) : undefined
  if (why === undefined) return
  report.add('action-mask', {
    expected: 'info.actionMask holds 0 or 1 for each choice, and leaves one',
    found: `at ${when} ${why}`,
    remedy: 'mend the mask, or leave it out; where no action is left the episode should end',
  })
}

function explainMask(space: Space, mask: unknown, isOver: boolean): string | undefined {
  const sizes = choiceSizes(space)
  if (sizes.length === 0) {
    return `there is an actionMask, but actions are ${space.toString()}, which has no choices`
  }
  const length = sizes.reduce((sum, n) => sum + n, 0)
  const isArray = Array.isArray(mask) || ArrayBuffer.isView(mask)
  const values = isArray ? Array.from(mask as unknown as ArrayLike<unknown>, Number) : []
  if (values.length !== length || !values.every((value) => value === 0 || value === 1))
    return `actionMask is ${describe(mask)} where ${length} zeros and ones are due`
  const isOpen = splitByChoice(values, sizes).every((choice) => choice.includes(1))
  return isOpen || isOver ? undefined : 'actionMask allows no action'
}
