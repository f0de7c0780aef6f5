/**
 * What a layer does between its linear map and its activation: add a bias, or normalize by batch, by batch mean or by
 * sample. Each has a training mode, which may look at the whole minibatch, and an acting mode, in which rows are
 * independent; where the two differ, running averages stand in for the batch.
 *
 * Left out on purpose: statistics of the output layer's values. It is plain under `batch` and `layer` and
 * weight-normalized under `mean-only-batch`: Q-values and logits mean what they are, not how they compare to a batch.
 */
import * as tf from '@tensorflow/tfjs-core'
import { BATCH_EPSILON, LAYER_EPSILON } from './layer-spec.ts'
import {
  batchMoments,
  batchNorm,
  batchNormInference,
  foldBatchNorm,
  layerNorm,
  meanOnlyBatchNorm,
  trackStatistics,
} from './statistics.ts'
import { allAxesButLast } from './weight-norm.ts'

/** The variables of one layer by their short names: `{ v, g, b }`, `{ w, gamma, beta }`, … */
export type LayerVariables = Readonly<Record<string, tf.Variable>>

/** From pre-activations without bias, t = x · w, to pre-activations. */
export interface Normalizer {
  /** Running statistics: not trained, but part of the model. */
  readonly state: LayerVariables
  /** Whether scaling a unit's weights leaves its pre-activations as they are, so that initialization need not. */
  readonly standardizes: boolean
  /** Whether `fold` puts more into the weights and the bias than they are, so that acting is faster with it. */
  readonly foldsInto: boolean
  /** @param t [B, ..., out] @param tracks whether running statistics move to this batch's */
  train(t: tf.Tensor, tracks: boolean): tf.Tensor
  /** @param t [B, ..., out] @returns the same, each row by itself */
  infer(t: tf.Tensor): tf.Tensor
  /** The variables of a copy, which `ofFolded` takes, that acts the same. @param w effective weights */
  fold(w: tf.Tensor): Readonly<Record<string, tf.Tensor>>
  ofFolded(variables: LayerVariables): Normalizer
  /** Starts from the mean and variance of t on the initialization batch; absent where there is nothing to start. */
  startFrom?(mean: tf.Tensor, variance: tf.Tensor): void
  /** Lets running statistics follow weights that were multiplied per unit. @param ratio [out] */
  follow(ratio: tf.Tensor): void
}

/** t + b. */
export function bias(b: tf.Variable): Normalizer {
  const infer = (t: tf.Tensor) => tf.add(t, b)
  return {
    ...stateless,
    train: infer,
    infer,
    fold: (w) => ({ w, b }),
    ofFolded: ofPlain,
    startFrom: (mean) => b.assign(tf.neg(mean)),
  }
}

/**
 * Batch normalization, (t − μ)/√(σ² + ε) · γ + β, ε 10⁻³ unless told. Running averages start at 0 and 1, or from data.
 *
 * @param momentum of the running averages
 */
export function batchNormalizer(
  { gamma, beta }: Readonly<Record<'gamma' | 'beta', tf.Variable>>,
  momentum: number,
  epsilon = BATCH_EPSILON,
): Normalizer {
  const state = {
    runningMean: constant(gamma.shape, 0),
    runningVariance: constant(gamma.shape, 1),
  }
  const affine = { gamma, beta }
  const running = { mean: state.runningMean, variance: state.runningVariance }
  return {
    state,
    standardizes: true,
    foldsInto: true,
    train(t, tracks) {
      const moments = batchMoments(t)
      if (tracks) trackStatistics(running, moments, momentum)
      return batchNorm(t, affine, epsilon, moments)
    },
    infer: (t) => batchNormInference(t, affine, epsilon, running),
    fold: (w) => foldBatchNorm(w, affine, epsilon, running),
    ofFolded: ofPlain,
    startFrom(mean, variance) {
      running.mean.assign(mean)
      running.variance.assign(variance)
    },
    follow(ratio) {
      running.mean.assign(tf.mul(running.mean, ratio))
      running.variance.assign(tf.mul(running.variance, tf.square(ratio)))
    },
  }
}

/**
 * Mean-only batch normalization of what weight-normalized weights make, t − mean t + b.
 *
 * @param momentum of the running mean
 */
export function meanOnlyNormalizer(b: tf.Variable, momentum: number): Normalizer {
  const mean = constant(b.shape, 0)
  return {
    state: { runningMean: mean },
    standardizes: false,
    foldsInto: false, // one subtraction per unit is all there is to save
    train(t, tracks) {
      const ofBatch = tf.mean(t, allAxesButLast(t)) // [out]
      if (tracks) trackStatistics({ mean }, { mean: ofBatch }, momentum)
      return meanOnlyBatchNorm(t, ofBatch, b)
    },
    infer: (t) => tf.add(t, tf.sub(b, mean)),
    fold: (w) => ({ w, b: tf.sub(b, mean) }),
    ofFolded: ofPlain,
    startFrom(ofBatch) {
      mean.assign(ofBatch)
      b.assign(tf.zerosLike(b))
    },
    follow: () => undefined, // the length of v does not reach t
  }
}

/** Layer normalization over the units; of an image, at each position by itself. (t − μ)/√(σ² + 10⁻⁵) · γ + β. */
export function layerNormalizer(affine: Readonly<Record<'gamma' | 'beta', tf.Variable>>) {
  const infer = (t: tf.Tensor) => layerNorm(t, affine, LAYER_EPSILON)
  const normalizer: Normalizer = {
    ...stateless,
    train: infer,
    infer,
    fold: (w) => ({ w, gamma: affine.gamma, beta: affine.beta }),
    ofFolded: ({ gamma, beta }) => layerNormalizer({ gamma: gamma!, beta: beta! }),
  }
  return normalizer
}

const stateless = { state: {}, standardizes: false, foldsInto: false, follow: () => undefined }

function ofPlain({ b }: LayerVariables): Normalizer {
  return bias(b!)
}

function constant(shape: number[], value: number): tf.Variable {
  return tf.tidy(() => tf.variable(tf.fill(shape, value), false))
}
