/** DQN's memory: uniform or prioritized replay, whole observations or frames, chosen by the options. */
import type { ObsArray, VectorEnv } from 'gymnasium-js/vector'
import type { Box, DType, Space } from 'gymnasium-js'
import {
  type FrameOptions,
  type PrioritizedBatch,
  PrioritizedReplayBuffer,
  type ReplayBatch,
  ReplayBuffer,
  requirePrioritizedMemory,
  requireReplayMemory,
} from '../../src/buffers/index.ts'
import type { ObservationEncoder } from '../../src/nn/index.ts'
import type { Rng } from '../../src/rng.ts'
import { linearSchedule } from '../../src/training/index.ts'
import type { ResolvedOptions } from './options.ts'

export type Replay = ReplayBuffer | PrioritizedReplayBuffer

export interface ReplayParts {
  readonly options: Pick<
    ResolvedOptions,
    'bufferSize' | 'gamma' | 'nSteps' | 'prioritizedReplay' | 'frameStack'
  >
  readonly space: Space
  readonly encoder: ObservationEncoder
  readonly envs: Pick<VectorEnv, 'numEnvs'>
}

/**
 * An empty buffer.
 *
 * @param obsLike an array of the observations' dtype
 * @param numActions A where masks of legal actions are to be kept
 */
export function createReplay(
  parts: ReplayParts,
  obsLike: ObsArray,
  numActions: number | undefined,
): Replay {
  const { gamma, nSteps, prioritizedReplay } = parts.options
  const options = { ...sizeOf(parts), numActions, obsLike, gamma, nSteps }
  if (!prioritizedReplay) return new ReplayBuffer(options)
  const { alpha, epsilon } = prioritizedReplay
  return new PrioritizedReplayBuffer({ ...options, alpha, epsilon })
}

/** @throws RangeError if the buffer would not fit into memory */
export function requireMemoryFor(parts: ReplayParts): void {
  const size = { ...sizeOf(parts), bytesPerElement: parts.encoder.bytesPerElement }
  if (parts.options.prioritizedReplay) requirePrioritizedMemory(size)
  else requireReplayMemory(size)
}

/** A minibatch, valid until the next one. @param progress from 0 to 1: how much of the training is over */
export function drawBatch(
  replay: Replay,
  { batchSize, prioritizedReplay }: Pick<ResolvedOptions, 'batchSize' | 'prioritizedReplay'>,
  rng: Rng,
  progress: number,
): ReplayBatch & Partial<Pick<PrioritizedBatch, 'weights' | 'indices'>> {
  if (replay instanceof ReplayBuffer) return replay.sample(batchSize, rng)
  const { beta } = prioritizedReplay as Exclude<typeof prioritizedReplay, boolean>
  return replay.sample(batchSize, rng, linearSchedule(beta, 1, 1, progress))
}

/** Observations alone, for initialization and metrics. */
export function drawObservations(replay: Replay, rows: number, rng: Rng): ObsArray {
  return replay instanceof ReplayBuffer
    ? replay.sample(rows, rng).obs
    : replay.sample(rows, rng, 1).obs
}

function sizeOf({ options, space, encoder, envs }: ReplayParts) {
  const { numEnvs } = envs
  const frames = framesOf(space, options.frameStack)
  return { capacity: options.bufferSize, obsSize: encoder.size, numEnvs, frames }
}

/** Images of bytes, and stacks, are kept frame by frame; those of zeros and ones as bits. */
function framesOf(space: Space, stack: number): FrameOptions | undefined {
  const isImage = space.kind === 'box' && space.dtype === 'uint8' && space.shape.length >= 3
  if (!isImage && stack === 1) return undefined
  return { stack, encoding: isImage && isBinary(space) ? 'bits' : 'same' }
}

function isBinary({ low, high }: Box<DType>): boolean {
  return low.every((value) => value === 0) && high.every((value) => value === 1)
}
