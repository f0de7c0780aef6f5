/**
 * Weight normalization: w = g · v / ‖v‖, one norm per output unit (all axes but the last).
 *
 * The norm has no epsilon: v starts random, and its gradient is orthogonal to it, so that a step along the gradient
 * lengthens v and never shortens it.
 * Source: Salimans & Kingma 2016 (arXiv 1602.07868), equations 2 and 3.
 */
import * as tf from '@tensorflow/tfjs-core'
import { FUSED, fusedOr } from '../backend/index.ts'

/**
 * The effective weights w = g · v / ‖v‖.
 *
 * Gradients, given dw: dg = (dw · v) / ‖v‖ and dv = g/‖v‖ · dw − g · dg/‖v‖² · v, which is orthogonal to v.
 *
 * @param v [..., out] directions
 * @param g [out] lengths; negative and zero are allowed
 * @returns [..., out]
 */
export function weightNorm(v: tf.Tensor, g: tf.Tensor): tf.Tensor {
  return effectiveWeights(v, g)
}

/** ‖v‖ per output unit. @param v [..., out] @returns [out] */
export function columnNorms(v: tf.Tensor): tf.Tensor {
  return tf.sqrt(tf.sum(tf.square(v), allAxesButLast(v)))
}

/** [0, 1, …, rank − 2] */
export function allAxesButLast(x: tf.Tensor): number[] {
  return Array.from({ length: x.rank - 1 }, (_, axis) => axis)
}

const effectiveWeights = tf.customGrad((v, g, save) => {
  if (!(v instanceof tf.Tensor) || !(g instanceof tf.Tensor) || typeof save !== 'function') {
    throw new TypeError('weightNorm takes two tensors')
  }
  const [w, norm, scale] = fusedOr(FUSED.weightNorm, { v, g }, {}, () => {
    const norm = columnNorms(v) // [out]
    const scale = tf.div(g, norm) // [out]
    return [tf.mul(v, scale), norm, scale]
  }) as [tf.Tensor, tf.Tensor, tf.Tensor]
  save([v, norm, scale])
  return { value: w, gradFunc: weightNormGradient }
})

function weightNormGradient(dw: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] {
  const [v, norm, scale] = saved as [tf.Tensor, tf.Tensor, tf.Tensor]
  return fusedOr(FUSED.weightNormGradient, { dw, v, norm, scale }, {}, () => {
    const dg = tf.div(tf.sum(tf.mul(dw, v), allAxesButLast(v)), norm) // [out]
    const along = tf.div(tf.mul(scale, dg), norm) // [out]: what of dw points along v
    return [tf.sub(tf.mul(scale, dw), tf.mul(v, along)), dg]
  })
}
