/**
 * What an agent's options take of memory, by the options' names, whichever agent has them: copies of the environment and
 * networks, which are made with the agent, and buffers and batches, which are made when it learns. All of it is
 * estimated before anything is made; an option that an agent does not have takes nothing.
 */
import { choiceSizes, type Space } from 'gymnasium-js/spaces'
import { type BackendName, tensorMemory } from '../backend/index.ts'
import { memoryOfReplay, type ReplayOptions } from '../buffers/index.ts'
import { type MemoryNeed, requireMemory, requireWithin } from '../memory.ts'
import type { ObservationEncoder } from '../nn/observations.ts'
import {
  memoryOfNetworks,
  type NetworkMemory,
  type NetworkParts,
  type NetworkSizing,
} from './network-memory.ts'

/** Of objects, per copy of an environment: what a vector environment keeps of each, and the smallest itself; measured. */
const COPY_BYTES = 1200
/** Arrays of the observations of all copies: the vector environment's two, and the two that learning takes in turns. */
const COPIED_OBS = 4
/** Of objects, per episode of an evaluation: its return and its length. */
const EPISODE_BYTES = 16
/** Per timestep of a rollout: reward, value, final value, advantage and return, two flags. */
const ROLLOUT_BYTES = 5 * 8 + 2
/** Per row of a minibatch of replay: reward, discount, two flags. */
const BATCH_BYTES = 2 * 4 + 2
/** How often all that a row takes in a network is held at once: where it is only applied, and in an update; measured. */
const TIMES_APPLIED = 2
const TIMES_UPDATED = 8

/** Options that size something; each agent has some of them. */
export type Sizing = NetworkSizing & {
  readonly [K in keyof ReplayOptions]?: ReplayOptions[K] | undefined
} & {
  readonly batchSize?: number
  readonly initializationBatch?: number
  readonly initializationSteps?: number
  readonly numSteps?: number
}

/** What an agent is made of, as far as it is known before it is. */
export interface Sized extends Omit<NetworkParts, 'actions'> {
  readonly actionSpace: Space
  readonly options: Sizing
  readonly numEnvs: number
  readonly observationSpace: Space
  readonly encoder: Pick<ObservationEncoder, 'size' | 'bytesPerElement' | 'inputShape'>
}

/** What is known of learning before it starts. */
export interface Expected {
  /** Whether the environments tell which actions are legal; not reckoned with unless said. */
  readonly hasMasks?: boolean | undefined
  /** The backend that it will be on; the one in use, or simd, unless said. */
  readonly backend?: BackendName | undefined
}

/**
 * @param copies of its environment that are to be made
 * @throws RangeError if memory does not hold them, and its networks
 */
export function requireMemoryForAgent(sized: Sized, copies: number): void {
  const { need, variables } = networksOf(sized)
  const bytes = COPIED_OBS * copies * obsBytes(sized)
  requireMemory([need(variables), { ...copiesNeed('numEnvs', copies), bytes }])
}

/**
 * @param timesteps that are left, and how many of them are a warm-up
 * @throws RangeError if memory does not hold what learning makes, or that of the backend its tensors
 */
export function requireMemoryForLearning(
  sized: Sized,
  timesteps: { readonly left: number; readonly warmUp: number },
  { hasMasks, backend }: Expected = {},
): void {
  const { need, variables, update, row } = networksOf(sized)
  const kept = bufferNeeds(sized, timesteps, row, hasMasks)
  requireMemory([need(update), ...kept])
  requireWithin([need(variables + update), ...kept], tensorMemory(backend), 'tensors')
}

/**
 * @param name of the option that says how many episodes, as the user knows it
 * @throws RangeError if memory does not hold such an evaluation
 */
export function requireMemoryForEvaluation(
  { episodes, evalEnvs }: { readonly episodes: number; readonly evalEnvs: number },
  name = 'episodes',
): void {
  const played = { name, value: episodes, objects: episodes * EPISODE_BYTES }
  requireMemory([played, copiesNeed('evalEnvs', Math.min(evalEnvs, episodes))])
}

function copiesNeed(name: string, value: number): MemoryNeed {
  return { name, value, objects: value * COPY_BYTES }
}

/** Of buffers and batches. Rollouts, and random play before them, are no longer than the budget allows. */
function bufferNeeds(
  sized: Sized,
  { left, warmUp }: { readonly left: number; readonly warmUp: number },
  row: number,
  hasMasks = false,
): MemoryNeed[] {
  const { options, numEnvs, actionSpace, encoder } = sized
  const { bufferSize, batchSize, numSteps = 0, initializationBatch } = options
  const { actionSize, actions } = countsOf(actionSpace)
  const numActions = hasMasks ? actions : 0
  const perRow = 4 * actionSize + numActions
  const rows = (name: keyof Sizing, count: number, bytes: number, times: number): MemoryNeed => ({
    name,
    value: options[name] as number,
    bytes: count * (bytes + perRow),
    longest: count * encoder.size,
    tensors: count * times * row,
  })
  if (bufferSize !== undefined) {
    const bytes = 2 * obsBytes(sized) + BATCH_BYTES
    return [
      memoryOfReplay(options as ReplayOptions, { ...sized, actionSize, numActions }),
      rows('batchSize', batchSize ?? 0, bytes, TIMES_UPDATED),
      rows('initializationBatch', initializationBatch ?? 0, bytes, TIMES_APPLIED),
    ]
  }
  const bytes = obsBytes(sized) + ROLLOUT_BYTES
  const played = Math.min(numEnvs * numSteps, left)
  const random = rows('initializationSteps', warmUp, bytes, TIMES_APPLIED)
  if (batchSize === undefined) return [rows('numSteps', played, bytes, TIMES_UPDATED), random]
  const batch = rows('batchSize', Math.min(batchSize, played), bytes, TIMES_UPDATED)
  return [rows('numSteps', played, bytes, TIMES_APPLIED), batch, random]
}

/** Of one observation. */
function obsBytes({ encoder }: Sized): number {
  return encoder.size * encoder.bytesPerElement
}

function networksOf(sized: Sized): NetworkMemory {
  return memoryOfNetworks({ ...sized, ...countsOf(sized.actionSpace) })
}

/** Numbers in an action, and outputs of a policy; of choices, those in a mask. */
function countsOf(space: Space): { readonly actionSize: number; readonly actions: number } {
  if (space.kind === 'box') return { actionSize: space.size, actions: space.size }
  const choices = choiceSizes(space)
  return { actionSize: choices.length, actions: choices.reduce((sum, size) => sum + size, 0) }
}
