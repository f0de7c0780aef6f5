/**
 * Statistics of results over seeds and tasks: the interquartile mean and its stratified bootstrap interval (Agarwal et
 * al. 2021, "Deep Reinforcement Learning at the Edge of the Statistical Precipice"), and the explained variance of a
 * value function. Everything in double precision. Running means and variances: `RunningMeanStd` of gymnasium-js.
 */
import { type RandomSource, Rng, type Seed } from '../rng.ts'

/** [runs][tasks] */
export type Scores = readonly (readonly number[])[]

export interface Interval {
  readonly low: number
  readonly high: number
}

export interface BootstrapOptions {
  /** Of the resamples; a source may be given instead, which is asked for each run of each resample, task by task. */
  readonly seed?: Seed | RandomSource
  /** 2,000 unless told. */
  readonly resamples?: number
  /** Share of the resamples inside the interval, below 1; 0.95 unless told. */
  readonly confidence?: number
  /** Of all scores of a resample; the interquartile mean unless told. */
  readonly statistic?: (values: readonly number[]) => number
}

/** Σ values / n; NaN of none. */
export function mean(values: readonly number[] | Float64Array): number {
  let sum = 0
  for (const value of values) sum += value
  return sum / values.length
}

/** Mean of what remains when ⌊n/4⌋ values are cut from either end; of fewer than four values the mean. */
export function interquartileMean(values: readonly number[]): number {
  const sorted = ascending(values)
  const cut = Math.floor(sorted.length / 4)
  return mean(sorted.subarray(cut, sorted.length - cut))
}

/**
 * Between the two values around position p (n − 1) of the sorted values, in proportion.
 *
 * @param p from 0, the least value, to 1, the greatest
 * @throws RangeError for a p outside, or no values
 */
export function percentile(values: readonly number[], p: number): number {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`p: ${p} is not from 0 to 1`)
  if (values.length === 0) throw new RangeError('values: there are none; give at least one')
  const sorted = ascending(values)
  const position = p * (sorted.length - 1)
  const below = Math.floor(position)
  const [low, high] = [sorted[below]!, sorted[Math.ceil(position)]!]
  return low + (high - low) * (position - below)
}

/**
 * The percentile bootstrap interval of a statistic over runs. Runs are drawn anew for every task (stratified), so that
 * each resample has every task as often as the scores have.
 *
 * @returns the interval, and the statistic of every resample [resamples]
 * @throws RangeError for scores that are no table, or options out of range
 * @example
 * bootstrapInterval([[200], [190], [35]], { seed: 1 }) // three seeds of one task
 */
export function bootstrapInterval(
  scores: Scores,
  options: BootstrapOptions = {},
): Interval & { readonly resampled: readonly number[] } {
  const { seed = 0, resamples = 2000, confidence = 0.95, statistic = interquartileMean } = options
  checkTable(scores)
  if (!Number.isSafeInteger(resamples) || resamples < 1)
    throw new RangeError(`resamples: ${resamples} is not a positive whole number`)
  if (!(confidence > 0 && confidence < 1))
    throw new RangeError(`confidence: ${confidence} is not between 0 and 1; 0.95 is usual`)
  const source = typeof seed === 'object' ? seed : new Rng(seed)
  const resampled = Array.from({ length: resamples }, () => statistic(resample(scores, source)))
  const outside = (1 - confidence) / 2
  return {
    low: percentile(resampled, outside),
    high: percentile(resampled, 1 - outside),
    resampled,
  }
}

/**
 * 1 − Var(returns − values) / Var(returns): 1 for a value function that is right up to a constant, 0 for one that is
 * no better than a constant.
 *
 * @param values [N] predicted
 * @param returns [N]
 * @returns NaN where the returns do not vary
 * @throws RangeError if there is not one value for each return
 */
export function explainedVariance(values: ArrayLike<number>, returns: ArrayLike<number>): number {
  if (values.length !== returns.length)
    throw new RangeError(`values: ${values.length} for ${returns.length} returns; give as many`)
  const residuals = Array.from(returns, (value, i) => value - values[i]!)
  const total = variance(Array.from(returns))
  return total === 0 ? Number.NaN : 1 - variance(residuals) / total
}

/** The explained variance as a metric; none where there is nothing to explain. */
export function explained(
  values: ArrayLike<number>,
  returns: ArrayLike<number>,
): Readonly<Record<string, number>> {
  const share = explainedVariance(values, returns)
  return Number.isNaN(share) ? {} : { 'losses/explained_variance': share }
}

/** Population variance. */
function variance(values: readonly number[]): number {
  const center = mean(values)
  return mean(values.map((value) => (value - center) ** 2))
}

/** Typed arrays are sorted as numbers, without calling back for every comparison. */
function ascending(values: readonly number[]): Float64Array {
  return new Float64Array(values).sort()
}

/** As many runs as there are, drawn with replacement, for each task by itself. */
function resample(scores: Scores, source: RandomSource): number[] {
  const drawn: number[] = []
  for (const run of scores)
    for (let task = 0; task < run.length; task++)
      drawn.push(scores[source.randInt(0, scores.length)]![task]!)
  return drawn
}

function checkTable(scores: Scores): void {
  const tasks = scores[0]?.length ?? 0
  if (tasks === 0) throw new RangeError('scores: there are none; give [runs][tasks]')
  const uneven = scores.findIndex((run) => run.length !== tasks)
  if (uneven >= 0)
    throw new RangeError(
      `scores: run ${uneven} has ${scores[uneven]!.length} tasks and run 0 has ${tasks}; give every run all tasks`,
    )
}
