/** Rows of `norm/*` metrics: what normalization does to a network that learns, measured now and then. */
import type { Metrics } from '../logging/index.ts'
import {
  compile,
  type NumericArray,
  onHost,
  type Program,
  readsByWaiting,
  tensorFrom,
  type TensorSpec,
} from '../backend/index.ts'
import type { Network } from '../nn/network.ts'
import { dormantFraction, statisticsNoise, weightMetrics } from '../nn/norm-metrics.ts'
import type { ObservationEncoder } from '../nn/observations.ts'
import type { Rng } from '../rng.ts'
import * as tf from '@tensorflow/tfjs-core'

/** Fixed states of `norm/statistics_noise`. */
const FIXED_STATES = 16
/** Enough for the share of dormant units. */
const MOST_OBSERVATIONS = 512

export interface NormSample {
  /** Observations to draw from, [M, ...]; the first are the fixed states. Copied before it is used again. */
  readonly obs: NumericArray
  /** Rows of a minibatch, at least 2. */
  readonly batchSize: number
  /** Of the next step. */
  readonly learningRate: number
  /** Draws companions: a stream of its own, so that measuring changes nothing. */
  readonly rng: Rng
}

/** Measures one network through its training mode, which tracks nothing here. */
export class NormRows {
  readonly #network: Network
  readonly #encoder: ObservationEncoder
  readonly #forward: Program<{ obs: TensorSpec }, 'y'>

  constructor(network: Network, encoder: ObservationEncoder) {
    this.#network = network
    this.#encoder = encoder
    this.#forward = compile(
      ({ obs }) => ({ y: network.applyTraining(encoder.encode(obs), false) }),
      { inputs: { obs: encoder.spec } },
    )
  }

  /** How many observations to measure with. @param batchSize rows of a minibatch */
  sampleSize(batchSize: number): number {
    return this.#mixesRows ? 2 * batchSize : Math.min(2 * batchSize, MOST_OBSERVATIONS)
  }

  /** Whether an output depends on the other rows of a minibatch: only then is there noise to measure. */
  get #mixesRows(): boolean {
    return Object.keys(this.#network.state).length > 0 // running statistics, which only the batch normalizations have
  }

  /** @returns the metrics of `NORM_METRICS` that the network has */
  async row(sample: NormSample): Promise<Metrics> {
    if (!readsByWaiting()) return this.#measure(sample)
    return onHost(() => {
      const row = this.#measure(sample)
      this.#forward.dispose() // a recording would pin variables to the host
      return row
    })
  }

  #measure({ obs, batchSize, learningRate, rng }: NormSample): Metrics {
    const { size, shape, spec } = this.#encoder
    const pool = obs.slice()
    const dormant = tf.tidy(() => {
      const raw = tensorFrom(pool, [pool.length / size, ...shape], spec.dtype)
      return dormantFraction(this.#network, this.#encoder.encode(raw))
    })
    const noise = this.#mixesRows ? this.#noise({ obs: pool, batchSize, learningRate, rng }) : 0
    return {
      ...weightMetrics(this.#network, learningRate),
      'norm/dormant_fraction': dormant,
      'norm/statistics_noise': noise,
    }
  }

  #noise({ obs: pool, batchSize, rng }: NormSample): number {
    const { size } = this.#encoder
    const fixed = Math.min(FIXED_STATES, Math.floor(batchSize / 2))
    return statisticsNoise((batch) => this.#forward({ obs: batch }).y, {
      states: pool.subarray(0, fixed * size),
      pool,
      rowSize: size,
      batchSize,
      rng,
    })
  }

  dispose(): void {
    this.#forward.dispose()
  }
}
