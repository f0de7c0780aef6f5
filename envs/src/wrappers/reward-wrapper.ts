/** A wrapper that changes rewards: it says how, in `reward`. */

import { Wrapper } from '../env.ts'
import type { StepResult } from '../env.ts'

export abstract class RewardWrapper<Obs, Act> extends Wrapper<Obs, Act> {
  /** Called once for every step. */
  protected abstract reward(reward: number): number

  protected override afterStep(result: StepResult<Obs>): StepResult<Obs> {
    const { obs, reward, terminated, truncated, info } = result
    return { obs, reward: this.reward(reward), terminated, truncated, info }
  }
}
