/**
 * Networks as data, and the rules that decide which numbers a described network computes: shapes, which normalization
 * each layer has, and constants. nn/ makes tensors of them, `wn-rl/act` its own plan; so they stand here, once.
 */
export const ACTIVATIONS = ['relu', 'tanh', 'none'] as const
export type Activation = (typeof ACTIVATIONS)[number]

/**
 * How a layer is normalized: `weight` (w = g v / ‖v‖), `none`, `batch` and `layer` (plain weights, no bias, then batch or
 * layer normalization with γ and β), `mean-only-batch` (weight normalization, then the batch's mean taken off).
 * `batch` with `projection` is the combination of weight and batch normalization of Palenicek et al. 2025 (arXiv
 * 2502.07523), but for the length, which is 1 there and the initial one here.
 */
export const NORMALIZATIONS = ['weight', 'none', 'batch', 'mean-only-batch', 'layer'] as const
export type Normalization = (typeof NORMALIZATIONS)[number]

export type LayerSpec =
  | { readonly type: 'dense'; readonly units: number; readonly activation: Activation }
  | {
      readonly type: 'conv2d'
      readonly filters: number
      /** Height and width of the window, pixels. */
      readonly kernelSize: number
      /** Pixels. */
      readonly stride: number
      readonly activation: Activation
    }
  | { readonly type: 'flatten' }

/** Weights from which on a dense layer is cheaper without forming g v / ‖v‖: 256 KiB, more than the first cache holds. */
export const LARGE_LAYER = 65_536
/** Added to the batch's variance; TensorFlow's default, and CrossQ's. */
export const BATCH_EPSILON = 1e-3
/** Added to the sample's variance; PyTorch's default. */
export const LAYER_EPSILON = 1e-5
/** Stands for −∞ in the logits of illegal actions: far below any value, yet its product with 0 is 0. */
export const LOWEST = 1e30

/**
 * The normalization of the output layer, which is weight-normalized or plain: the statistics of a batch or of a few
 * outputs have no place in what Q-values, values and logits mean.
 *
 * @param hidden of the hidden layers
 */
export function outputNormalization(hidden: Normalization): 'weight' | 'none' {
  return hidden === 'weight' || hidden === 'mean-only-batch' ? 'weight' : 'none'
}

/**
 * The shape of a layer's output, and that of its weights where it has some.
 *
 * @param shape of one input
 * @throws RangeError if the layer cannot take inputs of that shape
 */
export function layerShapes(
  spec: LayerSpec,
  shape: readonly number[],
): { readonly output: readonly number[]; readonly weights?: readonly number[] } {
  const at = `a ${spec.type} layer cannot take inputs of shape [${shape.join(', ')}]`
  switch (spec.type) {
    case 'flatten':
      return { output: [shape.reduce((product, size) => product * size, 1)] }
    case 'dense': {
      const [inputs, ...rest] = shape
      if (inputs === undefined || rest.length > 0)
        throw new RangeError(`network: ${at}; flatten them first`)
      return { output: [spec.units], weights: [inputs, spec.units] }
    }
    case 'conv2d': {
      const { filters, kernelSize, stride } = spec
      const [height, width, channels] = shape
      if (height === undefined || width === undefined || shape.length !== 3)
        throw new RangeError(`network: ${at}; it needs [height, width, channels]`)
      const positions = (size: number) => Math.floor((size - kernelSize) / stride) + 1
      const output = [positions(height), positions(width), filters]
      if (Math.min(...output) < 1)
        throw new RangeError(`network: ${at}; its ${kernelSize}×${kernelSize} window does not fit`)
      return { output, weights: [kernelSize, kernelSize, channels!, filters] }
    }
  }
}
