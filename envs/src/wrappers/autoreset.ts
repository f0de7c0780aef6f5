/**
 * Resets by itself: the step after the end of an episode ignores its action and gives the next
 * episode's first observation, with reward 0 and both flags false (Gymnasium's next-step autoreset).
 */

import { Wrapper } from '../env.ts'
import type { EnvState, ResetArgs, ResetResult, StepResult } from '../env.ts'
import { readBoolean } from '../json.ts'

export class Autoreset<Obs = unknown, Act = unknown> extends Wrapper<Obs, Act> {
  #pending = false // the next step resets

  override reset(args?: ResetArgs): ResetResult<Obs> {
    const result = this.env.reset(args)
    this.#pending = false
    return result
  }

  override step(action: Act): StepResult<Obs> {
    if (this.#pending) {
      return { ...this.reset(), reward: 0, terminated: false, truncated: false }
    }
    const result = this.env.step(action)
    this.#pending = result.terminated || result.truncated
    return result
  }

  override getState(): EnvState {
    return { ...super.getState(), pending: this.#pending }
  }

  override setState(state: EnvState): void {
    const pending = readBoolean(state, 'pending')
    super.setState(state)
    this.#pending = pending
  }
}
