/**
 * What an agent's options take of memory, by the options' names, whichever agent has them: copies of the environment and
 * networks, which are made with the agent, and buffers and batches, which are made when it learns. All of it is
 * estimated before anything is made; an option that an agent does not have takes nothing.
 */
import type { Space } from 'gymnasium-js'
import { choiceSizes } from 'gymnasium-js/spaces'
import { type BackendName, tensorMemory } from '../backend/index.ts'
import { replayNeeds, type ReplayOptions, rolloutArrays } from '../buffers/index.ts'
import { type ArraySize, type MemoryNeed, requireMemory, requireTensors } from '../memory.ts'
import type { LayerSize } from '../nn/network-size.ts'
import type { ObservationEncoder } from '../nn/observations.ts'
import {
  layersOf,
  networkBytes,
  networkNeed,
  type NetworkParts,
  type NetworkSizing,
  rowBytes,
  updateBytes,
} from './network-memory.ts'
import { warmUpSteps } from './rollouts.ts'

/** Of objects, per copy of an environment: what a vector environment keeps of each, and the smallest itself; measured. */
const COPY_BYTES = 1200
/** Arrays of the observations of all copies: the vector environment's two, and the two that learning takes in turns. */
const COPIED_OBS = 4
/** Of objects, per episode of an evaluation: its return and its length. */
const EPISODE_BYTES = 16
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
  readonly dataInitialization?: boolean | undefined
  readonly numSteps?: number
}

/** What an agent is made of, as far as it is known before it is. */
export interface Sized extends Omit<NetworkParts, 'encoder'> {
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

/** @throws RangeError if memory does not hold its networks, and so many copies of its environment */
export function requireMemoryForAgent(sized: Sized, makesCopies: boolean): void {
  const { options, numEnvs } = sized
  const layers = layersOf(sized)
  const networks = networkNeed(layers, options, networkBytes(layers, options))
  requireMemory(makesCopies ? [copiesNeed('numEnvs', numEnvs, sized), networks] : [networks])
}

/**
 * @param timesteps that are left to learn
 * @throws RangeError if memory does not hold what learning makes, or that of the backend its tensors
 */
export function requireMemoryForLearning(
  sized: Sized,
  timesteps: number,
  { hasMasks = false, backend }: Expected = {},
): void {
  const { options } = sized
  const layers = layersOf(sized)
  const batches = bufferNeeds(sized, layers, timesteps, hasMasks)
  requireMemory([...batches, networkNeed(layers, options, updateBytes(layers))])
  const networks = networkBytes(layers, options) + updateBytes(layers)
  requireTensors([...batches, networkNeed(layers, options, networks)], tensorMemory(backend))
}

/**
 * @param names of the options, as the user knows them
 * @throws RangeError if memory does not hold such an evaluation
 */
export function requireMemoryForEvaluation(
  { episodes, evalEnvs }: { readonly episodes: number; readonly evalEnvs: number },
  name = 'episodes',
): void {
  const played: MemoryNeed = {
    option: `${name} is ${episodes}`,
    what: 'a return and a length of each',
    remedy: 'choose fewer',
    objects: episodes * EPISODE_BYTES,
  }
  requireMemory([played, copiesNeed('evalEnvs', Math.min(evalEnvs, episodes))])
}

/** Of copies of an environment; of their observations only where they are known. */
function copiesNeed(name: string, copies: number, sized?: Sized): MemoryNeed {
  const { size = 0, bytesPerElement = 1 } = sized?.encoder ?? {}
  return {
    option: `${name} is ${copies}`,
    what: 'so many copies of the environment',
    remedy: 'choose fewer',
    arrays: new Array<ArraySize>(COPIED_OBS).fill([copies * size, bytesPerElement]),
    objects: copies * COPY_BYTES,
  }
}

function bufferNeeds(
  sized: Sized,
  layers: readonly LayerSize[],
  timesteps: number,
  hasMasks: boolean,
): MemoryNeed[] {
  const { bufferSize, numSteps } = sized.options
  if (bufferSize !== undefined) return replayNeedsOf(sized, layers, hasMasks)
  return numSteps === undefined ? [] : rolloutNeeds(sized, layers, timesteps, hasMasks)
}

function replayNeedsOf(
  { options, ...sized }: Sized,
  layers: readonly LayerSize[],
  hasMasks: boolean,
): MemoryNeed[] {
  const { batchSize = 0, initializationBatch = 0 } = options
  const given = { ...(options as ReplayOptions), batchSize, initializationBatch }
  const [replay, ...batches] = replayNeeds(given, { ...sized, ...actionsOf(sized, hasMasks) })
  const times = [TIMES_UPDATED * batchSize, TIMES_APPLIED * initializationBatch]
  return [
    replay!,
    ...batches.map((need, i) => ({ ...need, tensors: times[i]! * rowBytes(layers) })),
  ]
}

/** Of the rollout that is learned from and of the random play before it; both are as long as the budget allows. */
function rolloutNeeds(
  sized: Sized,
  layers: readonly LayerSize[],
  timesteps: number,
  hasMasks: boolean,
): MemoryNeed[] {
  const { options, numEnvs, encoder } = sized
  const { numSteps = 0, initializationSteps = 0, batchSize } = options
  const row = rowBytes(layers)
  const size = { ...actionsOf(sized, hasMasks), obsSize: encoder.size }
  const need = (name: 'numSteps' | 'initializationSteps', steps: number, times: number) => {
    const rows = numEnvs * Math.min(steps, timesteps / numEnvs)
    return {
      option: `${name} is ${options[name]}`,
      what: `a rollout of ${rows} timesteps`,
      remedy: `choose a smaller ${name}`,
      arrays: rolloutArrays(rows, size, encoder.bytesPerElement),
      tensors: times * rows * row,
    } satisfies MemoryNeed
  }
  const times = batchSize === undefined ? TIMES_UPDATED : TIMES_APPLIED
  const rollout = need('numSteps', numSteps, times)
  const warmUp = warmUpSteps(initializationSteps, numEnvs)
  const batch = Math.min(batchSize ?? 0, numEnvs * numSteps, timesteps)
  return [
    rollout,
    ...(fitsData(options) ? [need('initializationSteps', warmUp, TIMES_APPLIED)] : []),
    {
      option: `batchSize is ${batchSize}`,
      what: `a minibatch of ${batch} timesteps`,
      remedy: 'choose a smaller batchSize',
      arrays: rolloutArrays(batch, size, encoder.bytesPerElement),
      tensors: TIMES_UPDATED * batch * row,
    },
  ]
}

function fitsData({ normalization, dataInitialization }: Sizing): boolean {
  return dataInitialization ?? (normalization !== 'none' && normalization !== 'layer')
}

/** What buffers keep of actions. */
function actionsOf({ actionSpace }: Pick<Sized, 'actionSpace'>, hasMasks: boolean) {
  const choices = choiceSizes(actionSpace)
  const actionSize = actionSpace.kind === 'box' ? actionSpace.size : choices.length
  return { actionSize, numActions: hasMasks ? choices.reduce((sum, size) => sum + size, 0) : 0 }
}
