/** A replay buffer by the options of an agent: uniform or prioritized, of whole observations or of frames. */
import type { Box, DType, Space } from 'gymnasium-js'
import type { FrameOptions } from './frame-store.ts'
import { PrioritizedReplayBuffer, requirePrioritizedMemory } from './prioritized-replay-buffer.ts'
import { ReplayBuffer } from './replay-buffer.ts'
import {
  type ReplayBufferOptions,
  type ReplaySize,
  requireReplayMemory,
} from './transition-store.ts'

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
export type Stored = Pick<
  ReplayBufferOptions,
  'obsSize' | 'obsLike' | 'numEnvs' | 'numActions' | 'actionSize' | 'actionLike'
> & { readonly space: Space }

/** An empty buffer. @throws RangeError if it does not fit into memory */
export function createReplay(options: ReplayOptions, { space, ...stored }: Stored): Replay {
  const { bufferSize, gamma, nSteps, prioritizedReplay = false, frameStack } = options
  const frames = framesOf(space, frameStack)
  const all = { ...stored, capacity: bufferSize, gamma, nSteps, frames }
  return prioritizedReplay
    ? new PrioritizedReplayBuffer({ ...all, ...prioritizedReplay })
    : new ReplayBuffer(all)
}

/** @throws RangeError if the buffer that these options ask for would not fit into memory */
export function requireMemoryForReplay(
  { bufferSize, prioritizedReplay, frameStack }: ReplayOptions,
  {
    space,
    ...stored
  }: Pick<ReplaySize, 'obsSize' | 'numEnvs'> & {
    readonly space: Space
    readonly bytesPerElement: number
  },
): void {
  const size = { ...stored, capacity: bufferSize, frames: framesOf(space, frameStack) }
  if (prioritizedReplay) requirePrioritizedMemory(size)
  else requireReplayMemory(size)
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
