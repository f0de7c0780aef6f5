/** A replay buffer by the options of an agent: uniform or prioritized, of whole observations or of frames. */
import type { Box, DType, Space } from 'gymnasium-js'
import type { FrameOptions } from './frame-store.ts'
import type { MemoryNeed } from '../memory.ts'
import { PrioritizedReplayBuffer, prioritizedNeed } from './prioritized-replay-buffer.ts'
import { ReplayBuffer } from './replay-buffer.ts'
import { type ReplayBufferOptions, replayNeed } from './transition-store.ts'

export type Replay = ReplayBuffer | PrioritizedReplayBuffer

export interface ReplayOptions {
  /** Transitions. */
  readonly bufferSize: number
  /** Discount per timestep. */
  readonly gamma: number
  /** Timesteps of reward in a target; 1 unless told. */
  readonly nSteps?: number
  readonly prioritizedReplay?: false | { readonly alpha: number; readonly epsilon: number }
  /** Frames along the first axis of an observation; 1 unless told. */
  readonly frameStack?: number
}

/** What is stored. */
export interface Stored {
  readonly observationSpace: Space
  /** Of one observation. */
  readonly encoder: { readonly size: number; readonly bytesPerElement: number }
  readonly numEnvs: number
}

/** An empty buffer. @throws RangeError if it does not fit into memory */
export function createReplay(
  options: ReplayOptions,
  stored: Stored &
    Pick<ReplayBufferOptions, 'obsLike' | 'numActions' | 'actionSize' | 'actionLike'>,
): Replay {
  const { gamma, nSteps, prioritizedReplay = false } = options
  const { obsLike, numActions, actionSize, actionLike } = stored
  const kept = { obsLike, numActions, actionSize, actionLike }
  const all = { ...sizeOf(options, stored), ...kept, gamma, nSteps }
  return prioritizedReplay
    ? new PrioritizedReplayBuffer({ ...all, ...prioritizedReplay })
    : new ReplayBuffer(all)
}

/** What such a buffer takes of memory. */
export function memoryOfReplay(
  options: ReplayOptions,
  stored: Stored & Pick<ReplayBufferOptions, 'numActions' | 'actionSize'>,
): MemoryNeed {
  const { encoder, numActions, actionSize } = stored
  const { bytesPerElement } = encoder
  const size = { ...sizeOf(options, stored), bytesPerElement, numActions, actionSize }
  return options.prioritizedReplay ? prioritizedNeed(size) : replayNeed(size)
}

function sizeOf(
  { bufferSize, frameStack }: ReplayOptions,
  { observationSpace, encoder, numEnvs }: Stored,
) {
  const frames = framesOf(observationSpace, frameStack)
  return { capacity: bufferSize, obsSize: encoder.size, numEnvs, frames }
}

/** Images of bytes, and stacks, are kept frame by frame; those of zeros and ones as bits. */
function framesOf(space: Space, stack = 1): FrameOptions | undefined {
  const isImage = space.kind === 'box' && space.dtype === 'uint8' && space.shape.length >= 3
  if (!isImage && stack === 1) return undefined
  return { stack, encoding: isImage && isBinary(space) ? 'bits' : 'same' }
}

function isBinary({ low, high }: Box<DType>): boolean {
  return low.every((value) => value === 0) && high.every((value) => value === 1)
}
