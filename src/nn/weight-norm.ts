/**
 * Weight normalization: w = g · v / ‖v‖, one norm per output unit (all axes but the last).
 *
 * What depends on v and g alone (‖v‖, g/‖v‖, and w where it is formed) is computed once after each update and handed to
 * whatever acts and learns until the next one. A layer of few weights forms w; a large one is cheaper without it:
 * x·w = (x·v) · g/‖v‖, and no pass over the weights is left but the one for the norms.
 *
 * The norm has no epsilon: v starts random, and its gradient is orthogonal to it, so that a step along the gradient
 * lengthens v and never shortens it.
 * Source: Salimans & Kingma 2016 (arXiv 1602.07868), equations 2 and 3.
 */
import * as tf from '@tensorflow/tfjs-core'
import { FUSED, fusedOr } from '../backend/index.ts'
import { withGradient } from './custom-gradient.ts'

/** ‖v‖ and g / ‖v‖ per output unit. [out] */
export interface Scales {
  readonly norm: tf.Tensor
  readonly scale: tf.Tensor
}

/** The effective weights beside the scales. w [..., out] */
export interface FoldedWeights extends Scales {
  readonly w: tf.Tensor
}

/** ‖v‖ and g / ‖v‖, without gradients. @param v [..., out] @param g [out] */
export function weightScales(v: tf.Tensor, g: tf.Tensor): Scales {
  const [norm, scale] = fusedOr(FUSED.weightNormScale, { v, g }, {}, () => {
    const norm = columnNorms(v) // [out]
    return [norm, tf.div(g, norm)]
  }) as [tf.Tensor, tf.Tensor]
  return { norm, scale }
}

/** w = g · v / ‖v‖ and what it is made of, without gradients. @param v [..., out] @param g [out] */
export function foldWeights(v: tf.Tensor, g: tf.Tensor): FoldedWeights {
  const [w, norm, scale] = fusedOr(FUSED.weightNorm, { v, g }, {}, () => {
    const { norm, scale } = weightScales(v, g)
    return [tf.mul(v, scale), norm, scale]
  }) as [tf.Tensor, tf.Tensor, tf.Tensor]
  return { w, norm, scale }
}

/**
 * The effective weights w = g · v / ‖v‖.
 *
 * Gradients, given dw: dg = (dw · v) / ‖v‖ and dv = g/‖v‖ · dw − g · dg/‖v‖² · v, which is orthogonal to v.
 *
 * @param v [..., out] directions
 * @param g [out] lengths; negative and zero are allowed
 * @param folded what `foldWeights` makes of v and g as they are now, if it is known
 * @returns [..., out]
 */
export function weightNorm(v: tf.Tensor, g: tf.Tensor, folded?: FoldedWeights): tf.Tensor {
  return withGradient([v, g], (save) => {
    const { w, norm, scale } = folded ?? foldWeights(v, g)
    save([v, norm, scale])
    return { value: folded ? tf.clone(w) : w, gradFunc: weightNormGradient }
  })
}

/**
 * x · w = (x · v) · g/‖v‖, without forming w.
 *
 * Gradients, given dy, with t = x · v and s = g/‖v‖: dx = (dy · s) · vᵀ, dg = Σ dy · t / ‖v‖ over the batch, and
 * dv = xᵀ · (dy · s) − g · dg/‖v‖² · v.
 *
 * @param x [B, in]
 * @param v [in, out]
 * @param g [out]
 * @param scales what `weightScales` makes of v and g as they are now, if it is known
 * @returns [B, out]
 */
export function weightNormProduct(
  x: tf.Tensor,
  v: tf.Tensor,
  g: tf.Tensor,
  scales?: Scales,
): tf.Tensor {
  return withGradient([x, v, g], (save) => {
    const { norm, scale } = scales ?? weightScales(v, g)
    const t = tf.matMul(x, v) // [B, out]
    save([x, v, t, norm, scale])
    return { value: tf.mul(t, scale), gradFunc: weightNormProductGradient }
  })
}

/** ‖v‖ per output unit. @param v [..., out] @returns [out] */
export function columnNorms(v: tf.Tensor): tf.Tensor {
  return tf.sqrt(tf.sum(tf.square(v), allAxesButLast(v)))
}

/** [0, 1, …, rank − 2] */
export function allAxesButLast(x: tf.Tensor): number[] {
  return Array.from({ length: x.rank - 1 }, (_, axis) => axis)
}

function weightNormGradient(dw: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] {
  const [v, norm, scale] = saved as [tf.Tensor, tf.Tensor, tf.Tensor]
  return fusedOr(FUSED.weightNormGradient, { dw, v, norm, scale }, {}, () => {
    const dg = tf.div(tf.sum(tf.mul(dw, v), allAxesButLast(v)), norm) // [out]
    return [tf.sub(tf.mul(scale, dw), tf.mul(v, alongDirection(dg, norm, scale))), dg]
  })
}

function weightNormProductGradient(dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] {
  const [x, v, t, norm, scale] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]
  const dt = tf.mul(dy, scale) // [B, out]
  const dg = tf.div(tf.sum(tf.mul(dy, t), 0), norm) // [out]
  const dv = tf.sub(tf.matMul(x, dt, true), tf.mul(v, alongDirection(dg, norm, scale)))
  return [tf.matMul(dt, v, false, true), dv, dg]
}

/** g · dg / ‖v‖²: how much of dv points along v, and is taken away. [out] */
function alongDirection(dg: tf.Tensor, norm: tf.Tensor, scale: tf.Tensor): tf.Tensor {
  return tf.div(tf.mul(scale, dg), norm)
}
