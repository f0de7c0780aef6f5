/**
 * Plays every action `numRepeats` times, or until the episode ends, and gives the last observation,
 * flags and info with the sum of the rewards (frame skip).
 */

import { Wrapper } from '../env.ts'
import type { Env, StepResult } from '../env.ts'
import { checkInteger } from '../numbers.ts'

/**
 * @example
 * const env = new RepeatAction(make('MountainCar-v0'), 4)
 */
export class RepeatAction<Obs = unknown, Act = unknown> extends Wrapper<Obs, Act> {
  /** Timesteps inside per step outside. */
  readonly numRepeats: number

  /** @throws RangeError when numRepeats is not an integer ≥ 1. */
  constructor(env: Env<Obs, Act>, numRepeats: number) {
    super(env)
    checkInteger('RepeatAction: numRepeats', numRepeats)
    this.numRepeats = numRepeats
  }

  override step(action: Act): StepResult<Obs> {
    let result = this.env.step(action)
    let sum = result.reward
    for (let i = 1; i < this.numRepeats && !result.terminated && !result.truncated; i++) {
      result = this.env.step(action)
      sum += result.reward
    }
    const { obs, terminated, truncated, info } = result
    return { obs, reward: sum, terminated, truncated, info }
  }
}
