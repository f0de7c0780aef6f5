/** What training loops share: what wraps an algorithm, options, environments, schedules, evaluation and callbacks. */
export * from './actor-critic.ts'
export * from './agent.ts'
export * from './agent-options.ts'
export { replayMemory, rolloutMemory } from './buffer-memory.ts'
export * from './callbacks.ts'
export * from './define-agent.ts'
export { RefusedState, unsavedReason, withoutEnvironments } from './environment-state.ts'
export * from './environments.ts'
export * from './episode-rows.ts'
export * from './evaluation.ts'
export { takeStatistics } from './statistics-of-environments.ts'
export { Learning, type LearningParts, type ObservationSource } from './learning.ts'
export * from './metrics.ts'
export * from './option-types.ts'
export * from './options.ts'
export * from './parameters.ts'
export {
  advantagesOf,
  Rollouts,
  rolloutWarmUp,
  type RolloutsOptions,
  warmUpSteps,
} from './rollouts.ts'
export * from './saving.ts'
export * from './schedules.ts'
export { requireMemoryForEvaluation } from './sizes.ts'
export * from './statistics.ts'
