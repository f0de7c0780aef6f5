/**
 * Resets by itself: the step after the end of an episode ignores its action and gives the next
 * episode's first observation, with reward 0 and both flags false (Gymnasium's next-step autoreset).
 */

import { Wrapper, whenThere } from '../env.ts'
import type { EnvState, ResetResult, StepResult } from '../env.ts'
import { readBoolean } from '../json.ts'

export class Autoreset<Obs = unknown, Act = unknown> extends Wrapper<Obs, Act> {
  #pending = false // the next step resets

  protected override afterReset(result: ResetResult<Obs>): ResetResult<Obs> {
    this.#pending = false
    return result
  }

  override step(action: Act): StepResult<Obs> {
    return this.#pending ? whenThere(this.reset(), firstStep) : this.stepInner(action)
  }

  protected override afterStep(result: StepResult<Obs>): StepResult<Obs> {
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

/** A reset as the step that it takes the place of. */
function firstStep<Obs>(start: ResetResult<Obs>): StepResult<Obs> {
  return { ...start, reward: 0, terminated: false, truncated: false }
}
