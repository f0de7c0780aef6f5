/** What an agent's networks take of memory, by its options' names, before they are made. */
import type { Space } from 'gymnasium-js'
import { choiceSizes } from 'gymnasium-js/spaces'
import type { MemoryNeed } from '../memory.ts'
import type { Normalization } from '../nn/layer-spec.ts'
import type { NetworkFactory } from '../nn/network.ts'
import { type LayerSize, layerSizes, momentsOf } from '../nn/network-size.ts'
import type { ObservationEncoder } from '../nn/observations.ts'
import type { OptimizerOptions } from '../nn/optimizers.ts'

const FLOAT = 4
/** Gradients and what comes between, per parameter, while an update runs; measured: from 4.5 up. */
const UPDATE_NUMBERS = 4

/** Options that say how large networks are; each agent has some of them. */
export interface NetworkSizing {
  readonly normalization: Normalization
  readonly optimizer: OptimizerOptions
  readonly dueling?: boolean
  readonly distribution?: string
  readonly atoms?: number
  readonly sharedTrunk?: boolean
  /** There is a target network. */
  readonly targetUpdateInterval?: number
}

/** What networks depend on. */
export interface NetworkParts {
  readonly options: NetworkSizing
  readonly actionSpace: Space
  readonly encoder: Pick<ObservationEncoder, 'inputShape'>
  readonly networkFactory: NetworkFactory
}

/** @returns nothing for functions of a user's own, which do not tell before they have made a network */
export function layersOf({
  options,
  actionSpace,
  encoder,
  networkFactory,
}: NetworkParts): readonly LayerSize[] {
  const { normalization, sharedTrunk = false, dueling = false } = options
  const own = dueling ? 2 : 1 // each stream of a dueling network has the last hidden layer, too
  return outputsOf(options, actionSpace).flatMap((outputs, i) => {
    const sizes = layerSizes(networkFactory, encoder.inputShape, outputs, normalization)
    return i > 0 && (sharedTrunk || dueling) ? sizes.slice(-own) : sizes
  })
}

/** Bytes of variables: parameters, moments, what is folded, a target network. */
export function networkBytes(layers: readonly LayerSize[], options: NetworkSizing): number {
  const hasTarget = options.targetUpdateInterval !== undefined
  const kept = 1 + momentsOf(options.optimizer)
  return layers.reduce((sum, { parameters, folded, copied }) => {
    return sum + FLOAT * (kept * parameters + folded + (hasTarget ? copied : 0))
  }, 0)
}

/** Bytes while an update runs, beside the variables and what its batch takes. */
export function updateBytes(layers: readonly LayerSize[]): number {
  return layers.reduce((sum, { parameters }) => sum + FLOAT * UPDATE_NUMBERS * parameters, 0)
}

/** Bytes of a row of a batch, in all layers. */
export function rowBytes(layers: readonly LayerSize[]): number {
  return layers.reduce(
    (sum, { outputs }) => sum + FLOAT * outputs,
    FLOAT * (layers[0]?.inputs ?? 0),
  )
}

/** @param tensors bytes */
export function networkNeed(
  layers: readonly LayerSize[],
  { distribution = 'none', atoms }: NetworkSizing,
  tensors: number,
): MemoryNeed {
  const largest = layers.reduce<LayerSize | undefined>(
    (most, layer) => (layer.parameters > (most?.parameters ?? 0) ? layer : most),
    undefined,
  )
  const byAtoms = distribution !== 'none' && largest === layers.at(-1)
  return byAtoms
    ? { option: `atoms is ${atoms}`, what: 'a network for them', remedy: 'choose fewer', tensors }
    : {
        option: `network has a layer of ${largest?.outputs ?? 0} units on ${largest?.inputs ?? 0}`,
        what: 'such a network',
        remedy: 'choose a smaller network',
        tensors,
      }
}

/** Of each of an agent's networks, or of the streams of a dueling one. */
function outputsOf(
  { dueling, distribution = 'none', atoms = 1, sharedTrunk }: NetworkSizing,
  actionSpace: Space,
): number[] {
  const choices = choiceSizes(actionSpace).reduce((sum, size) => sum + size, 0)
  const actions = actionSpace.kind === 'box' ? actionSpace.size : choices
  if (sharedTrunk !== undefined) return [actions, 1] // a policy and a value
  const each = distribution === 'none' ? 1 : atoms
  return dueling ? [each, each * actions] : [each * actions]
}
