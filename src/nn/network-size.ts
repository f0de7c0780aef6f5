/**
 * How many numbers a described network keeps, before there is a tensor of it: by the same rules by which layers.ts makes
 * variables. A network that is a function of a user's own is not known before it is made.
 */
import {
  LARGE_LAYER,
  layerShapes,
  type LayerSpec,
  type Normalization,
  outputNormalization,
} from './layer-spec.ts'
import type { NetworkFactory } from './network.ts'
import type { OptimizerOptions } from './optimizers.ts'

/** What one layer keeps, in numbers. */
export interface LayerSize {
  readonly spec: LayerSpec
  /** Of its input, and of its output. */
  readonly inputs: number
  readonly outputs: number
  /** Trained. */
  readonly parameters: number
  /** Beside them: running statistics, and what is folded after each update. */
  readonly folded: number
  /** Of a folded copy: a target network. */
  readonly copied: number
}

/**
 * @param factory of the hidden layers
 * @param inputShape of one encoded observation
 * @param outputs of the output layer, which has the last place
 * @returns none for a network that is a function of a user's own, which does not tell before it is made
 * @throws RangeError if a layer cannot take what the one before gives
 */
export function layerSizes(
  factory: NetworkFactory,
  inputShape: readonly number[],
  outputs: number,
  normalization: Normalization,
): LayerSize[] {
  if (!factory.layers) return []
  const output: LayerSpec = { type: 'dense', units: outputs, activation: 'none' }
  let shape = inputShape
  return [...factory.layers, output].map((spec) => {
    const shapes = layerShapes(spec, shape)
    const size = { spec, inputs: product(shape), outputs: product(shapes.output) }
    shape = shapes.output
    const own = spec === output ? outputNormalization(normalization) : normalization
    return { ...size, ...affineSize(spec, shapes.weights, own) }
  })
}

/** Moments that an optimizer keeps of each parameter. */
export function momentsOf(options: OptimizerOptions): number {
  switch (options.name) {
    case 'adam':
    case 'adamax':
    case 'radam':
      return 2
    case 'rmsprop':
      return options.centered ? 2 : 1
    case 'sgd':
      return options.momentum ? 1 : 0
  }
}

function affineSize(
  spec: LayerSpec,
  shape: readonly number[] | undefined,
  normalization: Normalization,
): Pick<LayerSize, 'parameters' | 'folded' | 'copied'> {
  if (!shape) return { parameters: 0, folded: 0, copied: 0 }
  const weights = product(shape)
  const units = shape.at(-1)!
  const [twice, copied] = [weights + 2 * units, weights + units]
  const formed = spec.type === 'dense' && weights >= LARGE_LAYER ? 0 : weights
  switch (normalization) {
    case 'weight':
      return { parameters: twice, folded: 2 * units + formed, copied }
    case 'mean-only-batch':
      return { parameters: twice, folded: 3 * units + formed, copied }
    case 'none':
      return { parameters: copied, folded: 0, copied }
    case 'batch':
      return { parameters: twice, folded: 2 * units + weights + units, copied }
    case 'layer':
      return { parameters: twice, folded: 0, copied: twice }
  }
}

function product(shape: readonly number[]): number {
  return shape.reduce((all, size) => all * size, 1)
}
