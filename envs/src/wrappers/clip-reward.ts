/** Clips rewards to [minReward, maxReward], of which one may be left out. */

import type { AsyncEnv } from '../env.ts'
import { RewardWrapper } from './reward-wrapper.ts'

export interface ClipRewardOptions {
  /** Default: no lower bound. */
  minReward?: number | undefined
  /** Default: no upper bound. */
  maxReward?: number | undefined
}

/**
 * @example
 * const env = new ClipReward(make('LunarLander-v3'), { minReward: -1, maxReward: 1 })
 */
export class ClipReward<Obs = unknown, Act = unknown> extends RewardWrapper<Obs, Act> {
  readonly minReward: number
  readonly maxReward: number

  /** @throws RangeError when both bounds are left out, or the lower is not below the upper or equal. */
  constructor(env: AsyncEnv<Obs, Act>, { minReward, maxReward }: ClipRewardOptions) {
    super(env)
    if (minReward === undefined && maxReward === undefined) {
      throw new RangeError('ClipReward: neither minReward nor maxReward is given; pass one or both')
    }
    this.minReward = minReward ?? -Infinity
    this.maxReward = maxReward ?? Infinity
    if (this.minReward <= this.maxReward) return
    throw new RangeError(
      `ClipReward: minReward is ${this.minReward}, maxReward ${this.maxReward}; ` +
        'pass minReward <= maxReward',
    )
  }

  protected override reward(reward: number): number {
    return Math.min(Math.max(reward, this.minReward), this.maxReward)
  }
}
