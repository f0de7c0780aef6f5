/**
 * Distributions of returns: C51, with fixed atoms, and QR-DQN, with fixed probabilities.
 *
 * Source: Bellemare et al. 2017 (arXiv 1707.06887), algorithm 1; Dabney et al. 2018 (arXiv 1710.10044), equation 10.
 * Pairs of atoms are laid out so that every operation broadcasts along leading or trailing axes only.
 */
import * as tf from '@tensorflow/tfjs-core'
import { withGradient } from './custom-gradient.ts'
import { atomsOf, type Support } from './support.ts'

/**
 * Expected values Σ_j z_j softmax(logits)_j.
 *
 * @param logits [B, A, Z]
 * @returns [B, A]
 */
export function expectedValues(logits: tf.Tensor, support: Support): tf.Tensor {
  const [batch, actions, atoms] = logits.shape as [number, number, number]
  const probabilities = tf.reshape(tf.softmax(logits), [batch * actions, atoms])
  const z = tf.tensor2d(atomsOf(support), [atoms, 1])
  return tf.reshape(tf.matMul(probabilities, z), [batch, actions]) // [B·A, 1] → [B, A]
}

/**
 * The distribution of r + discount · Z′, clipped to the support and projected onto its atoms:
 * Σ_i p_i max(0, 1 − |Tz_i − z_j| / Δz).
 *
 * @param rewards [B]
 * @param discounts [B] γ, for n-step returns γᵐ; 0 where the episode terminated
 * @param nextProbabilities [B, Z] of the next state's action
 * @returns [B, Z]
 */
export function projectedDistribution(
  rewards: tf.Tensor,
  discounts: tf.Tensor,
  nextProbabilities: tf.Tensor,
  support: Support,
): tf.Tensor {
  const { atoms, vMin, vMax } = support
  const batch = rewards.shape[0]
  const column = (x: tf.Tensor) => tf.reshape(x, [batch, 1]) // [B] → [B, 1]
  const z = tf.tensor2d(atomsOf(support), [1, atoms])
  const moved = tf.add(tf.matMul(column(discounts), z), column(rewards)) // [B, Z]
  // Tz in units of Δz above vMin, from 0 to Z − 1.
  const place = tf.mul(tf.sub(tf.clipByValue(moved, vMin, vMax), vMin), (atoms - 1) / (vMax - vMin))
  // place_i − j for all pairs: [place, 1] · [1, −j].
  const places = tf.reshape(place, [batch * atoms, 1])
  const left = tf.matMul(places, tf.ones([1, atoms])) // [B·Z, Z]
  const distance = tf.abs(tf.sub(left, tf.range(0, atoms))) // [B·Z, Z]
  const kernel = tf.reshape(tf.relu(tf.sub(1, distance)), [batch, atoms, atoms])
  const weights = tf.reshape(nextProbabilities, [batch, 1, atoms])
  return tf.reshape(tf.matMul(weights, kernel), [batch, atoms]) // [B, 1, Z] → [B, Z]
}

/**
 * −Σ_j target_j log softmax(logits)_j of each row; it differs from the KL divergence by the target's entropy.
 *
 * @param targets [B, Z] probabilities; no gradient flows through them
 * @param logits [B, Z]
 * @returns [B], nats
 */
export function crossEntropy(targets: tf.Tensor, logits: tf.Tensor): tf.Tensor {
  return tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), 1))
}

/**
 * Targets of QR-DQN: r + discount · θ′_j of the next state's action.
 *
 * @param rewards [B]
 * @param discounts [B]
 * @param nextQuantiles [B, N]
 * @returns [B, N]
 */
export function quantileTargets(
  rewards: tf.Tensor,
  discounts: tf.Tensor,
  nextQuantiles: tf.Tensor,
): tf.Tensor {
  const column = (x: tf.Tensor) => tf.reshape(x, [-1, 1]) // [B] → [B, 1]
  return tf.add(tf.mul(nextQuantiles, column(discounts)), column(rewards))
}

/** Mean of the quantiles. @param quantiles [B, A, N] @returns [B, A] */
export function quantileMeans(quantiles: tf.Tensor): tf.Tensor {
  return tf.mean(quantiles, 2)
}

/**
 * The quantile Huber loss of each row: Σ_i mean_j |τ_i − 1{u_ij < 0}| huber_κ(u_ij) / κ with u_ij = target_j − θ_i
 * and τ_i = (i + ½) / N.
 *
 * What lies above and below θ_i is summed apart: with p = clip(u, 0, κ) and q = clip(u, −κ, 0) Huber's loss is
 * p(u − p/2) above and q(u − q/2) below, and its slope p + q. The gradient is written by hand, since tfjs's own would
 * take a dozen more passes over all pairs.
 *
 * @param quantiles [B, N] θ of the chosen action
 * @param targets [B, M]; no gradient flows through them
 * @param kappa κ, above 0: where the loss turns linear
 * @returns [B]
 */
export function quantileHuber(quantiles: tf.Tensor, targets: tf.Tensor, kappa: number): tf.Tensor {
  const n = quantiles.shape[1]!
  const taus = Float32Array.from({ length: n }, (_, i) => (i + 0.5) / n)
  const [above, below] = [tf.tensor1d(taus), tf.tensor1d(taus.map((tau) => 1 - tau))]
  return withGradient([quantiles], (save) => {
    const error = pairedErrors(quantiles, targets) // [B·N, M]
    /** τ_i mean_j of what is above and (1 − τ_i) mean_j of what is below, over κ. [B·N, M] each → [B, N] */
    const weighted = (up: tf.Tensor, down: tf.Tensor) => {
      const [ofUp, ofDown] = [up, down].map((x) => tf.reshape(tf.mean(x, 1), quantiles.shape))
      return tf.div(tf.add(tf.mul(ofUp!, above), tf.mul(ofDown!, below)), kappa)
    }
    const [p, q] = [tf.clipByValue(error, 0, kappa), tf.clipByValue(error, -kappa, 0)]
    const loss = (side: tf.Tensor) => tf.mul(side, tf.sub(error, tf.mul(side, 0.5)))
    save([tf.neg(weighted(p, q))]) // dloss/dθ
    return {
      value: tf.sum(weighted(loss(p), loss(q)), 1),
      gradFunc: (dy, [slope]) => [tf.mul(tf.reshape(dy, [-1, 1]), slope!)],
    }
  })
}

/** u_ij = target_j − θ_i of each row. @param quantiles [B, N] @param targets [B, M] @returns [B · N, M] */
function pairedErrors(quantiles: tf.Tensor, targets: tf.Tensor): tf.Tensor {
  const [batch, n] = quantiles.shape as [number, number]
  const m = targets.shape[1]!
  // Each row of targets N times: [B, N, 1] · [B, 1, M] → [B, N, M].
  const repeated = tf.matMul(tf.ones([batch, n, 1]), tf.reshape(targets, [batch, 1, m]))
  return tf.sub(tf.reshape(repeated, [batch * n, m]), tf.reshape(quantiles, [batch * n, 1]))
}
