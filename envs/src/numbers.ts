/** Bounds of numbers: clipping to them, and refusing what a caller passes beyond them. */

import { describe } from './names.ts'

/** @returns x, or the bound that it is beyond; NaN stays NaN. */
export function clip(x: number, low: number, high: number): number {
  return Math.min(Math.max(x, low), high)
}

/** @throws RangeError naming the argument unless it is a safe integer ≥ `least`. */
export function checkInteger(argument: string, value: unknown, least = 1): void {
  if (Number.isSafeInteger(value) && Number(value) >= least) return
  throw new RangeError(`${argument} is ${describe(value)}; pass an integer >= ${least}`)
}

/** @throws RangeError naming the argument unless it is a finite number. */
export function checkFinite(argument: string, value: unknown): void {
  if (Number.isFinite(value)) return
  throw new RangeError(`${argument} is ${describe(value)}; pass a finite number`)
}

/** Of probabilities and discount factors. @throws RangeError unless it is a number from 0 to 1. */
export function checkFraction(argument: string, value: unknown): void {
  if (typeof value === 'number' && value >= 0 && value <= 1) return
  throw new RangeError(`${argument} is ${describe(value)}; pass a number from 0 to 1`)
}
