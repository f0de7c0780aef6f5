/** Losses and distributions that agents share: pure functions of tensors. */
import * as tf from '@tensorflow/tfjs-core'

/**
 * Huber's loss, elementwise: e²/2 where |e| ≤ δ, δ(|e| − δ/2) beyond.
 *
 * Written as q²/2 + δ(|e| − q) with q = min(|e|, δ), because `tf.where` on a comparison has no gradient in tfjs.
 * Source: Huber 1964.
 */
export function huber(error: tf.Tensor, delta: number): tf.Tensor {
  const size = tf.abs(error)
  const quadratic = tf.minimum(size, delta)
  return tf.add(tf.mul(tf.square(quadratic), 0.5), tf.mul(tf.sub(size, quadratic), delta))
}

/**
 * One entry of each row, by index: a one-hot sum, since not every backend has the gradient of a gather.
 *
 * @param rows [B, A]
 * @param indices [B] int32
 * @returns [B]
 */
export function pick(rows: tf.Tensor, indices: tf.Tensor): tf.Tensor {
  return tf.sum(tf.mul(rows, oneHot(indices, rows.shape[1]!)), 1)
}

/**
 * Rows with a 1 at the index and 0 elsewhere. Cast afterwards: tfjs's wasm kernel writes integers whatever dtype it is
 * asked for.
 *
 * @param indices [B] int32
 * @returns float32 [B, size]
 */
export function oneHot(indices: tf.Tensor, size: number): tf.Tensor {
  if (size === 1) return tf.ones([indices.shape[0], 1]) // a choice of one, which tfjs refuses
  return tf.cast(tf.oneHot(indices as tf.Tensor1D, size), 'float32')
}

/** The log-probabilities of a categorical distribution. @param logits [B, A] @returns [B, A] */
export function logProbabilities(logits: tf.Tensor): tf.Tensor {
  return tf.logSoftmax(logits)
}

/** −Σ p log p of each row. @param logProbs [B, A] @returns [B], nats */
export function entropyOf(logProbs: tf.Tensor): tf.Tensor {
  return tf.neg(tf.sum(tf.mul(tf.exp(logProbs), logProbs), 1))
}
