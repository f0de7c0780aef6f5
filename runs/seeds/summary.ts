/** What comes out of a training over several seeds: per-seed results, their mean, interquartile mean and interval. */
import type { Seed } from '../../src/rng.ts'
import { bootstrapInterval, interquartileMean, mean } from '../../src/training/index.ts'
import { meanText, returnText } from '../../cli/show/lines.ts'
import type { RunSummary } from '../start.ts'
import { isFailure, type SeedFailure, type SeedOutcome } from './train.ts'

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

/** The same as lines. */
export function seedsTable({ seeds, runs, failures, summary }: SeedsSummary): string[] {
  const results = new Map<Seed, string>([
    ...runs.map((run) => [run.seed, runRow(run)] as const),
    ...failures.map(
      ({ seed, error }) => [seed, row(String(seed), 'failed', `  ${error}`)] as const,
    ),
  ])
  return [
    row('seed', 'best', 'final', 'seconds', '  digest'),
    ...seeds.map((seed) => results.get(seed) ?? row(String(seed), 'not run')),
    ...(runs.filter(({ finalEvaluation }) => finalEvaluation).length < 2
      ? []
      : statisticsRows(summary)),
  ]
}

export function statisticsOf(scores: readonly number[]): SeedStatistics {
  if (scores.length === 0) return { mean: null, interquartileMean: null, low: null, high: null }
  const { low, high } = bootstrapInterval(
    scores.map((score) => [score]),
    { seed: BOOTSTRAP_SEED },
  )
  return { mean: mean(scores), interquartileMean: interquartileMean(scores), low, high }
}

function runRow({
  seed,
  evaluation,
  finalEvaluation,
  wallSeconds,
  digest,
  interrupted,
}: RunSummary) {
  const note = interrupted ? '  interrupted' : ''
  const [best, final] = [meanText(evaluation), meanText(finalEvaluation)]
  return row(String(seed), best, final, wallSeconds.toFixed(1), `  ${digest.slice(0, 12)}${note}`)
}

/** @param cells the first four are set flush right, a fifth or a text that begins with a space as it is */
function row(...cells: readonly string[]): string {
  const widths = [5, 8, 8, 9]
  return cells.map((cell, i) => (cell.startsWith(' ') ? cell : cell.padStart(widths[i]!))).join('')
}

function statisticsRows({ evaluation, finalEvaluation }: SeedsSummary['summary']): string[] {
  const both = [evaluation, finalEvaluation]
  const rowOf = (name: string, value: (one: SeedStatistics) => number | null) =>
    row(name, ...both.map((one) => returnText(value(one))))
  return [
    rowOf('mean', (one) => one.mean),
    rowOf('IQM', (one) => one.interquartileMean),
    rowOf('from', (one) => one.low),
    rowOf('to', (one) => one.high),
    'IQM: interquartile mean, with its 95 % bootstrap interval',
  ]
}
