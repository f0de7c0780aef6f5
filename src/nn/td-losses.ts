/**
 * Targets and losses of Q-learning: double Q-learning, legal actions, n-step discounts, importance weights, dueling.
 *
 * Source: Mnih et al. 2015 (Nature 518, 529); van Hasselt et al. 2016 (arXiv 1509.06461); Wang et al. 2016 (arXiv
 * 1511.06581); Schaul et al. 2016 (arXiv 1511.05952).
 */
import * as tf from '@tensorflow/tfjs-core'
import { huber, oneHot, pick } from './losses.ts'
import { withoutIllegal } from './masks.ts'

export interface TdLossOptions {
  /** e² (no ½), or Huber's loss. */
  readonly loss: 'mse' | 'huber'
  /** Where Huber turns linear, in units of reward. */
  readonly huberDelta: number
}

/**
 * The best legal action of each row; the first of equals.
 *
 * @param q [B, A]
 * @param mask [B, A] 1 for each legal action; without it all are
 * @returns int32 [B]
 */
export function bestActions(q: tf.Tensor, mask?: tf.Tensor): tf.Tensor {
  return tf.argMax(mask ? withoutIllegal(q, mask) : q, 1)
}

/**
 * y = r + discount · max_a Q_target(s′, a) over legal actions, or with double Q-learning
 * r + discount · Q_target(s′, argmax_a Q_online(s′, a)).
 *
 * @param batch.rewards [B]
 * @param batch.discounts [B] γ, for n-step returns γᵐ; 0 where the episode terminated; truncation does not matter
 * @param batch.nextQ [B, A] the target network's values of s′
 * @param batch.nextQOnline [B, A] the online network's, for double Q-learning
 * @param batch.nextMask [B, A] 1 for each action that is legal in s′; without it all are
 * @returns [B]
 */
export function discountedTarget(batch: {
  readonly rewards: tf.Tensor
  readonly discounts: tf.Tensor
  readonly nextQ: tf.Tensor
  readonly nextQOnline?: tf.Tensor | undefined
  readonly nextMask?: tf.Tensor | undefined
}): tf.Tensor {
  const { rewards, discounts, nextQ, nextQOnline, nextMask } = batch
  const nextV = nextQOnline
    ? pick(nextQ, bestActions(nextQOnline, nextMask))
    : tf.max(nextMask ? withoutIllegal(nextQ, nextMask) : nextQ, 1) // [B]
  return tf.add(rewards, tf.mul(discounts, nextV))
}

/**
 * The loss of Q(s, a) against its target: mean over the batch of w · e² (mse) or w · Huber(e), with e = Q(s, a) − y.
 *
 * @param q [B, A]
 * @param actions [B] int32
 * @param targets [B]; no gradient flows through them
 * @param weights [B] importance weights w; without them 1
 * @returns loss (scalar), tdError [B] and the chosen Q(s, a) [B]
 */
export function weightedTdLoss(
  q: tf.Tensor,
  actions: tf.Tensor,
  targets: tf.Tensor,
  options: TdLossOptions,
  weights?: tf.Tensor,
): { loss: tf.Tensor; tdError: tf.Tensor; chosenQ: tf.Tensor } {
  const chosenQ = pick(q, actions) // [B]
  const tdError = tf.sub(chosenQ, targets) // [B]
  const losses = options.loss === 'mse' ? tf.square(tdError) : huber(tdError, options.huberDelta)
  return { loss: weightedMean(losses, weights), tdError, chosenQ }
}

/** mean over the batch of w · loss. @param losses [B] @param weights [B]; without them 1 @returns a scalar */
export function weightedMean(losses: tf.Tensor, weights?: tf.Tensor): tf.Tensor {
  return tf.mean(weights ? tf.mul(losses, weights) : losses)
}

/**
 * Q = V + A − mean_a A (Wang et al. 2016, equation 9).
 *
 * @param value [B, 1]
 * @param advantages [B, A]
 * @returns [B, A]
 */
export function dueling(value: tf.Tensor, advantages: tf.Tensor): tf.Tensor {
  return tf.add(advantages, tf.sub(value, tf.mean(advantages, 1, true)))
}

/**
 * Dueling of each atom or quantile of a distribution: V_z + A_az − mean_a A_az. Written as products with constant
 * matrices, since not every backend broadcasts along a middle axis.
 *
 * @param value [B, Z]
 * @param advantages [B, A · Z], the Z numbers of an action side by side
 * @returns [B, A, Z]
 */
export function duelingDistribution(value: tf.Tensor, advantages: tf.Tensor): tf.Tensor {
  const [rows, atoms] = value.shape as [number, number]
  const actions = advantages.shape[1]! / atoms
  const ofActions = tf.reshape(advantages, [rows, actions, atoms]) // [B, A·Z] → [B, A, Z]
  const ofState = tf.reshape(value, [rows, 1, atoms]) // [B, Z] → [B, 1, Z]
  const centering = Array.from(
    { length: actions ** 2 },
    (_, i) => Number(i % (actions + 1) === 0) - 1 / actions,
  )
  const centered = tf.matMul(repeated(centering, rows, actions, actions), ofActions)
  const everywhere = new Array<number>(actions).fill(1)
  return tf.add(centered, tf.matMul(repeated(everywhere, rows, actions, 1), ofState))
}

/**
 * The distribution of one action of each row.
 *
 * @param rows [B, A, Z]
 * @param actions [B] int32
 * @returns [B, Z]
 */
export function pickDistribution(rows: tf.Tensor, actions: tf.Tensor): tf.Tensor {
  const [batch, count, atoms] = rows.shape as [number, number, number]
  const chosen = tf.reshape(oneHot(actions, count), [batch, 1, count]) // [B, A] → [B, 1, A]
  return tf.reshape(tf.matMul(chosen, rows), [batch, atoms]) // [B, 1, Z] → [B, Z]
}

/** The same matrix for each row of a batch, [B, m, n]: batches of products must be equal in number. */
function repeated(matrix: readonly number[], batch: number, m: number, n: number): tf.Tensor {
  const values = new Float32Array(batch * m * n)
  for (let i = 0; i < values.length; i++) values[i] = matrix[i % matrix.length]!
  return tf.tensor(values, [batch, m, n])
}
