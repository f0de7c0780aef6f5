/** Where experience waits: replay and rollout buffers, and advantage estimation. */
export { generalizedAdvantages, normalizeAdvantages, type Rollout } from './gae.ts'
export { formatBytes } from './memory.ts'
export {
  emptyLike,
  ReplayBuffer,
  type ReplayBatch,
  type ReplayBufferOptions,
} from './replay-buffer.ts'
export { RolloutBuffer, type RolloutBufferOptions } from './rollout-buffer.ts'
