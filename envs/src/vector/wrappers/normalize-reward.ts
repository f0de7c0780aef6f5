/**
 * Rewards of all environments divided by the standard deviation of their running discounted returns
 * g ← γ g (1 - terminated) + r; see the wrapper of the same name for one environment. Under NextStep
 * the step that resets an environment leaves its g alone and keeps it out of the statistics, a
 * termination clears g and a truncation does not; under SameStep both clear it, after the step. The
 * returns are kept in float32, as in Gymnasium; `episodeReturns` stay those of the environment.
 */

import type { EnvState } from '../../env.ts'
import { readBoolean, readNumbers, readObject } from '../../json.ts'
import { checkFraction } from '../../numbers.ts'
import { RunningMeanStd } from '../../running-mean-std.ts'
import type { VectorEnv, VectorReset, VectorStep } from '../../vector-env.ts'
import type { NormalizeRewardOptions } from '../../wrappers/normalize-reward.ts'
import { VectorWrapper } from '../vector-wrapper.ts'

/**
 * @example
 * new NormalizeReward(makeVector('Pendulum-v1', 8), { gamma: 0.9 })
 */
export class NormalizeReward extends VectorWrapper {
  /** Of the discounted returns of all environments. */
  statistics = new RunningMeanStd()
  readonly gamma: number
  readonly epsilon: number
  /** Whether returns go into the statistics. */
  updateRunningMean = true
  #isEvaluation = false
  readonly #discounted: Float32Array // [N], the returns g
  readonly #resetting: Uint8Array // [N], 1: the next step resets (NextStep only)
  readonly #stepped: Float32Array // [N], scratch: g of those that did not reset
  readonly #rewards: Float64Array // [N]

  /** @throws RangeError when gamma is not in 0 … 1. */
  constructor(envs: VectorEnv, { gamma = 0.99, epsilon = 1e-8 }: NormalizeRewardOptions = {}) {
    super(envs)
    checkFraction('NormalizeReward: gamma', gamma)
    this.gamma = gamma
    this.epsilon = epsilon
    this.#discounted = new Float32Array(envs.numEnvs)
    this.#resetting = new Uint8Array(envs.numEnvs)
    this.#stepped = new Float32Array(envs.numEnvs)
    this.#rewards = new Float64Array(envs.numEnvs)
  }

  protected override afterReset(result: VectorReset): VectorReset {
    this.#resetting.fill(0)
    return result
  }

  protected override afterStep(result: VectorStep): VectorStep {
    if (this.#isEvaluation) return result
    const stepped = this.#discount(result)
    if (this.updateRunningMean) this.statistics.update(stepped)
    const deviation = Math.sqrt(this.statistics.variance[0]! + this.epsilon)
    for (let i = 0; i < this.numEnvs; i++) this.#rewards[i] = result.rewards[i]! / deviation
    this.#endEpisodes(result)
    return { ...result, rewards: this.#rewards }
  }

  /** Moves the returns on; gives those of the environments that did not reset, a view. */
  #discount({ rewards, terminated }: VectorStep): Float32Array {
    const gamma = Math.fround(this.gamma)
    let n = 0
    for (let i = 0; i < this.numEnvs; i++) {
      if (this.#resetting[i] === 1) continue
      const carried = Math.fround(this.#discounted[i]! * gamma) * (1 - terminated[i]!)
      this.#discounted[i] = carried + rewards[i]! + 0 // + 0: no negative zero in the state
      this.#stepped[n++] = this.#discounted[i]!
    }
    return this.#stepped.subarray(0, n)
  }

  #endEpisodes({ terminated, truncated }: VectorStep): void {
    const sameStep = this.autoresetMode === 'SameStep'
    for (let i = 0; i < this.numEnvs; i++) {
      const ended = terminated[i] === 1 || truncated[i] === 1
      if (sameStep && ended) this.#discounted[i] = 0
      this.#resetting[i] = !sameStep && ended ? 1 : 0
    }
  }

  /** Rewards come as they are: an evaluation tells what the environment pays. */
  startEvaluation(): void {
    this.#isEvaluation = true
  }

  override getState(): EnvState {
    return {
      ...super.getState(),
      statistics: this.statistics.getState(),
      discounted: Array.from(this.#discounted),
      resetting: Array.from(this.#resetting),
      updateRunningMean: this.updateRunningMean,
    }
  }

  override setState(state: EnvState): void {
    const statistics = readObject(state, 'statistics')
    const discounted = readNumbers(state, 'discounted', this.numEnvs)
    const resetting = readNumbers(state, 'resetting', this.numEnvs)
    const updateRunningMean = readBoolean(state, 'updateRunningMean')
    super.setState(state)
    this.statistics.setState(statistics)
    this.#discounted.set(discounted)
    this.#resetting.set(resetting)
    this.updateRunningMean = updateRunningMean
  }
}
