/**
 * Rewards divided by the standard deviation of the running discounted return
 * g ← γ g (1 - terminated) + r: r / sqrt(variance + epsilon). The mean is not subtracted, which
 * would change what is optimal. As in Gymnasium, g is cleared by a termination alone, in the very
 * step that terminates, and not by a truncation or a reset. `updateRunningMean = false` freezes the
 * statistics; g goes on.
 */

import { Wrapper } from '../env.ts'
import type { AsyncEnv, StepResult, EnvState } from '../env.ts'
import { readBoolean, readNumber, readObject } from '../json.ts'
import { checkFraction } from '../numbers.ts'
import { RunningMeanStd } from '../running-mean-std.ts'

export interface NormalizeRewardOptions {
  /** Discount factor of the return, 0 to 1. Default: 0.99, as in Gymnasium. */
  gamma?: number | undefined
  /** Added to the variance. Default: 1e-8, as in Gymnasium. */
  epsilon?: number | undefined
}

/**
 * @example
 * const env = new NormalizeReward(make('Pendulum-v1'), { gamma: 0.9 })
 */
export class NormalizeReward<Obs = unknown, Act = unknown> extends Wrapper<Obs, Act> {
  /** Of the discounted returns. */
  statistics = new RunningMeanStd()
  readonly gamma: number
  readonly epsilon: number
  /** Whether returns go into the statistics. */
  updateRunningMean = true
  #isEvaluation = false
  #discounted = Float64Array.of(0) // the return g, a batch of one

  /** @throws RangeError when gamma is not in 0 … 1. */
  constructor(env: AsyncEnv<Obs, Act>, options: NormalizeRewardOptions = {}) {
    super(env)
    const { gamma = 0.99, epsilon = 1e-8 } = options
    checkFraction('NormalizeReward: gamma', gamma)
    this.gamma = gamma
    this.epsilon = epsilon
  }

  /** @throws RangeError on a reward that is not finite. */
  protected override afterStep(result: StepResult<Obs>): StepResult<Obs> {
    if (this.#isEvaluation) return result
    const { obs, reward, terminated, truncated, info } = result
    const carried = this.#discounted[0]! * this.gamma * (terminated ? 0 : 1)
    this.#discounted[0] = carried + reward + 0 // + 0: no negative zero in the state
    if (this.updateRunningMean) this.statistics.update(this.#discounted)
    const deviation = Math.sqrt(this.statistics.variance[0]! + this.epsilon)
    return { obs, reward: reward / deviation, terminated, truncated, info }
  }

  /** Rewards come as they are: an evaluation tells what the environment pays. */
  startEvaluation(): void {
    this.#isEvaluation = true
  }

  override getState(): EnvState {
    return {
      ...super.getState(),
      statistics: this.statistics.getState(),
      discounted: this.#discounted[0]!,
      updateRunningMean: this.updateRunningMean,
    }
  }

  override setState(state: EnvState): void {
    const statistics = readObject(state, 'statistics')
    const discounted = readNumber(state, 'discounted')
    const updateRunningMean = readBoolean(state, 'updateRunningMean')
    super.setState(state)
    this.statistics.setState(statistics)
    this.#discounted[0] = discounted
    this.updateRunningMean = updateRunningMean
  }
}
