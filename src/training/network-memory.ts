/**
 * What an agent's networks take of memory, by its options' names and before there is a tensor of them. A network that is
 * a function of a user's own does not tell before it is made: it counts for nothing.
 */
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
import { sizeOf } from '../state.ts'

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
  /** Outputs of a policy, or actions that have values. */
  readonly actions: number
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
  readonly need: (tensors: number) => MemoryNeed
}

/** Streams of a dueling network and heads of a shared trunk count as one network, which is less than they take. */
export function memoryOfNetworks({
  options,
  actions,
  encoder,
  networkFactory,
}: NetworkParts): NetworkMemory {
  const { normalization, optimizer, targetUpdateInterval, distribution, atoms } = options
  const byAtoms = (distribution ?? 'none') !== 'none'
  const outputs =
    (options.dueling || options.sharedTrunk ? actions + 1 : actions) * (byAtoms ? atoms! : 1)
  const networks = options.sharedTrunk === false ? [outputs, 1] : [outputs] // a policy and a value
  const kept = 1 + momentsOf(optimizer) + (targetUpdateInterval ? 1 : 0) // a target has no scales, a few numbers less
  let [variables, parameters, row] = [0, 0, 0]
  let widest = { weights: 0, units: 0, isOutput: false }
  for (const layer of networks.flatMap((of) =>
    sizesOf(networkFactory.layers, encoder.inputShape, of),
  )) {
    const { weights, units, isOutput } = layer
    row += layer.outputs
    const own = isOutput ? outputNormalization(normalization) : normalization
    const trained = weights && weights + (own === 'none' ? units : 2 * units)
    variables += trained * kept + foldedOf(layer, own)
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
      weights: weights ? sizeOf(weights) : 0,
      units: output.at(-1)!,
      outputs: sizeOf(output),
      isOutput: spec === last,
    }
  })
}

/** What is kept for acting: weights, but of large layers; lengths and scales are few numbers. */
function foldedOf({ weights }: LayerSize, own: Normalization): number {
  if (own === 'none' || own === 'layer') return 0
  return own === 'batch' || weights < LARGE_LAYER ? weights : 0
}

/** Numbers that an optimizer keeps of each parameter, at least. */
function momentsOf({ name }: OptimizerOptions): number {
  return name === 'sgd' ? 0 : name === 'rmsprop' ? 1 : 2
}
