/**
 * Continuous actions between a policy, which acts in [−1, 1], and the box of an environment: low + (a + 1)/2 · (high − low),
 * written as middle + a · half of the width, which neither overflows nor changes a bit where the box is [−1, 1] itself.
 * Dimensions that lack a bound are as they are. No tensors: agents and `wn-rl/act` share it.
 */
import type { Box } from 'gymnasium-js/spaces'

/** How actions of a policy become those of an environment. */
export interface ActionScale {
  /** Of flat actions [N, D], element i: what is sent, within the bounds; rounding to the box's dtype stays within. */
  readonly toEnv: (action: number, i: number) => number
  /** [D] where random play draws from, uniformly; undefined where a bound is missing. */
  readonly ranges: readonly (readonly [low: number, high: number] | undefined)[]
}

/** Many environments write "unbounded" as the largest float32. */
const LARGEST_BOUND = 3.4028234663852886e38

/** @param isScaled false: all actions are in the units of the environment, as they were in 0.1.0 */
export function actionScaleOf(
  { low, high, size }: Pick<Box<'float32' | 'float64'>, 'low' | 'high' | 'size'>,
  isScaled: boolean,
): ActionScale {
  const middles = new Float64Array(size).fill(-0) // −0, unlike 0, leaves −0 as it is when it is added
  const halves = new Float64Array(size).fill(1)
  const ranges: [number, number][] = new Array<[number, number]>(size)
  for (let d = 0; d < size; d++) {
    if (!isBound(low[d]!) || !isBound(high[d]!)) continue
    ranges[d] = isScaled ? [-1, 1] : [low[d]!, high[d]!]
    if (!isScaled) continue
    middles[d] = low[d]! / 2 + high[d]! / 2 || -0
    halves[d] = high[d]! / 2 - low[d]! / 2
  }
  const toEnv = (action: number, i: number): number => {
    const d = i % size
    return Math.min(Math.max(middles[d]! + action * halves[d]!, low[d]!), high[d]!)
  }
  return { toEnv, ranges }
}

function isBound(value: number): boolean {
  return Math.abs(value) < LARGEST_BOUND
}
