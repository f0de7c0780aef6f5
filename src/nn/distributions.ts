/**
 * Distributions of actions: what a policy network's outputs mean. Pure functions of tensors; every result is a sum over
 * the parts of an action, so that losses need not know the action space.
 *
 * Source: Haarnoja et al. 2018 (arXiv 1801.01290), appendix C, for the squashed Gaussian; its log(1 − tanh²u) is
 * written as 2(log 2 − |u| − log(1 + exp(−2|u|))), which does not saturate.
 */
import * as tf from '@tensorflow/tfjs-core'
import { entropyOf, logProbabilities, pick } from './losses.ts'
import { withoutIllegal } from './masks.ts'

/** Log-probabilities of given actions, and entropies, [B] each, in nats. */
export interface PolicyTerms {
  readonly logProb: tf.Tensor
  readonly entropy: tf.Tensor
}

/**
 * A choice of one of A actions.
 *
 * @param logits [B, A]
 * @param actions [B] int32, indices from 0; legal ones
 * @param mask [B, A] 1 for each legal action; without it all are
 */
export function categoricalTerms(
  logits: tf.Tensor,
  actions: tf.Tensor,
  mask?: tf.Tensor,
): PolicyTerms {
  const logProbs = logProbabilities(mask ? withoutIllegal(logits, mask) : logits) // [B, A]
  return { logProb: pick(logProbs, actions), entropy: entropyOf(logProbs) }
}

/** Probabilities to draw from on the host; exactly 0 for illegal actions. @param logits [B, A] @returns [B, A] */
export function categoricalProbabilities(logits: tf.Tensor, mask?: tf.Tensor): tf.Tensor {
  return tf.softmax(mask ? withoutIllegal(logits, mask) : logits)
}

/**
 * Several independent choices.
 *
 * @param logits [B, Σ nvec], those of one choice side by side
 * @param actions [B, D] int32, indices from 0
 * @param nvec [D] how many actions each choice has
 * @param mask [B, Σ nvec] 1 for each legal action; without it all are
 */
export function multiDiscreteTerms(
  logits: tf.Tensor,
  actions: tf.Tensor,
  nvec: readonly number[],
  mask?: tf.Tensor,
): PolicyTerms {
  const masks = mask && columnGroups(mask, nvec)
  const terms = columnGroups(logits, nvec).map((ofChoice, d) => {
    const chosen = tf.reshape(tf.slice(actions, [0, d], [-1, 1]), [-1]) // [B, 1] → [B]
    return categoricalTerms(ofChoice, chosen, masks?.[d])
  })
  return {
    logProb: tf.addN(terms.map(({ logProb }) => logProb)),
    entropy: tf.addN(terms.map(({ entropy }) => entropy)),
  }
}

/** Probabilities of each choice to draw from on the host. @param logits [B, Σ nvec] @returns [B, Σ nvec] */
export function multiDiscreteProbabilities(
  logits: tf.Tensor,
  nvec: readonly number[],
  mask?: tf.Tensor,
): tf.Tensor {
  const masks = mask && columnGroups(mask, nvec)
  const groups = columnGroups(logits, nvec).map((ofChoice, d) =>
    categoricalProbabilities(ofChoice, masks?.[d]),
  )
  if (groups.length === 1) return groups[0]!
  const places = selections(nvec)
  return tf.addN(groups.map((group, d) => tf.matMul(group as tf.Tensor2D, places[d]!, false, true)))
}

/**
 * Independent normal distributions, one per number of an action.
 *
 * @param mean [B, D]
 * @param logStd [B, D], or [D] where it does not depend on the state
 * @param actions [B, D] as drawn, before any clipping to bounds
 */
export function gaussianTerms(mean: tf.Tensor, logStd: tf.Tensor, actions: tf.Tensor): PolicyTerms {
  return {
    logProb: gaussianLogProb(tf.div(tf.sub(actions, mean), tf.exp(logStd)), logStd),
    entropy: tf.sum(
      tf.add(tf.add(tf.zerosLike(mean), logStd), 0.5 * Math.log(2 * Math.PI) + 0.5),
      1,
    ),
  }
}

/**
 * An action from noise that was drawn on the host: mean + exp(logStd) · noise.
 *
 * @param mean [B, D]
 * @param logStd [B, D] or [D]
 * @param noise [B, D] standard normal
 * @returns [B, D]
 */
export function gaussianSample(mean: tf.Tensor, logStd: tf.Tensor, noise: tf.Tensor): tf.Tensor {
  return tf.add(mean, tf.mul(tf.exp(logStd), noise))
}

/**
 * A normal draw squashed into (−1, 1): a = tanh(u), u = mean + exp(logStd) · noise, and
 * log π(a) = Σ_D [log N(u) − log(1 − tanh²u)]. Gradients pass through u.
 *
 * @param mean [B, D]
 * @param logStd [B, D] or [D]
 * @param noise [B, D] standard normal, drawn on the host
 * @returns action [B, D] and logProb [B]
 */
export function squashedGaussian(
  mean: tf.Tensor,
  logStd: tf.Tensor,
  noise: tf.Tensor,
): { readonly action: tf.Tensor; readonly logProb: tf.Tensor } {
  const u = gaussianSample(mean, logStd, noise)
  const size = tf.abs(u)
  const tail = tf.log(tf.add(tf.exp(tf.mul(size, -2)), 1))
  const logSlope = tf.mul(tf.sub(tf.sub(Math.LN2, size), tail), 2) // log(1 − tanh²u), [B, D]
  return {
    action: tf.tanh(u),
    logProb: tf.sub(gaussianLogProb(noise, logStd), tf.sum(logSlope, 1)),
  }
}

/** Σ_D [−z²/2 − log σ − ½ log 2π]. @param z [B, D] standardized @param logStd [B, D] or [D] @returns [B] */
function gaussianLogProb(z: tf.Tensor, logStd: tf.Tensor): tf.Tensor {
  const terms = tf.sub(tf.mul(tf.square(z), -0.5), logStd) // [B, D]
  return tf.sum(tf.sub(terms, 0.5 * Math.log(2 * Math.PI)), 1)
}

/**
 * [B, Σ sizes] → one [B, size] per size. By products with matrices of zeros and ones, since not every backend has a
 * kernel for splitting.
 */
function columnGroups(x: tf.Tensor, sizes: readonly number[]): tf.Tensor[] {
  return sizes.length === 1
    ? [x]
    : selections(sizes).map((selection) => tf.matMul(x as tf.Tensor2D, selection))
}

/** The columns of each group: [Σ sizes, size] per size. */
function selections(sizes: readonly number[]): tf.Tensor2D[] {
  const total = sizes.reduce((sum, size) => sum + size, 0)
  let first = 0
  return sizes.map((size) => {
    const values = new Float32Array(total * size)
    for (let k = 0; k < size; k++) values[(first + k) * size + k] = 1
    first += size
    return tf.tensor2d(values, [total, size])
  })
}
