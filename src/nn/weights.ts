/**
 * The weights of a layer, weight-normalized or plain: x · w, the parts of w that are computed once per update, and
 * projection.
 *
 * Projection puts weights back to a fixed length after each update, where the layer's function does not depend on that
 * length (w = g v / ‖v‖, or a normalization after x · w). A step of size η turns weights of length ‖v‖ by about η/‖v‖, so
 * that a length that grows, as it does under weight normalization, is a learning rate that falls; with a fixed length
 * the effective learning rate is what the schedule says. The length is the one that random initialization has on
 * average, a constant, so there is nothing to store.
 * Sources: Lyle et al. 2024 (arXiv 2407.01800), Palenicek et al. 2025 (arXiv 2502.07523).
 */
import * as tf from '@tensorflow/tfjs-core'
import { LARGE_LAYER } from './layer-spec.ts'
import type { LayerVariables } from './normalizers.ts'
import {
  columnNorms,
  type FoldedWeights,
  foldWeights,
  type Scales,
  weightNorm,
  weightNormProduct,
  weightScales,
} from './weight-norm.ts'

/** x [B, ...] times weights [..., out], without bias. */
export type LinearMap = (x: tf.Tensor, weights: tf.Tensor) => tf.Tensor

/** What projection keeps: the length of each unit's weights, or that of all of a layer's together. */
export interface Projection {
  readonly per: 'unit' | 'layer'
  /** Length of one unit's weights; of a layer's, as many units make together. */
  readonly length: number
}

export interface WeightsParts {
  readonly linear: LinearMap
  /** Whether the linear map is a matrix product, which may be scaled afterwards. */
  readonly isProduct: boolean
  /** `v` and `g`, or `w`. */
  readonly variables: LayerVariables
  readonly projection?: Projection | undefined
}

export class Weights {
  readonly #parts: WeightsParts

  constructor(parts: WeightsParts) {
    this.#parts = parts
  }

  /** x · w. @param folded what `fold` makes of the variables as they are now, if it is known @returns [B, ..., out] */
  times(x: tf.Tensor, folded?: LayerVariables): tf.Tensor {
    const { v, g, w } = this.#parts.variables
    if (!v || !g) return this.#parts.linear(x, w!)
    if (this.#isLarge) return weightNormProduct(x, v, g, folded as Scales | undefined)
    return this.#parts.linear(x, weightNorm(v, g, folded as FoldedWeights | undefined))
  }

  /** The effective weights: `g v / ‖v‖`, or `w` itself. [..., out] */
  effective(): tf.Tensor {
    const { v, g, w } = this.#parts.variables
    return v && g ? weightNorm(v, g) : w!
  }

  /** What of the weight-normalized weights is computed once per update. */
  fold(): Readonly<Record<string, tf.Tensor>> {
    const { v, g } = this.#parts.variables
    if (!v || !g) return {}
    return this.#isLarge ? { ...weightScales(v, g) } : { ...foldWeights(v, g) }
  }

  /** x · v / ‖v‖ or, of plain weights, x · w: what initialization from data measures. */
  unscaledTimes(x: tf.Tensor): tf.Tensor {
    const { v, w } = this.#parts.variables
    return this.#parts.linear(x, v ? tf.div(v, columnNorms(v)) : w!)
  }

  /** Makes x · w what `unscaledTimes` was, times a scale per unit. @param scale [out] */
  setScale(scale: tf.Tensor): void {
    const { g, w } = this.#parts.variables
    if (g) g.assign(scale)
    else w!.assign(tf.mul(w!, scale))
  }

  /** Puts v or w back to its length. @returns by what each unit's x · w was multiplied, [out]; undefined if by 1 */
  project(): tf.Tensor | undefined {
    const { projection, variables } = this.#parts
    if (!projection) return undefined
    const directions = (variables['v'] ?? variables['w'])!
    const ratio = projectionRatio(columnNorms(directions), projection) // [out]
    directions.assign(tf.mul(directions, ratio))
    return variables['v'] ? undefined : ratio
  }

  /** Whether w is never formed: decided by size alone, so that a layer computes the same whatever the batch. */
  get #isLarge(): boolean {
    return this.#parts.isProduct && (this.#parts.variables['v']?.size ?? 0) >= LARGE_LAYER
  }
}

/** What to multiply each unit's weights by. @param norms [out] @returns [out] */
function projectionRatio(norms: tf.Tensor, { per, length }: Projection): tf.Tensor {
  if (per === 'unit') return tf.div(length, norms)
  const together = tf.sqrt(tf.sum(tf.square(norms)))
  return tf.div(tf.fill(norms.shape, length * Math.sqrt(norms.size)), together)
}
