/**
 * n-step returns, computed from recorded steps when they are sampled: nothing has to wait for the steps that follow.
 *
 * Source: Sutton 1988; Hessel et al. 2018 (arXiv 1710.02298). A truncation ends the sum as a termination does, but is
 * bootstrapped from the final observation (Pardo et al. 2018, arXiv 1712.00378).
 */

/** What happened, step by step, in whatever order the rows lie. */
export interface RecordedSteps {
  readonly rewards: ArrayLike<number>
  /** 1 where the episode terminated. */
  readonly terminated: ArrayLike<number>
  /** 1 where the episode was cut off. */
  readonly truncated: ArrayLike<number>
}

export interface NStepReturn {
  /** Σ_{k<m} γᵏ r, in double precision. */
  rewards: number
  /** What the value of the observation after the last step counts: γᵐ, or 0 if that step terminated. */
  discount: number
  /** m: steps up to and including the first end (either flag), at most n, at most what is recorded. */
  steps: number
  /** The row of the last of them; what followed it is what to bootstrap from. */
  last: number
}

/**
 * The n-step return from one row on: Σ_{k<m} γᵏ r + discount · V(observation after the last step).
 *
 * @param from row of the first step
 * @param n most steps
 * @param gamma discount per timestep
 * @param next the row that follows in the same environment, or −1 where nothing more is recorded
 * @param out written, so that sampling allocates nothing
 * @returns out
 */
export function nStepReturn(
  { rewards, terminated, truncated }: RecordedSteps,
  from: number,
  n: number,
  gamma: number,
  next: (row: number) => number,
  out: NStepReturn,
): NStepReturn {
  let row = from
  let steps = 1
  let power = gamma // γ^steps
  let sum = rewards[row]!
  while (steps < n && !terminated[row] && !truncated[row]) {
    const following = next(row)
    if (following < 0) break
    row = following
    sum += power * rewards[row]!
    power *= gamma
    steps++
  }
  out.rewards = sum
  out.discount = terminated[row] ? 0 : power
  out.steps = steps
  out.last = row
  return out
}
