/** What A2C and PPO share. */
export { type ActionDistribution, type ActionSpace, distributionOf } from './action-distribution.ts'
export { type Experience, Learner, LEARNER_METRICS, type Resolved } from './learner.ts'
export {
  type ActorCritic,
  actingPolicy,
  createActorCritic,
  type Initialization,
  parametersOf,
  projectAndRefold,
  trainingOutputs,
} from './networks.ts'
export { actorCriticOptions } from './options.ts'
export type { ActOptions } from './player.ts'
