/** Cuts episodes off: `truncated` from step `maxEpisodeSteps` on, also when the task ends there. */

import { Wrapper } from '../env.ts'
import type { Env, EnvState, ResetArgs, ResetResult, StepResult } from '../env.ts'
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

  override reset(args?: ResetArgs): ResetResult<Obs> {
    const result = super.reset(args)
    this.#elapsedSteps = 0
    return result
  }

  override step(action: Act): StepResult<Obs> {
    const result = super.step(action)
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
