/**
 * Plays every action `numRepeats` times, or until the episode ends, and gives the last observation,
 * flags and info with the sum of the rewards (frame skip).
 */

import { Wrapper, whenThere } from '../env.ts'
import type { StepResult, Env } from '../env.ts'
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
    return this.#repeat(action, 1, 0)
  }

  /** @param played steps inside, with the next @param sum of the rewards before it */
  #repeat(action: Act, played: number, sum: number): StepResult<Obs> {
    return whenThere(this.stepInner(action), (result) => {
      const reward = sum + result.reward
      const isOver = played === this.numRepeats || result.terminated || result.truncated
      return isOver ? { ...result, reward } : this.#repeat(action, played + 1, reward)
    })
  }
}
