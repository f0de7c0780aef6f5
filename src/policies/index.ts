/** How agents act: what a network's outputs become actions by. */
export {
  type ActionDistribution,
  type ActionSpace,
  distributionOf,
  requireActionSpace,
} from './action-distribution.ts'
export { EpsilonGreedy, type EpsilonGreedyParts } from './epsilon-greedy.ts'
export type { ActBatchOptions, ActOptions, Played, ActingPolicy, RolloutPolicy } from './policy.ts'
export { oneObservation } from './single-observation.ts'
export { Stochastic, type StochasticParts } from './stochastic.ts'
