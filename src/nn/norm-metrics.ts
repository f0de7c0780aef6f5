/**
 * What normalization does to a network, in numbers: lengths and gains of the weights, the effective learning rate,
 * dormant units, and how much a value depends on who else is in the minibatch.
 *
 * All of them read tensors back and are meant for logging intervals, not for every update. None of them changes
 * anything.
 */
import * as tf from '@tensorflow/tfjs-core'
import type { NumericArray } from '../backend/index.ts'
import type { Rng } from '../rng.ts'
import { AffineLayer } from './affine.ts'
import { affineLayers, Branches } from './branches.ts'
import type { Layer } from './layer.ts'
import { allAxesButLast, columnNorms } from './weight-norm.ts'

export const NORM_METRICS = [
  'norm/g_mean',
  'norm/v_norm',
  'norm/effective_lr',
  'norm/dormant_fraction',
  'norm/statistics_noise',
] as const

/** A network, or the layers of several together. */
export interface Layered {
  readonly layers: readonly Layer[]
}

/** Units whose activity is at most this part of their layer's average are dormant. */
const DORMANCY_THRESHOLD = 0.025

/**
 * Means over the units of all layers:
 * - `norm/g_mean`: g of weight-normalized layers, γ of batch- and layer-normalized ones; absent if there are none
 * - `norm/v_norm`: ‖v‖, or ‖w‖ of plain weights
 * - `norm/effective_lr`: learning rate / ‖v‖² (‖w‖² before batch normalization; before layer normalization, which sees
 *   only the length of all of them together, the mean of ‖w‖² over the layer) of the layers whose function does not
 *   depend on that length; absent if there are none. It is how far a gradient step turns the weights, up to the
 *   gradient of the normalized ones; for optimizers that divide by the gradient's size, such as Adam, lr / ‖v‖ is, and
 *   the figure shows its course, not its value. Source: van Laarhoven 2017 (arXiv 1706.05350).
 *
 * @param learningRate of the next step
 */
export function weightMetrics(
  { layers }: Layered,
  learningRate: number,
): Partial<Record<(typeof NORM_METRICS)[number], number>> {
  const [gains, lengths, rates] = [new Mean(), new Mean(), new Mean()]
  for (const layer of affineLayers(layers)) {
    const { v, w, g, gamma } = layer.variables
    const gain = g ?? gamma
    const norms = hostOf(() => columnNorms((v ?? w)!))
    for (const norm of norms) lengths.add(norm)
    if (!gain) continue
    for (const value of hostOf(() => gain)) gains.add(value)
    for (const square of lengthsSeen(layer, norms)) rates.add(learningRate / square)
  }
  return {
    ...gains.as('norm/g_mean'),
    ...lengths.as('norm/v_norm'),
    ...rates.as('norm/effective_lr'),
  }
}

/** The squared lengths that a layer's normalization takes out. */
function lengthsSeen({ variables, state }: AffineLayer, norms: Float64Array): Float64Array {
  const squares = norms.map((norm) => norm ** 2)
  const perLayer = 'gamma' in variables && !('runningMean' in state)
  return perLayer ? squares.fill(meanOf(squares)) : squares
}

/**
 * The share of dormant units: with the mean of |h| over a batch (and all positions of an image) as a unit's activity,
 * those whose activity is at most τ times the mean activity of their layer. Layers without an activation do not count.
 *
 * Source: Sokar et al. 2023 (arXiv 2302.12902), equation 1.
 *
 * @param x [B, ...] encoded observations; the network acts on them, with what `refold` computed
 * @param tau 0.025 unless told
 * @returns from 0 to 1; 0 for a network without such layers
 */
export function dormantFraction(
  { layers }: Layered,
  x: tf.Tensor,
  tau: number = DORMANCY_THRESHOLD,
): number {
  const activities: Float64Array[] = []
  tf.tidy(() => {
    addActivities(layers, x, activities)
  })
  const dormant = new Mean()
  for (const activity of activities) {
    const limit = tau * meanOf(activity)
    for (const value of activity) dormant.add(Number(value <= limit))
  }
  return dormant.count === 0 ? 0 : dormant.value
}

/** Of each layer with an activation, along each branch. @param x [B, ...] @param to takes [units] of each */
function addActivities(layers: readonly Layer[], x: tf.Tensor, to: Float64Array[]): void {
  let h = x
  for (const layer of layers) {
    if (layer instanceof Branches)
      for (const branch of Object.values(layer.networks)) addActivities(branch.layers, h, to)
    h = layer.applyFolded(h)
    if (!(layer instanceof AffineLayer) || layer.activation === 'none') continue
    const activity = tf.mean(tf.abs(h), allAxesButLast(h)) // [units]
    to.push(Float64Array.from(activity.dataSync()))
  }
}

export interface StatisticsNoiseOptions {
  /** The fixed observations, row after row; together they are in every minibatch. [K, ...] */
  readonly states: NumericArray
  /** What the others in the minibatch are drawn from. [M, ...] */
  readonly pool: NumericArray
  /** Numbers in an observation. */
  readonly rowSize: number
  /** Rows of a minibatch: K and the others. */
  readonly batchSize: number
  /** Minibatches; at least 2. 16 unless told. */
  readonly draws?: number
  /** Draws the others, with replacement. */
  readonly rng: Rng
}

/**
 * How much a value depends on its companions: the standard deviation of each output (Q(s, a), say) of each fixed state
 * over minibatches whose other rows are drawn anew, averaged over states and outputs. Exactly 0 where rows are
 * independent.
 *
 * @param forward the map in training mode, [B, ...] → [B, outputs]: a compiled program around
 *   `network.applyTraining(encoder.encode(obs), false)`, which tracks nothing
 * @returns in the unit of the outputs
 * @throws RangeError if a minibatch has no room for others, or there are fewer than two
 */
export function statisticsNoise(
  forward: (obs: Float32Array) => Float32Array,
  { states, pool, rowSize, batchSize, draws = 16, rng }: StatisticsNoiseOptions,
): number {
  const fixed = states.length / rowSize
  if (batchSize <= fixed) {
    throw new RangeError(
      `batchSize is ${batchSize}, but there are ${fixed} states: others do not fit; give fewer states`,
    )
  }
  if (draws < 2) throw new RangeError(`draws is ${draws}; a deviation needs at least 2`)
  const batch = new Float32Array(batchSize * rowSize)
  batch.set(states)
  const outputs = Array.from({ length: draws }, () => {
    for (let row = fixed; row < batchSize; row++) {
      const from = rng.randInt(0, pool.length / rowSize) * rowSize
      batch.set(pool.subarray(from, from + rowSize), row * rowSize)
    }
    const y = forward(batch)
    return y.slice(0, (y.length / batchSize) * fixed)
  })
  return meanOf(
    Float64Array.from(outputs[0]!, (first, i) => deviation(outputs.map((y) => y[i]! - first))),
  )
}

/** Of differences from the first value: all 0, and so exactly 0, where the values are equal. */
function deviation(values: readonly number[]): number {
  const mean = meanOf(values)
  return Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)))
}

function meanOf(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length
}

/** The values of what is computed. */
function hostOf(compute: () => tf.Tensor): Float64Array {
  return Float64Array.from(tf.tidy(() => Float32Array.from(compute().dataSync())))
}

class Mean {
  count = 0
  #sum = 0

  add(value: number): void {
    this.count++
    this.#sum += value
  }

  get value(): number {
    return this.#sum / this.count
  }

  /** Under a name, if there is anything to average. */
  as<Name extends string>(name: Name): Partial<Record<Name, number>> {
    return this.count === 0 ? {} : ({ [name]: this.value } as Partial<Record<Name, number>>)
  }
}
