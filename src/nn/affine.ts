/**
 * The affine layer: a linear map, what normalizes it or adds a bias, and an activation, over `tf.Variable`s. Dense and
 * convolutional layers are the same layer with another linear map, so there is one class.
 *
 * Source: Salimans & Kingma 2016 (arXiv 1602.07868), sections 2 and 3 (data-dependent initialization).
 */
import * as tf from '@tensorflow/tfjs-core'
import { copiesOf, type Layer, type LayerReport } from './layer.ts'
import type { Activation } from './layer-spec.ts'
import { bias, type LayerVariables, type Normalizer } from './normalizers.ts'
import { allAxesButLast } from './weight-norm.ts'
import { Weights, type WeightsParts } from './weights.ts'

/** Keeps g finite for a unit whose pre-activation never varies: g = 1 / √ε = 10⁴. */
const VARIANCE_EPSILON = 1e-8
/** A unit with less variance than this on the initialization batch is reported as constant. */
const CONSTANT_VARIANCE = 1e-7

export interface AffineParts extends WeightsParts {
  readonly activation: Activation
  readonly outputScale: number
  readonly kernels: readonly string[]
  /** What follows the linear map; the bias `b` unless told. */
  readonly normalizer?: Normalizer | undefined
  /** Whether `initializeFromData` fits the layer; weight-normalized ones unless told. */
  readonly dataInitialization?: boolean | undefined
}

/** An affine map per output unit, normalized one way or another, and an activation. */
export class AffineLayer implements Layer {
  /** `{ v, g, b }`, `{ w, b }` or `{ w, gamma, beta }`. */
  readonly variables: LayerVariables
  readonly state: LayerVariables
  /** With weight normalization `{ norm, scale }`, and `w` unless the layer is a large dense one; `{ w, b }` for `batch`. */
  readonly folded: LayerVariables
  readonly kernels: readonly string[]
  readonly activation: Activation
  readonly #parts: AffineParts
  readonly #weights: Weights
  readonly #normalizer: Normalizer

  constructor(parts: AffineParts) {
    this.#parts = parts
    this.#weights = new Weights(parts)
    this.#normalizer = parts.normalizer ?? bias(parts.variables['b']!)
    this.variables = parts.variables
    this.state = this.#normalizer.state
    this.kernels = parts.kernels
    this.activation = parts.activation
    this.folded = copiesOf(() => this.#fold())
  }

  /** act(x · w + b) with running statistics. @param x [B, ...] @returns [B, ..., out] */
  apply(x: tf.Tensor): tf.Tensor {
    return this.#activate(this.preActivation(x))
  }

  applyFolded(x: tf.Tensor): tf.Tensor {
    if (!this.#normalizer.foldsInto) return this.#activate(this.preActivation(x, this.folded))
    const { w, b } = this.folded
    return this.#activate(tf.add(this.#parts.linear(x, w!), b!))
  }

  applyTraining(x: tf.Tensor, tracks: boolean): tf.Tensor {
    const t = this.#weights.times(x, this.#normalizer.foldsInto ? undefined : this.folded)
    return this.#activate(this.#normalizer.train(t, tracks))
  }

  refold(): void {
    for (const [name, value] of Object.entries(this.#fold())) this.folded[name]!.assign(value)
  }

  project(): void {
    const ratio = this.#weights.project()
    if (ratio) this.#normalizer.follow(ratio)
  }

  /** What is activated. @param x [B, ...] @param folded what is known of w @returns [B, ..., out] */
  preActivation(x: tf.Tensor, folded?: LayerVariables): tf.Tensor {
    return this.#normalizer.infer(this.#weights.times(x, folded))
  }

  /** The effective weights: `g v / ‖v‖` with weight normalization, `w` itself without. [..., out] */
  weights(): tf.Tensor {
    return this.#weights.effective()
  }

  fold(): Readonly<Record<string, tf.Tensor>> {
    return this.#normalizer.fold(this.weights())
  }

  foldedCopy(): AffineLayer {
    const variables = copiesOf(() => this.fold())
    const normalizer = this.#normalizer.ofFolded(variables)
    return new AffineLayer({
      ...this.#parts,
      variables,
      normalizer,
      projection: undefined,
      dataInitialization: false,
    })
  }

  get fitsData(): boolean {
    const asked = this.#parts.dataInitialization ?? 'v' in this.variables
    return asked && this.#normalizer.startFrom !== undefined
  }

  /**
   * Data-dependent initialization: with t = v·x / ‖v‖ over a batch of real inputs, g ← s / √(Var t + 10⁻⁸) and
   * b ← −g · mean t, so that every unit's pre-activation has mean 0 and standard deviation s (the output scale).
   * Mean and (population) variance run over the batch and, for convolutions, over all positions.
   *
   * Plain weights are multiplied by s / √(Var t + 10⁻⁸) instead, with t = x · w; under `mean-only-batch` the running mean
   * takes g · mean t, and b is 0; under `batch` the running statistics start as those of t.
   *
   * @param x [B, ...] a batch of what this layer will see
   * @returns what was found; nothing for a layer that is not fitted, which is left as it is
   */
  initializeFromData(x: tf.Tensor): readonly LayerReport[] {
    if (!this.fitsData) return []
    return tf.tidy(() => {
      const t = this.#weights.unscaledTimes(x)
      const { mean, variance } = tf.moments(t, allAxesButLast(t)) // [out]
      if (this.#normalizer.standardizes) this.#normalizer.startFrom?.(mean, variance)
      else {
        const deviation = tf.sqrt(tf.add(variance, VARIANCE_EPSILON))
        const scale = tf.div(this.#parts.outputScale, deviation)
        this.#weights.setScale(scale)
        this.#normalizer.startFrom?.(tf.mul(mean, scale), tf.mul(variance, tf.square(scale)))
      }
      return [reportOf(mean, variance)]
    })
  }

  #activate(x: tf.Tensor): tf.Tensor {
    return activate(x, this.#parts.activation)
  }

  #fold(): Readonly<Record<string, tf.Tensor>> {
    return this.#normalizer.foldsInto ? this.fold() : this.#weights.fold()
  }
}

function reportOf(mean: tf.Tensor, variance: tf.Tensor): LayerReport {
  const spread = Float32Array.from(variance.dataSync())
  return {
    layer: '',
    mean: Float32Array.from(mean.dataSync()),
    variance: spread,
    constantUnits: spread.reduce((count, value) => count + Number(value < CONSTANT_VARIANCE), 0),
  }
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
