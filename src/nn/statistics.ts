/**
 * Normalization by statistics of activations: batch, mean-only batch and layer normalization as functions, and the
 * running averages that stand in for a batch's statistics where there is none.
 *
 * Variances are population variances everywhere, and ε stands inside the root. PyTorch's running variance is the
 * sample variance; TensorFlow's and ours are not.
 * Sources: Ioffe & Szegedy 2015 (arXiv 1502.03167); Salimans & Kingma 2016 (arXiv 1602.07868), section 3, for
 * mean-only; Ba et al. 2016 (arXiv 1607.06450).
 */
import * as tf from '@tensorflow/tfjs-core'
import { withGradient } from './custom-gradient.ts'
import { allAxesButLast } from './weight-norm.ts'

/** Mean and population variance; of a batch, per unit: [out] each. */
export interface Moments {
  readonly mean: tf.Tensor
  readonly variance: tf.Tensor
}

/** A scale and a shift, trained, that follow the standardization. */
export interface ScaleAndShift {
  readonly gamma: tf.Tensor
  readonly beta: tf.Tensor
}

/** Mean and variance per unit over the batch and, for images, all positions. @param x [B, ..., out] @returns [out] each */
export function batchMoments(x: tf.Tensor): Moments {
  return tf.moments(x, allAxesButLast(x))
}

/**
 * Batch normalization in training mode: y = (x − μ)/√(σ² + ε) · γ + β with the batch's own μ and σ², which the gradient
 * goes through: with x̂ the standardized x, dx = (dx̂ − mean dx̂ − x̂ · mean(dx̂ · x̂)) / √(σ² + ε).
 *
 * @param x [B, ..., out]
 * @param affine γ and β, [out] each
 * @param moments what `batchMoments` makes of x
 * @returns [B, ..., out]; each row depends on all of them
 */
export function batchNorm(
  x: tf.Tensor,
  affine: ScaleAndShift,
  epsilon: number,
  moments: Moments = batchMoments(x),
): tf.Tensor {
  return scaled(standardize(x, allAxesButLast(x), epsilon, moments), affine)
}

/**
 * Batch normalization with given statistics, which are constants for the gradient.
 *
 * @param x [B, ..., out]
 * @param affine γ and β, [out] each
 * @param running [out] each
 * @returns [B, ..., out]; a row depends on its own input only
 */
export function batchNormInference(
  x: tf.Tensor,
  { gamma, beta }: ScaleAndShift,
  epsilon: number,
  { mean, variance }: Moments,
): tf.Tensor {
  const scale = tf.div(gamma, deviation(variance, epsilon)) // [out]
  return tf.add(tf.mul(tf.sub(x, mean), scale), beta)
}

/**
 * The plain weights and bias of a linear map and the batch normalization after it:
 * w ← w · γ/√(σ² + ε) and b = β − μ · γ/√(σ² + ε).
 *
 * @param w [..., out]
 */
export function foldBatchNorm(
  w: tf.Tensor,
  { gamma, beta }: ScaleAndShift,
  epsilon: number,
  { mean, variance }: Moments,
): { w: tf.Tensor; b: tf.Tensor } {
  const scale = tf.div(gamma, deviation(variance, epsilon)) // [out]
  return { w: tf.mul(w, scale), b: tf.sub(beta, tf.mul(mean, scale)) }
}

/**
 * Mean-only batch normalization in training mode: y = t − mean t + b, where the gradient goes through the mean:
 * dt = dy − mean dy.
 *
 * @param t [B, ..., out] what weight-normalized weights make of x
 * @param mean the batch's mean of t, [out]
 * @param b [out]
 * @returns [B, ..., out]; each row depends on all of them
 */
export function meanOnlyBatchNorm(t: tf.Tensor, mean: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const axes = allAxesButLast(t)
  const centred = withGradient([t], () => ({
    value: tf.sub(t, mean),
    gradFunc: (dy) => [tf.sub(dy, tf.mean(dy, axes))],
  }))
  return tf.add(centred, b)
}

/**
 * Layer normalization: each sample is standardized over some of its own axes.
 *
 * @param x [B, ...]
 * @param affine γ and β, of the shape of those axes
 * @param axes the last ones of x; its last one unless given
 * @returns as x; a row depends on its own input only
 */
export function layerNorm(
  x: tf.Tensor,
  affine: ScaleAndShift,
  epsilon: number,
  axes: readonly number[] = [x.rank - 1],
): tf.Tensor {
  return scaled(standardize(x, axes, epsilon, tf.moments(x, [...axes], true)), affine)
}

/**
 * Moves running averages to a batch's statistics: running ← momentum · running + (1 − momentum) · batch.
 *
 * @param running not trained; assigned
 * @param batch by the same names
 */
export function trackStatistics<Name extends string>(
  running: Readonly<Record<Name, tf.Variable>>,
  batch: Readonly<Record<Name, tf.Tensor>>,
  momentum: number,
): void {
  for (const name in running) {
    const moved = tf.add(tf.mul(running[name], momentum), tf.mul(batch[name], 1 - momentum))
    running[name].assign(moved)
  }
}

/** (x − μ)/√(σ² + ε), with the gradient through μ and σ², the moments of x over those axes. */
function standardize(
  x: tf.Tensor,
  axes: readonly number[],
  epsilon: number,
  { mean, variance }: Moments,
): tf.Tensor {
  return withGradient([x], (save) => {
    const root = deviation(variance, epsilon)
    const standard = tf.div(tf.sub(x, mean), root)
    save([standard, root])
    return { value: standard, gradFunc: (dy, saved) => [standardizeGradient(dy, saved, axes)] }
  })
}

function standardizeGradient(
  dy: tf.Tensor,
  saved: readonly tf.Tensor[],
  axes: readonly number[],
): tf.Tensor {
  const [standard, root] = saved as [tf.Tensor, tf.Tensor]
  const mean = tf.mean(dy, [...axes], true)
  const along = tf.mean(tf.mul(dy, standard), [...axes], true)
  return tf.div(tf.sub(tf.sub(dy, mean), tf.mul(standard, along)), root)
}

function scaled(standard: tf.Tensor, { gamma, beta }: ScaleAndShift): tf.Tensor {
  return tf.add(tf.mul(standard, gamma), beta)
}

/** √(σ² + ε) */
function deviation(variance: tf.Tensor, epsilon: number): tf.Tensor {
  return tf.sqrt(tf.add(variance, epsilon))
}
