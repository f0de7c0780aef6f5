/** What the report says of figures over seeds, and of the difference between two sets of them. */
import { statisticsOf } from '../../../runs/seeds/summary.ts'
import {
  bootstrapInterval,
  interquartileMean,
  type Interval,
  percentile,
  type Scores,
} from '../../../src/training/index.ts'

export interface Estimate extends Interval {
  readonly value: number
}

/** The interquartile mean over seeds with its 95 % bootstrap interval, as `wn-rl train --seeds` prints it. */
export function estimate(values: readonly number[]): Estimate {
  const { interquartileMean: value, low, high } = statisticsOf(values)
  return { value: value!, low: low!, high: high! }
}

/** Over runs and tasks; runs are drawn anew for each task. */
export function estimateOverTasks(scores: Scores): Estimate {
  const { low, high } = bootstrapInterval(scores, { seed: 'results' })
  return { value: interquartileMean(scores.flat()), low, high }
}

/** Of two interquartile means, of runs that are not paired: both are resampled, each by itself. */
export function difference(of: readonly number[], other: readonly number[]): Estimate {
  const [a, b] = [of, other].map((values, i) =>
    bootstrapInterval(
      values.map((value) => [value]),
      { seed: `difference/${i}` },
    ),
  )
  const resampled = a!.resampled.map((value, i) => value - b!.resampled[i]!)
  return {
    value: interquartileMean(of) - interquartileMean(other),
    low: percentile(resampled, 0.025),
    high: percentile(resampled, 0.975),
  }
}

/** Where an interval lies. */
export function sideOf({ low, high }: Interval): 'above 0' | 'below 0' | 'around 0' {
  if (low > 0) return 'above 0'
  return high < 0 ? 'below 0' : 'around 0'
}
