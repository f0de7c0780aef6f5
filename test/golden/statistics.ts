/** Replays the recorded statistics of results over seeds and tasks. */
import { expect } from 'vitest'
import { RunningMeanStd } from 'gymnasium-js/wrappers'
import * as z from 'zod'
import type { RandomSource } from '../../src/rng.ts'
import {
  bootstrapInterval,
  explainedVariance,
  interquartileMean,
  mean,
  percentile,
} from '../../src/training/statistics.ts'
import type { GoldenCase } from './nn-golden.ts'

const rows = z.array(z.array(z.number()))

/** What to do with a recorded case, by its kind. */
export const replayStatistics = {
  iqm(recorded: GoldenCase): void {
    const scores = recorded.inputs('scores', rows).flat()
    recorded.checkDouble({
      iqm: interquartileMean(scores),
      mean: mean(scores),
      median: percentile(scores, 0.5),
    })
  },

  bootstrap_iqm(recorded: GoldenCase): void {
    const scores = recorded.inputs('scores', rows)
    const { confidence } = recorded.hyper(z.strictObject({ confidence: z.number() }))
    const index = recorded.input('index')
    const { low, high, resampled } = bootstrapInterval(scores, {
      seed: replaying(index.data, scores.length),
      resamples: index.shape[0]!,
      confidence,
    })
    recorded.checkDouble({ iqm: interquartileMean(scores.flat()), low, high, resampled })
  },

  running_mean_var(recorded: GoldenCase): void {
    const vector = z.array(z.number())
    const start = z.strictObject({ mean: vector, var: vector, count: z.number() })
    const hyper = recorded.hyper(z.strictObject({ start }))
    const statistics = new RunningMeanStd(hyper.start.mean.length)
    const { mean, var: variance, count } = hyper.start
    statistics.setState({ mean, variance, count })
    const after = recorded.inputs('batches', z.array(rows)).map((batch) => {
      statistics.update(batch.flat())
      const { mean, variance, count } = statistics
      return { mean: [...mean], var: [...variance], count }
    })
    recorded.checkDouble({ after })
  },

  explained_variance(recorded: GoldenCase): void {
    const [values, returns] = [recorded.input('values').data, recorded.input('returns').data]
    recorded.checkDouble({ explainedVariance: explainedVariance(values, returns) })
  },
}

/** Hands out recorded draws, and fails where something else is asked for. */
function replaying(draws: Float64Array, runs: number): RandomSource {
  let next = 0
  return {
    random: () => expect.fail('only indices are recorded'),
    randInt(lo, hi) {
      expect([lo, hi]).toEqual([0, runs])
      return draws[next++]!
    },
  }
}
