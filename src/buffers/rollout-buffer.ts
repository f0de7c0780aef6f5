/**
 * A rollout: what N environments did in T steps under one policy, kept until the update that uses it.
 *
 * The final observations of episodes that end are kept too, so that their values can be computed in one batch when
 * the rollout is complete.
 */
import type { ObsArray, VectorStep } from 'gymnasium-js/vector'
import { generalizedAdvantages, type Rollout } from './gae.ts'
import { copyRow, emptyLike } from './replay-buffer.ts'

export interface RolloutBufferOptions {
  /** T: steps per environment. */
  readonly numSteps: number
  /** N: environments. */
  readonly numEnvs: number
  /** Numbers in one observation. */
  readonly obsSize: number
  /** An array of the observations' dtype; only its type matters. */
  readonly obsLike: ObsArray
}

export class RolloutBuffer implements Rollout {
  /** [T, N, ...] what the policy saw */
  readonly obs: ObsArray
  /** [T, N] action indices from 0 */
  readonly actions: Int32Array
  readonly rewards: Float64Array
  readonly values: Float64Array
  readonly terminated: Uint8Array
  readonly truncated: Uint8Array
  readonly finalValues: Float64Array
  readonly #numEnvs: number
  readonly #numSteps: number
  readonly #obsSize: number
  /** Rows whose episode was cut off, and the final observation of each. */
  #truncations: { row: number; finalObs: ObsArray }[] = []
  #steps = 0

  constructor({ numSteps, numEnvs, obsSize, obsLike }: RolloutBufferOptions) {
    const rows = numSteps * numEnvs
    this.obs = emptyLike(obsLike, rows * obsSize)
    this.actions = new Int32Array(rows)
    this.rewards = new Float64Array(rows)
    this.values = new Float64Array(rows)
    this.terminated = new Uint8Array(rows)
    this.truncated = new Uint8Array(rows)
    this.finalValues = new Float64Array(rows)
    this.#numEnvs = numEnvs
    this.#numSteps = numSteps
    this.#obsSize = obsSize
  }

  get full(): boolean {
    return this.#steps === this.#numSteps
  }

  /**
   * Adds one step of all environments.
   *
   * @param obs [N, ...] what the policy saw
   * @param actions [N]
   * @param values [N] V(obs)
   * @param step what `VectorEnv.step` returned
   * @throws RangeError if the rollout is full
   */
  add(obs: ObsArray, actions: Int32Array, values: ArrayLike<number>, step: VectorStep): void {
    if (this.full) throw new RangeError('the rollout is full; clear it before adding to it')
    const row = this.#steps * this.#numEnvs
    for (let i = 0; i < this.#numEnvs; i++) {
      copyRow(this.obs, row + i, obs, i, this.#obsSize)
      this.actions[row + i] = actions[i]!
      this.values[row + i] = values[i]!
      this.rewards[row + i] = step.rewards[i]!
      this.terminated[row + i] = step.terminated[i]!
      this.truncated[row + i] = step.truncated[i]!
      this.finalValues[row + i] = 0
      if (step.truncated[i] && !step.terminated[i]) this.#keepFinalObs(row + i, step.finalObs, i)
    }
    this.#steps++
  }

  /**
   * Advantages and returns of the full rollout.
   *
   * @param valuesOf V of a batch of observations [B, ...]; asked for the truncated episodes' final observations
   * @param lastValues [N] V of the observations after the last step
   * @returns [T, N] each
   */
  advantages(
    valuesOf: (obs: ObsArray) => ArrayLike<number>,
    lastValues: ArrayLike<number>,
    gamma: number,
    lambda: number,
  ): { advantages: Float64Array; returns: Float64Array } {
    this.#fillFinalValues(valuesOf)
    return generalizedAdvantages(this, Float64Array.from(lastValues), gamma, lambda)
  }

  clear(): void {
    this.#steps = 0
    this.#truncations = []
  }

  #keepFinalObs(row: number, finalObs: ObsArray, env: number): void {
    const kept = emptyLike(finalObs, this.#obsSize)
    copyRow(kept, 0, finalObs, env, this.#obsSize)
    this.#truncations.push({ row, finalObs: kept })
  }

  #fillFinalValues(valuesOf: (obs: ObsArray) => ArrayLike<number>): void {
    if (this.#truncations.length === 0) return
    const batch = emptyLike(this.obs, this.#truncations.length * this.#obsSize)
    for (const [k, { finalObs }] of this.#truncations.entries())
      copyRow(batch, k, finalObs, 0, this.#obsSize)
    const values = valuesOf(batch)
    for (const [k, { row }] of this.#truncations.entries()) this.finalValues[row] = values[k]!
  }
}
