/** Learning curves: from the rows of several runs to a line, its interval and evaluations, per agent × environment. */
import { RUN_OPTIONS } from '../configs/schema.ts'
import { bootstrapInterval, interquartileMean, mean } from '../src/training/index.ts'
import { optionsOf, type RunConfig } from './config.ts'
import { groupBy } from './group-by.ts'
import { meanOfPoints, type MetricsRow, pointsOf } from './metrics.ts'
import type { RunFiles } from './read.ts'

export interface CurvePoint {
  /** Timesteps. */
  readonly step: number
  readonly value: number
  /** 95 % bootstrap interval over the seeds. */
  readonly low: number
  readonly high: number
}

export interface Curve {
  readonly env: string
  /** The agent, and what sets its options apart from those of the other curves: `dqn, doubleQ=true`. */
  readonly label: string
  readonly seeds: number
  /** As far as every seed has data. */
  readonly points: readonly CurvePoint[]
  /** Greedy evaluations, over the seeds; as far as every seed has them. */
  readonly evaluations: readonly Pick<CurvePoint, 'step' | 'value'>[]
}

export interface Curves {
  readonly curves: readonly Curve[]
  /** Timesteps that each point is the mean over. */
  readonly window: number
  /** What was left out, and why. */
  readonly notes: readonly string[]
}

export const STATISTICS = { mean, iqm: interquartileMean } as const

export interface CurveOptions {
  readonly metric: string
  readonly statistic: keyof typeof STATISTICS
  /** Timesteps; of the longest run a fiftieth, rounded, unless told. */
  readonly window?: number | undefined
}

/** A run that has the metric. */
interface Series {
  readonly config: RunConfig
  readonly runDir: string
  /** Those that have the metric or its evaluation. */
  readonly rows: readonly MetricsRow[]
  /** Timestep of the last row of any kind. */
  readonly end: number
}

/** Points of a curve. */
const POINTS = 200
const RESAMPLES = 500
/** One seed for all points: neighbours are resampled alike, and the band is smooth. */
const BOOTSTRAP_SEED = 'curves'
/** Metrics whose greedy counterpart is drawn too. */
const EVALUATIONS: Readonly<Record<string, string>> = {
  'charts/episodic_return': 'eval/mean_return',
  'charts/episodic_length': 'eval/mean_length',
}
/** Options of a run, but not of what is learned in it. */
const NOT_VARIANTS = new Set(
  RUN_OPTIONS.filter((name) => !['totalTimesteps', 'envKwargs'].includes(name)),
)

export function learningCurves(runs: readonly RunFiles[], options: CurveOptions): Curves {
  const notes: string[] = []
  const series = runs.flatMap((run) => seriesOf(run, options.metric, notes))
  const lastStep = Math.max(0, ...series.map(({ end }) => end))
  const window = options.window ?? Math.max(1, roundNumber(lastStep / 50))
  const groups = [...groupBy(series, ({ config }) => groupKey(config)).values()]
  const labels = labelsOf(groups.map(([first]) => first!.config))
  const curves = groups.map((group, i) =>
    curveOf(labels[i]!, oneOfEachSeed(group, notes), lastStep, { ...options, window }),
  )
  return { curves, window, notes }
}

/** 1, 2 or 5 times a power of ten, at most `value`. */
export function roundNumber(value: number): number {
  if (value <= 1) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  return [5, 2, 1].find((digit) => digit * power <= value)! * power
}

function seriesOf(run: RunFiles, metric: string, notes: string[]): Series[] {
  notes.push(...run.problems.map((problem) => `${run.runDir}: ${problem}`))
  const { config, runDir } = run
  const rows = run.rows.filter(({ metrics }) => metric in metrics)
  if (!config) return []
  if (rows.length === 0) {
    const known = new Set(run.rows.flatMap(({ metrics }) => Object.keys(metrics)))
    notes.push(`${runDir}: no ${metric} (it has: ${[...known].sort().join(', ') || 'nothing'})`)
    return []
  }
  const evaluation = EVALUATIONS[metric]
  const wanted = ({ metrics }: MetricsRow) =>
    metric in metrics || (evaluation !== undefined && evaluation in metrics)
  return [{ config, runDir, rows: run.rows.filter(wanted), end: run.rows.at(-1)!.step }]
}

/** Runs of the same key differ by their seed only. */
function groupKey(config: RunConfig): string {
  return JSON.stringify([config.env, config.agent, variantOf(config)])
}

function variantOf(config: RunConfig): [string, unknown][] {
  return Object.entries(optionsOf(config))
    .filter(([name]) => !NOT_VARIANTS.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
}

/** Agents' names; where an agent plays an environment with several sets of options, the options that differ too. */
function labelsOf(configs: readonly RunConfig[]): string[] {
  return configs.map((config) => {
    const rivals = configs.filter(({ agent, env }) => agent === config.agent && env === config.env)
    const differing = variantOf(config).filter(([name, value]) =>
      rivals.some((rival) => JSON.stringify(rival[name]) !== JSON.stringify(value)),
    )
    const options = differing.map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    return [config.agent, ...options].join(', ')
  })
}

/** The same seed again would count as another one and narrow the interval. */
function oneOfEachSeed(group: readonly Series[], notes: string[]): Series[] {
  const bySeed = new Map<unknown, Series>()
  for (const one of group) {
    const before = bySeed.get(one.config.seed)
    if (before)
      notes.push(`${before.runDir}: left out, ${one.runDir} has the same seed and options`)
    bySeed.set(one.config.seed, one)
  }
  const ends = [...bySeed.values()].map(({ end }) => end)
  for (const [i, { runDir, config }] of [...bySeed.values()].entries())
    if (ends[i]! < 0.9 * Math.max(...ends))
      notes.push(`${runDir}: ends at ${ends[i]!}, and so does the curve of ${config.agent}`)
  return [...bySeed.values()]
}

function curveOf(
  label: string,
  group: readonly Series[],
  lastStep: number,
  { metric, statistic, window }: CurveOptions & { readonly window: number },
): Curve {
  const grid = Array.from({ length: POINTS }, (_, i) => Math.round((lastStep * (i + 1)) / POINTS))
  const smooth = group.map((one) => smoothed(one, metric, grid, window))
  const points = grid.flatMap((step, i) => {
    const values = smooth.map((one) => one[i])
    return values.every((value) => value !== undefined)
      ? [{ step, ...statisticOf(values, statistic) }]
      : []
  })
  const { env } = group[0]!.config
  return {
    env,
    label,
    seeds: group.length,
    points,
    evaluations: evaluated(group, metric, statistic),
  }
}

/**
 * The mean of a metric over the `window` timesteps up to each step of the grid. Where no row falls into one, as in
 * long episodes, the value before holds; before the first row and after the run's end there is none.
 */
function smoothed(
  { rows, end }: Series,
  metric: string,
  grid: readonly number[],
  window: number,
): (number | undefined)[] {
  const points = pointsOf(rows, metric)
  let value: number | undefined
  let [from, to] = [0, 0]
  return grid.map((step) => {
    while (to < points.length && points[to]!.step <= step) to++
    while (from < to && points[from]!.step <= step - window) from++
    if (to > from) value = meanOfPoints(points.slice(from, to))
    return step > end ? undefined : value
  })
}

function statisticOf(values: readonly number[], statistic: keyof typeof STATISTICS) {
  const { low, high } = bootstrapInterval(
    values.map((value) => [value]),
    { seed: BOOTSTRAP_SEED, resamples: RESAMPLES, statistic: STATISTICS[statistic] },
  )
  return { value: STATISTICS[statistic](values), low, high }
}

/** At every timestep at which all seeds were evaluated. */
function evaluated(
  group: readonly Series[],
  metric: string,
  statistic: keyof typeof STATISTICS,
): Curve['evaluations'] {
  const name = EVALUATIONS[metric]
  if (name === undefined) return []
  const values = group.flatMap(({ rows }) =>
    rows.flatMap(({ step, metrics }) => {
      const value = metrics[name]
      return value === undefined ? [] : { step, value }
    }),
  )
  return [...groupBy(values, ({ step }) => step)]
    .filter(([, all]) => all.length === group.length)
    .map(([step, all]) => ({ step, value: STATISTICS[statistic](all.map(({ value }) => value)) }))
    .sort((a, b) => a.step - b.step)
}
