/**
 * Mean and variance of a stream of vectors, updated batch by batch: Chan, Golub & LeVeque 1979, the
 * parallel algorithm, in the order of operations of Gymnasium's `RunningMeanStd`. Like NumPy it
 * computes a float32 batch's own moments in float32, and float32 statistics wholly in float32, which
 * normalized observations can tell: with one observation behind it, the difference from the mean is
 * a ten-thousandth of either.
 */

import { readNumber, readNumbers } from './json.ts'
import type { JsonObject } from './json.ts'
import { checkChoice } from './names.ts'
import { checkInteger } from './numbers.ts'

/** The count that the start values stand for. */
const START_COUNT = 1e-4

/**
 * @example
 * const statistics = new RunningMeanStd(2)
 * statistics.update([1, 10, 3, 30]) // two vectors
 * statistics.mean // about [2, 20]
 */
export class RunningMeanStd {
  /** Length of a vector. */
  readonly size: number
  readonly dtype: 'float32' | 'float64'
  /** [size]; starts as zeros. */
  readonly mean: Float64Array
  /** [size]; the population variance, starts as ones. */
  readonly variance: Float64Array
  #count = START_COUNT
  readonly #nextMean: Float64Array
  readonly #nextVariance: Float64Array

  /** @throws RangeError when size is not an integer ≥ 1. */
  constructor(size = 1, dtype: 'float32' | 'float64' = 'float64') {
    checkInteger('RunningMeanStd: size', size)
    checkChoice('RunningMeanStd: dtype', dtype, ['float32', 'float64'])
    this.size = size
    this.dtype = dtype
    this.mean = new Float64Array(size)
    this.variance = new Float64Array(size).fill(1)
    this.#nextMean = new Float64Array(size)
    this.#nextVariance = new Float64Array(size)
  }

  /** Vectors seen, plus 1e-4. */
  get count(): number {
    return this.#count
  }

  /**
   * Takes in a batch; an empty one changes nothing.
   *
   * @param batch [B, size], flat.
   * @throws RangeError when its length is no multiple of size, or a statistic would not be finite;
   * the statistics are then as before.
   */
  update(batch: ArrayLike<number>): void {
    const rows = batch.length / this.size
    if (!Number.isInteger(rows)) {
      throw new RangeError(
        `RunningMeanStd: a batch of ${batch.length} numbers for vectors of ${this.size}; pass [B, ${this.size}]`,
      )
    }
    if (rows === 0) return
    const batchRound = batch instanceof Float32Array ? Math.fround : asIs
    const round = this.dtype === 'float32' ? Math.fround : asIs
    for (let k = 0; k < this.size; k++) this.#combine(batch, k, rows, batchRound, round)
    this.mean.set(this.#nextMean)
    this.variance.set(this.#nextVariance)
    this.#count += rows
  }

  /** Merges column k of the batch into the next statistics. */
  #combine(
    batch: ArrayLike<number>,
    k: number,
    rows: number,
    batchRound: (x: number) => number,
    round: (x: number) => number,
  ): void {
    const count = round(this.#count)
    const total = round(this.#count + rows)
    const batchMean = columnMean(batch, k, this.size, batchRound)
    const batchSquares = batchRound(
      columnVariance(batch, k, this.size, batchMean, batchRound) * rows,
    )
    const delta = round(batchMean - this.mean[k]!)
    const between = round(round(round(round(delta * delta) * count) * rows) / total)
    const squares = round(round(round(this.variance[k]! * count) + batchSquares) + between)
    const mean = round(this.mean[k]! + round(round(delta * rows) / total))
    const variance = round(squares / total)
    if (!Number.isFinite(mean) || !Number.isFinite(variance)) throw notFinite(batch, k, this.size)
    this.#nextMean[k] = mean
    this.#nextVariance[k] = variance
  }

  getState(): JsonObject {
    return {
      mean: Array.from(this.mean),
      variance: Array.from(this.variance),
      count: this.#count,
    }
  }

  /** @throws TypeError when `state` is not what `getState` of the same size returned. */
  setState(state: JsonObject): void {
    const mean = readNumbers(state, 'mean', this.size)
    const variance = readNumbers(state, 'variance', this.size)
    const count = readNumber(state, 'count')
    this.mean.set(mean)
    this.variance.set(variance)
    this.#count = count
  }
}

function asIs(x: number): number {
  return x
}

/** Mean of column k of a batch [B, size]. */
function columnMean(
  batch: ArrayLike<number>,
  k: number,
  size: number,
  round: (x: number) => number,
): number {
  let sum = 0
  for (let i = k; i < batch.length; i += size) sum = round(sum + batch[i]!)
  return round(sum / (batch.length / size))
}

/** Population variance of column k of a batch [B, size]. */
function columnVariance(
  batch: ArrayLike<number>,
  k: number,
  size: number,
  mean: number,
  round: (x: number) => number,
): number {
  let sum = 0
  for (let i = k; i < batch.length; i += size) {
    const deviation = round(batch[i]! - mean)
    sum = round(sum + round(deviation * deviation))
  }
  return round(sum / (batch.length / size))
}

function notFinite(batch: ArrayLike<number>, k: number, size: number): RangeError {
  const column = Array.from({ length: batch.length / size }, (_, i) => batch[i * size + k]!)
  const bad = column.find((x) => !Number.isFinite(x))
  const found = bad === undefined ? 'numbers too large to square' : String(bad)
  return new RangeError(
    `RunningMeanStd: the batch holds ${found} in column ${k}; pass finite numbers, clipped where they run off`,
  )
}
