/** What `make` knows without registration: ids, limits and thresholds as in Gymnasium. */

import { CartPole } from './classic-control/cartpole.ts'
import type { CartPoleOptions } from './classic-control/cartpole.ts'

export const BUILTIN_ENVS = {
  'CartPole-v0': {
    entryPoint: (options: CartPoleOptions) => new CartPole(options),
    maxEpisodeSteps: 200,
    rewardThreshold: 195,
  },
  'CartPole-v1': {
    entryPoint: (options: CartPoleOptions) => new CartPole(options),
    maxEpisodeSteps: 500,
    rewardThreshold: 475,
  },
}
