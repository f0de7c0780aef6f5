/**
 * What an agent's options take of memory, by the options' names, whichever agent has them: copies of the environment and
 * networks, which are made with the agent, and buffers and batches, which are made when it learns. All of it is
 * estimated before anything is made; an option that an agent does not have takes nothing.
 */
import { choiceSizes, type Space } from 'gymnasium-js/spaces'
import { type BackendName, tensorMemory } from '../backend/index.ts'
import type { ReplayOptions } from '../buffers/index.ts'
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

export interface Timesteps {
  readonly left: number
  /** How many of them are random play before the first update. */
  readonly warmUp: number
}

/** What is known where buffers are estimated. */
export interface Buffered extends Sized {
  /** D: numbers in an action. */
  readonly actionSize: number
  /** Numbers in a mask. */
  readonly actions: number
  readonly hasMasks: boolean
  /** Bytes of one row of a batch, in all layers of the networks. */
  readonly row: number
}

/** What buffers and batches take. */
export type BufferMemory = (of: Buffered, timesteps: Timesteps) => readonly MemoryNeed[]

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
 * @param buffers what the agent learns from
 * @param timesteps that are left, and how many of them are a warm-up
 * @throws RangeError if memory does not hold what learning makes, or that of the backend its tensors
 */
export function requireMemoryForLearning(
  sized: Sized,
  buffers: BufferMemory,
  timesteps: Timesteps,
  { hasMasks = false, backend }: Expected = {},
): void {
  const { need, variables, update, row } = networksOf(sized)
  const kept = buffers({ ...sized, ...countsOf(sized.actionSpace), row, hasMasks }, timesteps)
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

/** Of one observation. */
export function obsBytes({ encoder }: Pick<Sized, 'encoder'>): number {
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
