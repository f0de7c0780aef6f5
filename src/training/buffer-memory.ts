/** What an agent's buffers and batches take of memory, by its options' names and before they are made. */
import { memoryOfReplay, type ReplayOptions } from '../buffers/index.ts'
import type { MemoryNeed } from '../memory.ts'
import { type Buffered, obsBytes, type Sizing, type Timesteps } from './sizes.ts'

/** Per row of a minibatch of replay: reward, discount, two flags. */
const BATCH_BYTES = 2 * 4 + 2
/** Per timestep of a rollout: reward, value, final value, advantage and return, two flags. */
const ROLLOUT_BYTES = 5 * 8 + 2
/** How often all that a row takes in a network is held at once: where it is only applied, and in an update; measured. */
const TIMES_APPLIED = 2
const TIMES_UPDATED = 8

/** Of a replay buffer, and of batches that are drawn from it. */
export function replayMemory(of: Buffered): MemoryNeed[] {
  const { options, actions, hasMasks } = of
  const { batchSize = 0, initializationBatch = 0 } = options
  const numActions = hasMasks ? actions : 0
  const bytes = 2 * obsBytes(of) + BATCH_BYTES
  return [
    memoryOfReplay(options as ReplayOptions, { ...of, numActions }),
    rowsOf(of, 'batchSize', batchSize, bytes, TIMES_UPDATED),
    rowsOf(of, 'initializationBatch', initializationBatch, bytes, TIMES_APPLIED),
  ]
}

/** Of a rollout, of minibatches of it, and of random play before it; none is longer than the budget allows. */
export function rolloutMemory(of: Buffered, { left, warmUp }: Timesteps): MemoryNeed[] {
  const { options, numEnvs } = of
  const { batchSize, numSteps = 0 } = options
  const bytes = obsBytes(of) + ROLLOUT_BYTES
  const played = Math.min(numEnvs * numSteps, left)
  const random = rowsOf(of, 'initializationSteps', warmUp, bytes, TIMES_APPLIED)
  if (batchSize === undefined) return [rowsOf(of, 'numSteps', played, bytes, TIMES_UPDATED), random]
  const batch = rowsOf(of, 'batchSize', Math.min(batchSize, played), bytes, TIMES_UPDATED)
  return [rowsOf(of, 'numSteps', played, bytes, TIMES_APPLIED), batch, random]
}

/** So many rows. @param bytes of each, but for its action @param times that a row of tensors is held */
function rowsOf(
  { options, encoder, actionSize, actions, hasMasks, row }: Buffered,
  name: keyof Sizing,
  count: number,
  bytes: number,
  times: number,
): MemoryNeed {
  return {
    name,
    value: options[name] as number,
    bytes: count * (bytes + 4 * actionSize + (hasMasks ? actions : 0)),
    longest: count * encoder.size,
    tensors: count * times * row,
  }
}
