/**
 * What a layer is: a map with variables, a form folded for acting, a form for training, and initialization from data.
 *
 * Except in the training mode of batch normalizations, nothing in a layer depends on the other examples of a minibatch.
 */
import * as tf from '@tensorflow/tfjs-core'
import type { LayerVariables } from './normalizers.ts'

/** A part of a network: a pure function of its variables and its input. */
export interface Layer {
  readonly variables: LayerVariables
  /** Running statistics: not trained, but part of the model. */
  readonly state: LayerVariables
  /** Kernels that its gradients need and that not every backend has. */
  readonly kernels: readonly string[]
  /** What `refold` computes from the variables and the state. */
  readonly folded: LayerVariables
  /** Whether `initializeFromData` has something to fit. */
  readonly fitsData: boolean
  /** Maps [B, ...] to [B, ...], each row by itself; differentiable in the variables and in x. */
  apply(x: tf.Tensor): tf.Tensor
  /**
   * As `apply`, with what the last `refold` computed: right as long as the variables are what they were then. Under
   * `batch` no gradient reaches the variables through it.
   */
  applyFolded(x: tf.Tensor): tf.Tensor
  /**
   * The map that a loss is computed with, differentiable: under the batch normalizations with the statistics of x, else
   * as `applyFolded`.
   *
   * @param tracks whether running statistics move to those of x
   */
  applyTraining(x: tf.Tensor, tracks: boolean): tf.Tensor
  /** Computes anew what depends on the variables and the state alone. Call inside a tidy, after they have changed. */
  refold(): void
  /** Puts projected weights back to their length, where asked for; the layer computes the same. Call inside a tidy. */
  project(): void
  /** Fits the layer to a batch of its real inputs; a report of each part that was fitted. */
  initializeFromData(x: tf.Tensor): readonly LayerReport[]
  /** The values that the variables of `foldedCopy` should have now. Call inside a tidy. */
  fold(): Readonly<Record<string, tf.Tensor>>
  /** The map that acts, in the plainest parametrization there is, as target networks and export use it. */
  foldedCopy(): Layer
}

/** What data-dependent initialization found in one layer. (A type, since `tf.tidy` does not return interfaces.) */
export type LayerReport = {
  /** Its name within what was asked: `''` of a single layer, `'1'` in a network, `'policy/1'` in an actor-critic. */
  readonly layer: string
  /** Pre-activation mean and variance per unit before g and b were set. [out] */
  readonly mean: Float32Array
  readonly variance: Float32Array
  /** Units whose pre-activation was the same for the whole batch: finite, but useless until their input moves. */
  readonly constantUnits: number
}

/** Row-major flattening of everything but the batch axis. */
export function flatten(): Layer {
  const layer: Layer = {
    variables: {},
    state: {},
    folded: {},
    kernels: [],
    fitsData: false,
    apply: (x) => tf.reshape(x, [x.shape[0], -1]), // [B, h, w, c] → [B, h·w·c]
    applyFolded: (x) => layer.apply(x),
    applyTraining: (x) => layer.apply(x),
    refold: () => undefined,
    project: () => undefined,
    initializeFromData: () => [],
    fold: () => ({}),
    foldedCopy: () => layer,
  }
  return layer
}

/**
 * Parameters that no layer applies, such as the log standard deviations of a Gaussian policy: the identity, with
 * variables that are trained, saved and disposed of together with the network.
 */
export function heldParameters(variables: LayerVariables): Layer {
  const layer: Layer = {
    ...flatten(),
    variables,
    apply: (x) => x,
    applyFolded: (x) => x,
    applyTraining: (x) => x,
    fold: () => variables,
    foldedCopy: () => heldParameters(copiesOf(() => variables)),
  }
  return layer
}

/** Variables of what is computed, which are not trained. */
export function copiesOf(compute: () => Readonly<Record<string, tf.Tensor>>): LayerVariables {
  return tf.tidy(() =>
    Object.fromEntries(
      Object.entries(compute()).map(([name, value]) => [name, tf.variable(value, false)]),
    ),
  )
}

/** `under('policy', { '0/v': … })` → `{ 'policy/0/v': … }`; an empty name adds nothing. */
export function under<T>(name: string, things: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(things).map(([key, thing]) => [nameWithin(name, key), thing]),
  )
}

/** `policy` and `0` → `policy/0` */
export function nameWithin(outer: string, inner: string): string {
  return outer === '' || inner === '' ? outer + inner : `${outer}/${inner}`
}
