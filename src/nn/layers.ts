/**
 * Layers: a linear map, a bias and an activation, over `tf.Variable`s. Dense and Conv2d are the same layer with
 * another linear map, so there is one class. Layers hold no state besides their parameters, and nothing in them
 * depends on the other examples of a minibatch.
 *
 * Source: Salimans & Kingma 2016 (arXiv 1602.07868), sections 2 and 3 (data-dependent initialization).
 */
import * as tf from '@tensorflow/tfjs-core'
import type { Rng } from '../rng.ts'
import {
  allAxesButLast,
  columnNorms,
  type FoldedWeights,
  foldWeights,
  type Scales,
  weightNorm,
  weightNormProduct,
  weightScales,
} from './weight-norm.ts'

/** How a layer's weights are parametrized. Batch, mean-only-batch and layer normalization will join these two. */
export const NORMALIZATIONS = ['weight', 'none'] as const
export type Normalization = (typeof NORMALIZATIONS)[number]

export const ACTIVATIONS = ['relu', 'tanh', 'none'] as const
export type Activation = (typeof ACTIVATIONS)[number]

/** Standard deviation of the directions v before training (paper, section 3). */
const DIRECTION_STD = 0.05
/** Keeps g finite for a unit whose pre-activation never varies: g = 1 / √ε = 10⁴. */
const VARIANCE_EPSILON = 1e-8
/** A unit with less variance than this on the initialization batch is reported as constant. */
const CONSTANT_VARIANCE = 1e-7

/** Weights from which on a dense layer is cheaper without forming g v / ‖v‖: 256 KiB, more than the first cache holds. */
const LARGE_LAYER = 65_536

/** x [B, ...] times weights [..., out], without bias. */
type LinearMap = (x: tf.Tensor, weights: tf.Tensor) => tf.Tensor

export interface AffineOptions {
  readonly normalization: Normalization
  readonly activation: Activation
  /** Source of the initial weights. */
  readonly rng: Rng
  /** Standard deviation that data-dependent initialization gives the pre-activations; 1 unless told. */
  readonly outputScale?: number
}

/** The parameters of one layer by their short names: `{ v, g, b }`, `{ w, b }` or nothing. */
export type LayerVariables = Readonly<Record<string, tf.Variable>>

/** A part of a network: a pure function of its variables and its input. */
export interface Layer {
  readonly variables: LayerVariables
  /** Kernels that its gradients need and that not every backend has. */
  readonly kernels: readonly string[]
  /** What `refold` computes from the variables. */
  readonly folded: LayerVariables
  /** Maps [B, ...] to [B, ...], differentiable in the variables and in x. */
  apply(x: tf.Tensor): tf.Tensor
  /** As `apply`, with what the last `refold` computed: right as long as the variables are what they were then. */
  applyFolded(x: tf.Tensor): tf.Tensor
  /** Computes anew what depends on the variables alone. Call inside a tidy, after they have changed. */
  refold(): void
  /** Fits the layer to a batch of its real inputs; undefined if it has nothing to fit. */
  initializeFromData(x: tf.Tensor): InitializationReport | undefined
  /** The values that the variables of `foldedCopy` should have now. Call inside a tidy. */
  fold(): Readonly<Record<string, tf.Tensor>>
  /** The same map in the plain parametrization that target networks and export use. */
  foldedCopy(): Layer
}

/** What data-dependent initialization found in one layer. (A type, since `tf.tidy` does not return interfaces.) */
export type InitializationReport = {
  /** Pre-activation mean and variance per unit before g and b were set. [out] */
  readonly mean: Float32Array
  readonly variance: Float32Array
  /** Units whose pre-activation was the same for the whole batch: finite, but useless until their input moves. */
  readonly constantUnits: number
}

export interface AffineParts {
  readonly linear: LinearMap
  readonly activation: Activation
  readonly variables: LayerVariables
  readonly outputScale: number
  readonly kernels: readonly string[]
  /** Whether the linear map is a matrix product, which may be scaled afterwards. */
  readonly isProduct: boolean
}

/** An affine map with a bias per output unit and an activation, weight-normalized or plain. */
export class AffineLayer implements Layer {
  /** `{ v, g, b }` with weight normalization, `{ w, b }` without. */
  readonly variables: LayerVariables
  /** With weight normalization `{ norm, scale }`, and `w` unless the layer is a large dense one. */
  readonly folded: LayerVariables
  readonly kernels: readonly string[]
  readonly #parts: AffineParts

  constructor(parts: AffineParts) {
    this.#parts = parts
    this.variables = parts.variables
    this.kernels = parts.kernels
    this.folded = tf.tidy(() => {
      const entries = Object.entries(this.#fold())
      return Object.fromEntries(entries.map(([name, value]) => [name, tf.variable(value, false)]))
    })
  }

  /** act(x · w + b). @param x [B, ...] @returns [B, ..., out]; differentiable in the variables and in x */
  apply(x: tf.Tensor): tf.Tensor {
    return activate(this.preActivation(x), this.#parts.activation)
  }

  applyFolded(x: tf.Tensor): tf.Tensor {
    return activate(this.preActivation(x, this.folded), this.#parts.activation)
  }

  refold(): void {
    for (const [name, value] of Object.entries(this.#fold())) this.folded[name]!.assign(value)
  }

  /** x · w + b. @param x [B, ...] @param folded what is known of w @returns [B, ..., out] */
  preActivation(x: tf.Tensor, folded?: LayerVariables): tf.Tensor {
    return tf.add(this.#linear(x, folded), this.variables['b']!)
  }

  /** The effective weights: `g v / ‖v‖` with weight normalization, `w` itself without. [..., out] */
  weights(): tf.Tensor {
    const { v, g, w } = this.variables
    return v && g ? weightNorm(v, g) : w!
  }

  fold(): { w: tf.Tensor; b: tf.Tensor } {
    return { w: this.weights(), b: this.variables['b']! }
  }

  /** Whether w is never formed: decided by size alone, so that a layer computes the same whatever the batch. */
  get #isLarge(): boolean {
    return this.#parts.isProduct && (this.variables['v']?.size ?? 0) >= LARGE_LAYER
  }

  #linear(x: tf.Tensor, folded: LayerVariables | undefined): tf.Tensor {
    const { v, g, w } = this.variables
    if (!v || !g) return this.#parts.linear(x, w!)
    if (this.#isLarge) return weightNormProduct(x, v, g, folded as Scales | undefined)
    return this.#parts.linear(x, weightNorm(v, g, folded as FoldedWeights | undefined))
  }

  #fold(): Readonly<Record<string, tf.Tensor>> {
    const { v, g } = this.variables
    if (!v || !g) return {}
    return this.#isLarge ? { ...weightScales(v, g) } : { ...foldWeights(v, g) }
  }

  foldedCopy(): AffineLayer {
    const variables = tf.tidy(() => {
      const { w, b } = this.fold()
      return { w: tf.variable(w, false), b: tf.variable(b, false) }
    })
    return new AffineLayer({ ...this.#parts, variables })
  }

  /**
   * Data-dependent initialization: with t = v·x / ‖v‖ over a batch of real inputs, g ← s / √(Var t + 10⁻⁸) and
   * b ← −g · mean t, so that every unit's pre-activation has mean 0 and standard deviation s (the output scale).
   * Mean and (population) variance run over the batch and, for convolutions, over all positions.
   *
   * @param x [B, ...] a batch of what this layer will see
   * @returns what was found; undefined for a layer without weight normalization, which is left as it is
   */
  initializeFromData(x: tf.Tensor): InitializationReport | undefined {
    const { v, g, b } = this.variables
    if (!v || !g || !b) return undefined
    return tf.tidy(() => {
      const t = this.#parts.linear(x, tf.div(v, columnNorms(v)))
      const { mean, variance } = tf.moments(t, allAxesButLast(t)) // [out]
      const scale = tf.div(this.#parts.outputScale, tf.sqrt(tf.add(variance, VARIANCE_EPSILON)))
      g.assign(scale)
      b.assign(tf.neg(tf.mul(mean, scale)))
      const spread = Float32Array.from(variance.dataSync())
      return {
        mean: Float32Array.from(mean.dataSync()),
        variance: spread,
        constantUnits: spread.reduce(
          (count, value) => count + Number(value < CONSTANT_VARIANCE),
          0,
        ),
      }
    })
  }
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

/** Row-major flattening of everything but the batch axis. */
export function flatten(): Layer {
  const layer: Layer = {
    variables: {},
    folded: {},
    kernels: [],
    apply: (x) => tf.reshape(x, [x.shape[0], -1]), // [B, h, w, c] → [B, h·w·c]
    applyFolded: (x) => layer.apply(x),
    refold: () => undefined,
    initializeFromData: () => undefined,
    fold: () => ({}),
    foldedCopy: () => layer,
  }
  return layer
}

function affine(
  map: Pick<AffineParts, 'linear' | 'isProduct' | 'kernels'>,
  shape: readonly number[],
  options: AffineOptions,
): AffineLayer {
  const { normalization, activation, rng, outputScale = 1 } = options
  const variables =
    normalization === 'weight'
      ? weightNormVariables(shape, rng)
      : plainVariables(shape, rng, outputScale)
  return new AffineLayer({ ...map, activation, variables, outputScale })
}

function weightNormVariables(shape: readonly number[], rng: Rng): LayerVariables {
  const units = shape.at(-1)!
  return {
    v: filledVariable(shape, () => rng.normal(0, DIRECTION_STD)),
    g: filledVariable([units], () => 1),
    b: filledVariable([units], () => 0),
  }
}

function plainVariables(shape: readonly number[], rng: Rng, scale: number): LayerVariables {
  const limit = scale / Math.sqrt(sizeOf(shape.slice(0, -1)))
  const draw = () => rng.uniform(-limit, limit)
  return { w: filledVariable(shape, draw), b: filledVariable(shape.slice(-1), draw) }
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

function activate(x: tf.Tensor, activation: Activation): tf.Tensor {
  switch (activation) {
    case 'relu':
      return tf.relu(x)
    case 'tanh':
      return tf.tanh(x)
    case 'none':
      return x
  }
}
