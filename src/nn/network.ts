/**
 * Networks: a sequence of layers, named parameters, and the plain ("folded") copies that serve as targets.
 *
 * A network is described by data (`LayerSpec[]`), so that a model file can hold the description; a user's own layers
 * join through a `NetworkFactory`.
 */
import * as tf from '@tensorflow/tfjs-core'
import type { Rng } from '../rng.ts'
import type { CheckpointState, StatePart, Stateful } from '../state.ts'
import { flatten, type Layer, type LayerReport, nameWithin, under } from './layer.ts'
import {
  type Activation,
  layerShapes,
  type LayerSpec,
  type Normalization,
  outputNormalization,
} from './layer-spec.ts'
import { type AffineOptions, conv2d, dense } from './layers.ts'
import { readVariableTensors, variableTensors } from './variable-state.ts'

export interface NetworkOptions extends Pick<
  AffineOptions,
  'dataInitialization' | 'projection' | 'statisticsMomentum'
> {
  /** Shape of one input, without the batch axis. */
  readonly inputShape: readonly number[]
  /** Length of the output vector. */
  readonly outputs: number
  /** Initial standard deviation of the outputs: 1 for Q and value heads, 0.1 for policy heads. */
  readonly outputScale: number
  /** Of the hidden layers; the output layer is weight-normalized under `mean-only-batch` and plain under `batch`, `layer`. */
  readonly normalization: Normalization
  readonly rng: Rng
}

/** Anything that makes a network: `mlp([64, 64])`, `minatarConv()`, or a function of one's own. */
export interface NetworkFactory {
  (options: NetworkOptions): Network
  /** The hidden layers as data; a factory without it cannot be read back from a model file by itself. */
  readonly layers?: readonly LayerSpec[]
}

/** The parameters of a network by name, in a fixed order. */
export type Parameters = Readonly<Record<string, tf.Variable>>

/** Layers applied one after the other. */
export class Network implements Stateful {
  readonly layers: readonly Layer[]
  /** Of the layers, in their order: parameters carry them. */
  readonly names: readonly string[]
  /** `'<layer>/<name>'`, such as `0/v`, in layer order. */
  readonly parameters: Parameters
  /** Running statistics, `'<layer>/<name>'`: not trained, but part of model files and checkpoints; `refold` after reading. */
  readonly state: Parameters
  /** What `refold` computes, `'<layer>/<name>'`. */
  readonly folded: Parameters
  /** Kernels that the gradients need and that not every backend has. */
  readonly kernels: readonly string[]

  /** @param names of the layers; their indices unless told */
  constructor(layers: readonly Layer[], names: readonly string[] = Object.keys(layers)) {
    this.layers = layers
    this.names = names
    this.kernels = [...new Set(layers.flatMap((layer) => layer.kernels))]
    this.parameters = this.#byLayer(({ variables }) => variables)
    this.state = this.#byLayer(({ state }) => state)
    this.folded = this.#byLayer(({ folded }) => folded)
  }

  /** All that a model file holds: what is trained, and running statistics. */
  get variables(): Parameters {
    return { ...this.parameters, ...this.state }
  }

  /** Whether `initializeFromData` has something to fit: without, there is no need to gather data for it. */
  get fitsData(): boolean {
    return this.layers.some((layer) => layer.fitsData)
  }

  /**
   * What acts and what targets are made of: under the batch normalizations, with running statistics.
   *
   * @param x [B, ...inputShape]
   * @returns [B, outputs]; a row depends on its own input only
   */
  apply(x: tf.Tensor): tf.Tensor {
    return this.layers.reduce((h, layer) => layer.apply(h), x)
  }

  /**
   * As `apply`, with what `refold` computed: what acts between two updates folds the weights once. Right as long as the
   * parameters are what they were then. For gradients there is `applyTraining`.
   */
  applyFolded(x: tf.Tensor): tf.Tensor {
    return this.layers.reduce((h, layer) => layer.applyFolded(h), x)
  }

  /**
   * What a loss is computed with, differentiable, with what `refold` computed: as `applyFolded`, but under the batch
   * normalizations with the statistics of x, which the running ones follow.
   *
   * @param x [B, ...inputShape] a minibatch
   * @param tracks whether running statistics follow; true unless told
   * @returns [B, outputs]; under the batch normalizations each row depends on all of them
   */
  applyTraining(x: tf.Tensor, tracks = true): tf.Tensor {
    return this.layers.reduce((h, layer) => layer.applyTraining(h, tracks), x)
  }

  /**
   * Puts projected weights back to their length (`projection`), which leaves what the network computes as it is; does
   * nothing unless asked for. Call inside a tidy or a program, after the optimizer's step and before `refold`.
   */
  project(): void {
    for (const layer of this.layers) layer.project()
  }

  /** Folds the weights for `applyFolded`. Call inside a tidy or a program, after parameters or state have changed. */
  refold(): void {
    for (const layer of this.layers) layer.refold()
  }

  /**
   * Data-dependent initialization, layer by layer: each layer sees what the layers before it, already initialized,
   * make of the batch. Source: Salimans & Kingma 2016, section 3.
   *
   * @param x [B, ...inputShape] a batch of real observations
   * @returns one report per layer that was fitted; none where `fitsData` is false
   */
  initializeFromData(x: tf.Tensor): LayerReport[] {
    return tf.tidy(() => {
      const reports: LayerReport[] = []
      let h = x
      for (const [i, part] of this.layers.entries()) {
        for (const report of part.initializeFromData(h))
          reports.push({ ...report, layer: nameWithin(this.names[i]!, report.layer) })
        h = part.apply(h)
      }
      this.refold()
      return reports
    })
  }

  /** The values that the parameters of `foldedCopy` should have now. Call inside a tidy. */
  fold(): Readonly<Record<string, tf.Tensor>> {
    return this.#byLayer((layer) => layer.fold())
  }

  /**
   * A network that acts the same with plain weights (and layer normalization, which cannot be folded); it does not follow this
   * one unless told (`followFolded`).
   */
  foldedCopy(): Network {
    return new Network(
      this.layers.map((layer) => layer.foldedCopy()),
      this.names,
    )
  }

  /**
   * Moves this folded copy towards a network: θ ← (1 − τ) θ + τ fold(source). Call inside a tidy.
   *
   * @param source the network that this one was copied from
   * @param tau Polyak coefficient in (0, 1]; 1 copies
   */
  followFolded(source: Network, tau: number): void {
    const folded = source.fold()
    for (const [name, variable] of Object.entries(this.parameters)) {
      const value = folded[name]!
      variable.assign(tau === 1 ? value : tf.add(tf.mul(variable, 1 - tau), tf.mul(value, tau)))
    }
  }

  getState(): CheckpointState {
    return { json: {}, tensors: variableTensors(this.variables) }
  }

  /** Checks all of a state before it returns what takes it over. @throws TypeError naming the tensor */
  readState(state: StatePart): () => void {
    const assign = readVariableTensors(state, this.variables)
    return () => {
      assign()
      tf.tidy(() => {
        this.refold()
      })
    }
  }

  dispose(): void {
    tf.dispose([this.parameters, this.state, this.folded] as tf.TensorContainer)
  }

  #byLayer<T>(of: (layer: Layer) => Readonly<Record<string, T>>): Readonly<Record<string, T>> {
    const named = this.layers.map((layer, i) => under(this.names[i]!, of(layer)))
    return Object.assign({}, ...named) as Readonly<Record<string, T>>
  }
}

/**
 * A multi-layer perceptron: flattens its input and passes it through dense hidden layers.
 *
 * @param units sizes of the hidden layers
 * @example mlp([120, 84])
 */
export function mlp(units: readonly number[], activation: Activation = 'relu'): NetworkFactory {
  return networkFrom([
    { type: 'flatten' },
    ...units.map((size) => ({ type: 'dense' as const, units: size, activation })),
  ])
}

/** For MinAtar's 10×10 boolean images: conv 16 3×3, dense 128. Source: Young & Tian 2019 (arXiv 1903.03176). */
export function minatarConv(): NetworkFactory {
  return networkFrom([
    { type: 'conv2d', filters: 16, kernelSize: 3, stride: 1, activation: 'relu' },
    { type: 'flatten' },
    { type: 'dense', units: 128, activation: 'relu' },
  ])
}

/** For 84×84 stacked frames: three convolutions and dense 512. Source: Mnih et al. 2015 (Nature 518, 529). */
export function natureConv(): NetworkFactory {
  return networkFrom([
    { type: 'conv2d', filters: 32, kernelSize: 8, stride: 4, activation: 'relu' },
    { type: 'conv2d', filters: 64, kernelSize: 4, stride: 2, activation: 'relu' },
    { type: 'conv2d', filters: 64, kernelSize: 3, stride: 1, activation: 'relu' },
    { type: 'flatten' },
    { type: 'dense', units: 512, activation: 'relu' },
  ])
}

/**
 * A factory for the hidden layers described; the output layer (dense, no activation) is added to them.
 *
 * @throws RangeError, when the network is made, if the layers do not fit the shape that reaches them
 */
export function networkFrom(specs: readonly LayerSpec[]): NetworkFactory {
  const make = (options: NetworkOptions): Network => {
    const hidden: LayerSpec = { type: 'dense', units: options.outputs, activation: 'none' }
    const layers: Layer[] = []
    let shape = options.inputShape
    for (const [i, spec] of [...specs, hidden].entries()) {
      const own = i === specs.length ? outputOptions(options) : { ...options, outputScale: 1 }
      const { layer, outputShape } = makeLayer(spec, shape, own)
      layers.push(layer)
      shape = outputShape
    }
    return new Network(layers)
  }
  return Object.assign(make, { layers: specs })
}

/** By the defaults of plain layers, and not projected, where it is plain for a normalization that it cannot have. */
function outputOptions(options: NetworkOptions): NetworkOptions {
  const normalization = outputNormalization(options.normalization)
  const isReplaced = normalization === 'none' && options.normalization !== 'none'
  if (!isReplaced) return { ...options, normalization }
  const { dataInitialization = false } = options
  return { ...options, normalization, projection: false, dataInitialization }
}

function makeLayer(
  spec: LayerSpec,
  shape: readonly number[],
  options: NetworkOptions,
): { layer: Layer; outputShape: readonly number[] } {
  const outputShape = layerShapes(spec, shape).output
  if (spec.type === 'flatten') return { layer: flatten(), outputShape }
  const affineOptions = { ...options, activation: spec.activation }
  const channels = shape.at(-1)!
  const layer =
    spec.type === 'dense'
      ? dense(channels, spec.units, affineOptions)
      : conv2d(channels, spec.filters, spec.kernelSize, spec.stride, affineOptions)
  return { layer, outputShape }
}
