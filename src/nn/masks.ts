/** Legal actions in values and policies. */
import * as tf from '@tensorflow/tfjs-core'
import { LOWEST } from './layer-spec.ts'

/**
 * Values or logits of legal actions as they are, −10³⁰ for all others: they are never the largest, and have
 * probability 0. No gradient reaches illegal ones.
 *
 * @param values [B, A] finite
 * @param mask [B, A] 1 for each legal action, 0 for others
 * @returns [B, A]
 */
export function withoutIllegal(values: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  return tf.add(tf.mul(values, mask), tf.mul(tf.sub(mask, 1), LOWEST))
}
