/**
 * Losses of actor-critics, whatever the action space: PPO's clipped surrogate and the clipped value loss.
 *
 * Source: Schulman et al. 2017 (arXiv 1707.06347), equation 7; value clipping: the authors' own code (OpenAI
 * Baselines), as PPO's published results use it; KL estimate: Schulman 2020, "Approximating KL divergence", k3.
 */
import * as tf from '@tensorflow/tfjs-core'

/**
 * mean (V − R)²; with clipping, of the larger of (V − R)² and (V_old + clip(V − V_old, −d, d) − R)².
 *
 * @param values [B]
 * @param returns [B]; no gradient flows through them
 * @param clipping old values V_old [B] and d, in units of return; without it plain
 * @returns a scalar
 */
export function valueLossOf(
  values: tf.Tensor,
  returns: tf.Tensor,
  clipping?: { readonly oldValues: tf.Tensor; readonly range: number },
): tf.Tensor {
  const plain = tf.square(tf.sub(values, returns)) // [B]
  if (!clipping) return tf.mean(plain)
  const { oldValues, range } = clipping
  const moved = tf.clipByValue(tf.sub(values, oldValues), -range, range)
  const clipped = tf.square(tf.sub(tf.add(oldValues, moved), returns)) // [B]
  return tf.mean(tf.maximum(plain, clipped))
}

/**
 * PPO's surrogate: −mean min(A ρ, A clip(ρ, 1 − c, 1 + c)) with ρ = exp(log π − log π_old).
 *
 * @param logProb [B] of the actions under the policy that learns
 * @param oldLogProb [B] under the policy that acted
 * @param advantages [B]; no gradient flows through them
 * @param clip c: a number, or a scalar where it changes
 * @returns policyLoss, approxKl = mean((ρ − 1) − log ρ) in nats, clipFraction = mean(|ρ − 1| > c): scalars; ratio [B]
 */
export function clippedSurrogate(
  logProb: tf.Tensor,
  oldLogProb: tf.Tensor,
  advantages: tf.Tensor,
  clip: number | tf.Tensor,
): { policyLoss: tf.Tensor; approxKl: tf.Tensor; clipFraction: tf.Tensor; ratio: tf.Tensor } {
  const logRatio = tf.sub(logProb, oldLogProb)
  const ratio = tf.exp(logRatio)
  const clipped =
    typeof clip === 'number'
      ? tf.clipByValue(ratio, 1 - clip, 1 + clip)
      : tf.minimum(tf.maximum(ratio, tf.sub(1, clip)), tf.add(1, clip))
  const gain = tf.minimum(tf.mul(advantages, ratio), tf.mul(advantages, clipped)) // [B]
  const change = tf.sub(ratio, 1)
  return {
    policyLoss: tf.neg(tf.mean(gain)),
    approxKl: tf.mean(tf.sub(change, logRatio)),
    clipFraction: tf.mean(tf.step(tf.sub(tf.abs(change), clip))),
    ratio,
  }
}
