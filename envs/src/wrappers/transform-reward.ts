/** Rewards through a function of the user's. */

import type { AsyncEnv } from '../env.ts'
import { RewardWrapper } from './reward-wrapper.ts'

/**
 * The function should depend on the reward alone: `getState` knows of nothing that it remembers.
 *
 * @example
 * new TransformReward(make('CartPole-v1'), (reward) => 0.01 * reward)
 */
export class TransformReward<Obs = unknown, Act = unknown> extends RewardWrapper<Obs, Act> {
  readonly #transform: (reward: number) => number

  constructor(env: AsyncEnv<Obs, Act>, transform: (reward: number) => number) {
    super(env)
    this.#transform = transform
  }

  protected override reward(reward: number): number {
    return this.#transform(reward)
  }
}
