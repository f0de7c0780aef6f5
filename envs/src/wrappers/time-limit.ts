/** Cuts episodes off: `truncated` from step `maxEpisodeSteps` on, also when the task ends there. */

import { Wrapper } from '../env.ts'
import type { ResetResult, StepResult, Env, EnvState } from '../env.ts'
import { readNumber } from '../json.ts'
import { checkInteger } from '../numbers.ts'

export class TimeLimit<Obs = unknown, Act = unknown> extends Wrapper<Obs, Act> {
  /** Timesteps. */
  readonly maxEpisodeSteps: number
  #elapsedSteps = 0

  /** @throws RangeError when maxEpisodeSteps is not an integer ≥ 1. */
  constructor(env: Env<Obs, Act>, maxEpisodeSteps: number) {
    super(env)
    checkInteger('TimeLimit: maxEpisodeSteps', maxEpisodeSteps)
    this.maxEpisodeSteps = maxEpisodeSteps
  }

  protected override afterReset(result: ResetResult<Obs>): ResetResult<Obs> {
    this.#elapsedSteps = 0
    return result
  }

  protected override afterStep(result: StepResult<Obs>): StepResult<Obs> {
    this.#elapsedSteps += 1
    return this.#elapsedSteps >= this.maxEpisodeSteps ? { ...result, truncated: true } : result
  }

  override getState(): EnvState {
    return { ...super.getState(), elapsedSteps: this.#elapsedSteps }
  }

  override setState(state: EnvState): void {
    const elapsedSteps = readNumber(state, 'elapsedSteps')
    super.setState(state)
    this.#elapsedSteps = elapsedSteps
  }
}
