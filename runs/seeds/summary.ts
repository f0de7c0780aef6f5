/** What comes out of a training over several seeds: per-seed results, their mean, interquartile mean and interval. */
import type { Seed } from '../../src/rng.ts'
import { bootstrapInterval, interquartileMean, mean } from '../../src/training/index.ts'
import type { RunSummary } from '../run.ts'
import { isFailure, type SeedFailure, type SeedOutcome } from './outcome.ts'

/** Over the seeds that were trained; null where there is none. */
export interface SeedStatistics {
  readonly mean: number | null
  readonly interquartileMean: number | null
  /** Of the interquartile mean: 95 % bootstrap, 2,000 resamples. */
  readonly low: number | null
  readonly high: number | null
}

/** The JSON of a training over several seeds. */
export interface SeedsSummary {
  readonly agent: string
  readonly env: string
  readonly seeds: readonly Seed[]
  readonly runs: readonly RunSummary[]
  readonly failures: readonly SeedFailure[]
  readonly summary: {
    /** Of the best models' greedy returns. */
    readonly evaluation: SeedStatistics
    /** Of the final models'. */
    readonly finalEvaluation: SeedStatistics
  }
}

/** The bootstrap draws from a seed of its own, so that the same scores have the same interval. */
const BOOTSTRAP_SEED = 'seeds'

export function summarizeSeeds(
  { agent, env, seeds }: Pick<SeedsSummary, 'agent' | 'env' | 'seeds'>,
  outcomes: readonly SeedOutcome[],
): SeedsSummary {
  const runs = outcomes.filter((outcome): outcome is RunSummary => !isFailure(outcome))
  return {
    agent,
    env,
    seeds,
    runs,
    failures: outcomes.filter(isFailure),
    summary: {
      evaluation: statisticsOf(runs.flatMap(({ evaluation }) => evaluation?.mean ?? [])),
      finalEvaluation: statisticsOf(
        runs.flatMap(({ finalEvaluation }) => finalEvaluation?.mean ?? []),
      ),
    },
  }
}

export function statisticsOf(scores: readonly number[]): SeedStatistics {
  if (scores.length === 0) return { mean: null, interquartileMean: null, low: null, high: null }
  const { low, high } = bootstrapInterval(
    scores.map((score) => [score]),
    { seed: BOOTSTRAP_SEED },
  )
  return { mean: mean(scores), interquartileMean: interquartileMean(scores), low, high }
}
