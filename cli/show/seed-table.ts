/** What came of several seeds, as a table for people. */
import type { RunSummary } from '../../runs/run.ts'
import type { SeedsSummary, SeedStatistics } from '../../runs/seeds/summary.ts'
import type { Seed } from '../../src/rng.ts'
import { meanText, returnText } from './lines.ts'

/** A line a seed, and those of the statistics if there are two scores. */
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
