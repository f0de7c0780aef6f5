/** Reset options that several environments take: `{ low, high }` of their start variables. */

import type { ResetOptions } from '../../env.ts'
import { checkKwargs, describe } from '../../names.ts'

/**
 * @param owner begins error messages.
 * @returns [low, high): those of the options, or else the environment's own.
 * @throws TypeError on an unknown option; RangeError unless they are finite with low ≤ high.
 */
export function startBounds(
  owner: string,
  options: ResetOptions | undefined,
  defaultLow: number,
  defaultHigh: number,
): readonly [low: number, high: number] {
  if (options === undefined) return [defaultLow, defaultHigh]
  checkKwargs(`${owner}: reset options`, options, ['low', 'high'])
  const { low = defaultLow, high = defaultHigh } = options
  if (!isFiniteNumber(low) || !isFiniteNumber(high) || low > high) {
    throw new RangeError(
      `${owner}: reset options low = ${describe(low)}, high = ${describe(high)}; ` +
        'pass finite numbers with low <= high',
    )
  }
  return [low, high]
}

function isFiniteNumber(x: unknown): x is number {
  return Number.isFinite(x)
}
