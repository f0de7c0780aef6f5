/** Where experience waits: replay and rollout buffers, n-step returns and advantage estimation. */
export { formatBytes } from '../memory.ts'
export { infoThatFollowed, readActionMask, readActionMasks } from '../masks.ts'
export { FRAME_ENCODINGS, type FrameEncoding } from './frame-codec.ts'
export type { FrameOptions } from './frame-store.ts'
export { generalizedAdvantages, normalizeAdvantages, type Rollout } from './gae.ts'
export { gatherRows, Minibatches, shuffledBatches } from './minibatches.ts'
export { type NStepReturn, nStepReturn, type RecordedSteps } from './n-step.ts'
export { importanceWeights, power, priorityOf } from './priorities.ts'
export {
  type PrioritizedBatch,
  PrioritizedReplayBuffer,
  type PrioritizedReplayBufferOptions,
  requirePrioritizedMemory,
} from './prioritized-replay-buffer.ts'
export {
  createReplay,
  type Replay,
  type ReplayOptions,
  memoryOfReplay,
  type Stored,
} from './replay.ts'
export { ReplayBuffer } from './replay-buffer.ts'
export { RolloutBuffer, type RolloutBufferOptions } from './rollout-buffer.ts'
export { emptyLike } from './rows.ts'
export { stratifiedMass, SumTree } from './sum-tree.ts'
export {
  type ActionValues,
  estimateReplayBytes,
  type ReplayBatch,
  type ReplayBufferOptions,
  type ReplaySize,
  requireReplayMemory,
} from './transition-store.ts'
