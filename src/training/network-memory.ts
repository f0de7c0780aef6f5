/**
 * What an agent's networks take of memory, by its options' names and before there is a tensor of them. A network that is
 * a function of a user's own does not tell before it is made: it counts for nothing.
 */
import type { Space } from 'gymnasium-js'
import { choiceSizes } from 'gymnasium-js/spaces'
import type { MemoryNeed } from '../memory.ts'
import {
  LARGE_LAYER,
  layerShapes,
  type LayerSpec,
  type Normalization,
  outputNormalization,
} from '../nn/layer-spec.ts'
import type { NetworkFactory } from '../nn/network.ts'
import type { ObservationEncoder } from '../nn/observations.ts'
import type { OptimizerOptions } from '../nn/optimizers.ts'

const FLOAT_BYTES = 4
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

/** Bytes. */
export interface NetworkMemory {
  /** Parameters, moments, what is folded, a target network. */
  readonly variables: number
  /** Beside them, while an update runs. */
  readonly update: number
  /** Of one row of a batch, in all layers. */
  readonly row: number
  /** As an error names it. @param tensors bytes */
  need(tensors: number): MemoryNeed
}

/** Streams of a dueling network and heads of a shared trunk count as one network, which is less than they take. */
export function memoryOfNetworks({
  options,
  actionSpace,
  encoder,
  networkFactory,
}: NetworkParts): NetworkMemory {
  const { normalization, optimizer, targetUpdateInterval, distribution, atoms } = options
  const byAtoms = distribution !== undefined && distribution !== 'none'
  const actions = actionSpace.kind === 'box' ? actionSpace.size : sum(choiceSizes(actionSpace))
  const outputs =
    (options.dueling || options.sharedTrunk ? actions + 1 : actions) * (byAtoms ? atoms! : 1)
  const networks = options.sharedTrunk === false ? [outputs, 1] : [outputs] // a policy and a value
  let [variables, parameters, row] = [0, 0, 0]
  let widest = { weights: 0, units: 0, isOutput: false }
  for (const layer of networks.flatMap((of) =>
    sizesOf(networkFactory.layers, encoder.inputShape, of),
  )) {
    const { weights, units, isOutput } = layer
    row += layer.outputs
    if (weights === 0) continue
    const own = isOutput ? outputNormalization(normalization) : normalization
    const trained = weights + (own === 'none' ? units : 2 * units)
    const copied = targetUpdateInterval === undefined ? 0 : weights + units
    variables += trained * (1 + momentsOf(optimizer)) + foldedOf(layer, own) + copied
    parameters += trained
    if (weights > widest.weights) widest = layer
  }
  const option =
    widest.isOutput && byAtoms
      ? { name: 'atoms', value: atoms }
      : { name: 'network', value: `${widest.units} units wide` }
  return {
    variables: FLOAT_BYTES * variables,
    update: FLOAT_BYTES * UPDATE_NUMBERS * parameters,
    row: FLOAT_BYTES * row,
    need: (tensors) => ({ ...option, tensors }),
  }
}

/** Numbers in one layer. */
interface LayerSize {
  readonly weights: number
  /** Outputs at one position of an image. */
  readonly units: number
  readonly outputs: number
  readonly isDense: boolean
  readonly isOutput: boolean
}

/** The layers described, and an output layer. @throws RangeError if one cannot take what the one before gives */
export function sizesOf(
  layers: readonly LayerSpec[] | undefined,
  inputShape: readonly number[],
  outputs: number,
): LayerSize[] {
  if (!layers) return []
  const last: LayerSpec = { type: 'dense', units: outputs, activation: 'none' }
  let shape = inputShape
  return [...layers, last].map((spec) => {
    const { output, weights } = layerShapes(spec, shape)
    shape = output
    return {
      weights: weights ? product(weights) : 0,
      units: output.at(-1)!,
      outputs: product(output),
      isDense: spec.type === 'dense',
      isOutput: spec === last,
    }
  })
}

/** What is kept for acting: lengths and scales, and the weights, but of large dense layers. */
function foldedOf({ weights, units, isDense }: LayerSize, own: Normalization): number {
  if (own === 'none' || own === 'layer') return 0
  const isFormed = own === 'batch' || !isDense || weights < LARGE_LAYER
  return 2 * units + (isFormed ? weights : 0)
}

/** Numbers that an optimizer keeps of each parameter. */
function momentsOf(options: OptimizerOptions): number {
  if (options.name === 'sgd') return options.momentum ? 1 : 0
  return options.name === 'rmsprop' && !options.centered ? 1 : 2
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1)
}

function sum(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all + size, 0)
}
