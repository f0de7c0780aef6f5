/**
 * Dense and convolutional layers under each normalization: which variables they have, and what these start from.
 *
 * Sources: Salimans & Kingma 2016 (arXiv 1602.07868), section 2, for weight and, section 3, mean-only batch
 * normalization; Ioffe & Szegedy 2015 (arXiv 1502.03167) for batch, Ba et al. 2016 (arXiv 1607.06450) for layer
 * normalization.
 */
import * as tf from '@tensorflow/tfjs-core'
import type { Rng } from '../rng.ts'
import { AffineLayer, type AffineParts } from './affine.ts'
import type { Activation, Normalization } from './layer-spec.ts'
import {
  batchNormalizer,
  bias,
  layerNormalizer,
  type LayerVariables,
  meanOnlyNormalizer,
  type Normalizer,
} from './normalizers.ts'
import type { LinearMap, Projection } from './weights.ts'

/** Standard deviation of the directions v before training (paper, section 3). */
const DIRECTION_STD = 0.05
/** Expected root mean square length of a unit's plain weights: √(inputs · (1/√inputs)² / 3). */
const PLAIN_LENGTH = Math.sqrt(1 / 3)
/** Momentum of running statistics; TensorFlow's default, and CrossQ's (Bhatt et al. 2024, arXiv 1902.05605). */
const STATISTICS_MOMENTUM = 0.99

export interface AffineOptions {
  readonly normalization: Normalization
  readonly activation: Activation
  /** Source of the initial weights. */
  readonly rng: Rng
  /** Standard deviation that data-dependent initialization gives the pre-activations; 1 unless told. */
  readonly outputScale?: number | undefined
  /** Whether `initializeFromData` fits the layer; by default all but `none` and `layer`, which has nothing to fit. */
  readonly dataInitialization?: boolean | undefined
  /** Whether `project` puts the weights back to their initial length; not for `none`, whose function it would change. */
  readonly projection?: boolean | undefined
  /** Momentum of the running statistics of batch normalizations, from 0 to 1; 0.99 unless told. */
  readonly statisticsMomentum?: number | undefined
}

/**
 * A fully connected layer. With weight normalization v ~ N(0, 0.05²), g = 1, b = 0 until initialized from data;
 * without, w and b ~ U(±1/√inputs), PyTorch's default, times the output scale.
 *
 * @param inputs length of the input vectors
 * @param units length of the output vectors
 */
export function dense(inputs: number, units: number, options: AffineOptions): AffineLayer {
  const linear: LinearMap = (x, w) => tf.matMul(x, w)
  return affine({ linear, isProduct: true, kernels: [] }, [inputs, units], options)
}

/**
 * A 2-D convolution, NHWC, without padding. Initial weights as in `dense`, with the window's size as fan-in.
 *
 * @param channels channels of the input
 * @param filters channels of the output
 * @param kernelSize height and width of the window, pixels
 * @param stride pixels
 */
export function conv2d(
  channels: number,
  filters: number,
  kernelSize: number,
  stride: number,
  options: AffineOptions,
): AffineLayer {
  const linear: LinearMap = (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, 'valid')
  const map = { linear, isProduct: false, kernels: ['Conv2DBackpropFilter'] }
  return affine(map, [kernelSize, kernelSize, channels, filters], options)
}

function affine(
  map: Pick<AffineParts, 'linear' | 'isProduct' | 'kernels'>,
  shape: readonly number[],
  options: AffineOptions,
): AffineLayer {
  const { normalization, activation, outputScale = 1 } = options
  const { variables, normalizer } = normalizedParts(shape, options)
  const layer = new AffineLayer({
    ...map,
    activation,
    outputScale,
    variables,
    normalizer,
    projection: projectionOf(shape, options),
    dataInitialization: options.dataInitialization ?? normalization !== 'none',
  })
  tf.tidy(() => {
    layer.project()
    if (options.projection) layer.refold()
  })
  return layer
}

function normalizedParts(
  shape: readonly number[],
  { normalization, rng, outputScale = 1, statisticsMomentum }: AffineOptions,
): { variables: LayerVariables; normalizer: Normalizer } {
  const momentum = checkedMomentum(statisticsMomentum ?? STATISTICS_MOMENTUM)
  switch (normalization) {
    case 'weight': {
      const variables = weightNormVariables(shape, rng)
      return { variables, normalizer: bias(variables.b) }
    }
    case 'mean-only-batch': {
      const variables = weightNormVariables(shape, rng)
      return { variables, normalizer: meanOnlyNormalizer(variables.b, momentum) }
    }
    case 'none': {
      const limit = plainLimit(shape, outputScale)
      const [w, b] = [shape, shape.slice(-1)].map((of) => plainVariable(of, rng, limit))
      const variables = { w: w!, b: b! }
      return { variables, normalizer: bias(variables.b) }
    }
    case 'batch': {
      const variables = standardizedVariables(shape, rng)
      return { variables, normalizer: batchNormalizer(variables, momentum) }
    }
    case 'layer': {
      const variables = standardizedVariables(shape, rng)
      return { variables, normalizer: layerNormalizer(variables) }
    }
  }
}

function checkedMomentum(momentum: number): number {
  if (momentum >= 0 && momentum <= 1) return momentum
  throw new RangeError(`statisticsMomentum is ${momentum}; give a number from 0 to 1`)
}

/** @throws RangeError for `none` */
function projectionOf(
  shape: readonly number[],
  { normalization, projection = false }: AffineOptions,
): Projection | undefined {
  if (!projection) return undefined
  switch (normalization) {
    case 'none':
      throw new RangeError(
        'projection is true, but normalization is "none": it would change what the network computes; ' +
          'choose another normalization or leave projection out',
      )
    case 'weight':
    case 'mean-only-batch':
      return { per: 'unit', length: DIRECTION_STD * Math.sqrt(fanIn(shape)) }
    case 'batch':
      return { per: 'unit', length: PLAIN_LENGTH }
    case 'layer':
      return { per: 'layer', length: PLAIN_LENGTH }
  }
}

function weightNormVariables(shape: readonly number[], rng: Rng) {
  const units = shape.slice(-1)
  return {
    v: filledVariable(shape, () => rng.normal(0, DIRECTION_STD)),
    g: filledVariable(units, () => 1),
    b: filledVariable(units, () => 0),
  }
}

function standardizedVariables(shape: readonly number[], rng: Rng) {
  const units = shape.slice(-1)
  return {
    w: plainVariable(shape, rng, plainLimit(shape)),
    gamma: filledVariable(units, () => 1),
    beta: filledVariable(units, () => 0),
  }
}

function plainVariable(shape: readonly number[], rng: Rng, limit: number): tf.Variable {
  return filledVariable(shape, () => rng.uniform(-limit, limit))
}

/** Plain weights start uniform between ± this. */
function plainLimit(shape: readonly number[], scale = 1): number {
  return scale / Math.sqrt(fanIn(shape))
}

/** How many inputs a unit sees. */
function fanIn(shape: readonly number[]): number {
  return sizeOf(shape.slice(0, -1))
}

function filledVariable(shape: readonly number[], draw: () => number): tf.Variable {
  const initial = tf.tensor(Float32Array.from({ length: sizeOf(shape) }, draw), [...shape])
  const variable = tf.variable(initial)
  initial.dispose()
  return variable
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1)
}
