/**
 * Generalized advantage estimation, in double precision on the host.
 *
 * Source: Schulman et al. 2016 (arXiv 1506.02438), equation 16. Time limits: Pardo et al. 2018 (arXiv 1712.00378):
 * a truncated step bootstraps from the value of the final observation, a terminated one does not.
 */

/** A rollout of T steps in N environments; every array is [T, N], row-major in time. */
export interface Rollout {
  readonly rewards: Float64Array
  /** V(obs_t). */
  readonly values: Float64Array
  readonly terminated: Uint8Array
  readonly truncated: Uint8Array
  /** V(final observation) where an episode ended in step t; read only where `truncated`. */
  readonly finalValues: Float64Array
}

/**
 * Advantages and returns of a rollout.
 *
 * δ_t = r_t + γ (1 − terminated_t) V′_t − V_t and A_t = δ_t + γλ (1 − terminated_t)(1 − truncated_t) A_{t+1}, where
 * V′_t is the final observation's value if the episode was truncated at t, and V_{t+1} otherwise.
 *
 * @param rollout [T, N] each
 * @param lastValues [N] V of the observations after the last step
 * @param gamma discount per timestep
 * @param lambda 0: one-step advantages, 1: Monte Carlo returns minus values
 * @returns advantages and returns (advantage + value), [T, N] each
 */
export function generalizedAdvantages(
  rollout: Rollout,
  lastValues: Float64Array,
  gamma: number,
  lambda: number,
): { advantages: Float64Array; returns: Float64Array } {
  const { rewards, values, terminated, truncated, finalValues } = rollout
  const numEnvs = lastValues.length
  const advantages = new Float64Array(rewards.length)
  const returns = new Float64Array(rewards.length)
  for (let i = rewards.length - 1; i >= 0; i--) {
    const next = i + numEnvs // the same environment, one step later
    const isLast = next >= rewards.length
    const nextValue = truncated[i]!
      ? finalValues[i]!
      : isLast
        ? lastValues[i % numEnvs]!
        : values[next]!
    const bootstrap = terminated[i]! ? 0 : gamma * nextValue
    const trace = terminated[i]! || truncated[i]! || isLast ? 0 : gamma * lambda * advantages[next]!
    advantages[i] = rewards[i]! + bootstrap - values[i]! + trace
    returns[i] = advantages[i]! + values[i]!
  }
  return { advantages, returns }
}

/**
 * (a − mean) / (std + 10⁻⁸) with the sample standard deviation (N − 1), as PyTorch's A2C and PPO code has it.
 *
 * @param target of the same length, written; `advantages` itself may be given
 * @returns target
 */
export function normalizeAdvantages(
  advantages: Float64Array,
  target: Float64Array = new Float64Array(advantages.length),
): Float64Array {
  const n = advantages.length
  const mean = advantages.reduce((sum, a) => sum + a, 0) / n
  const squares = advantages.reduce((sum, a) => sum + (a - mean) * (a - mean), 0)
  const std = n > 1 ? Math.sqrt(squares / (n - 1)) : 0
  for (let i = 0; i < n; i++) target[i] = (advantages[i]! - mean) / (std + 1e-8)
  return target
}
