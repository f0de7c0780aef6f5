/** metrics.jsonl, read again: one JSON object a line, `step` and the metrics of that moment. */
import { join } from 'node:path'
import { isEnded, linesOf } from './lines.ts'

/** One row of metrics.jsonl; metrics that were not finite are missing. */
export interface MetricsRow {
  /** Environment timesteps. */
  readonly step: number
  readonly metrics: Readonly<Record<string, number>>
}

/** What there is to read, and what is not. */
export interface MetricsFile {
  readonly rows: readonly MetricsRow[]
  /** Numbers, from 1, of the lines that hold no row; the first hundred of them. */
  readonly badLines: readonly number[]
  /** How many lines hold no row. */
  readonly badLineCount: number
  /** Whether the only such line is the last one, cut off where its writer was stopped. */
  readonly isTorn: boolean
}

/** Rows of ended episodes: the mean of so many as the second says, one unless it does. */
export const EPISODE_RETURN = 'charts/episodic_return'
export const EPISODE_COUNT = 'charts/episodes'
/** Rows of periodic evaluations. */
export const EVALUATION_RETURN = 'eval/mean_return'

/** Lines that are named. */
const MAX_BAD_LINES = 100
/** Rows that are held in memory at once, some 2 GB. */
const MAX_ROWS = 5_000_000

/** Where a run's rows are. */
export function metricsPath(runDir: string): string {
  return join(runDir, 'metrics.jsonl')
}

/**
 * The rows of a run, in the order in which they were written.
 *
 * @throws FileError naming the file where it cannot be read; RangeError for more than 5,000,000 rows, which
 *   `metricsRows` gives one after the other
 */
// eslint-disable-next-line @typescript-eslint/require-await -- what it throws is to be a rejection
export async function readMetrics(runDir: string): Promise<MetricsFile> {
  const rows: MetricsRow[] = []
  const outcome = eachRow(runDir, (row) => {
    if (rows.length === MAX_ROWS)
      throw new RangeError(
        `${metricsPath(runDir)} has more than ${MAX_ROWS} rows; take them from metricsRows, one after the other`,
      )
    rows.push(row)
  })
  return { rows, ...outcome }
}

/**
 * The rows of a run, one after the other: a file of any size is read in pieces. Lines that hold no row are passed over.
 *
 * @throws FileError naming the file where it cannot be read
 * @example
 * for (const { step, metrics } of metricsRows('runs/mine')) console.log(step, metrics['losses/td_loss'])
 */
export function* metricsRows(runDir: string): Generator<MetricsRow, void> {
  for (const line of linesOf(metricsPath(runDir))) {
    const row = line === undefined ? undefined : parseRow(line)
    if (row) yield row
  }
}

/**
 * Goes through the rows of a run.
 *
 * @returns which lines hold no row
 * @throws FileError naming the file where it cannot be read
 */
export function eachRow(
  runDir: string,
  take: (row: MetricsRow) => void,
): Omit<MetricsFile, 'rows'> {
  const path = metricsPath(runDir)
  const badLines: number[] = []
  let badLineCount = 0
  let number = 0
  for (const line of linesOf(path)) {
    number++
    if (line === '') continue
    const row = line === undefined ? undefined : parseRow(line)
    if (row) take(row)
    else if (++badLineCount <= MAX_BAD_LINES) badLines.push(number)
  }
  const isTorn = badLineCount === 1 && badLines[0] === number && !isEnded(path)
  return { badLines, badLineCount, isTorn }
}

/** @returns undefined for a line that holds no row */
export function parseRow(line: string): MetricsRow | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const metrics: Record<string, number> = {}
  let step: unknown
  for (const [name, metric] of Object.entries(value)) {
    if (name === 'step') step = metric
    else if (typeof metric === 'number') metrics[name] = metric
  }
  return typeof step === 'number' && step >= 0 ? { step, metrics } : undefined
}

/** A metric at a timestep. */
export interface MetricPoint {
  readonly step: number
  readonly value: number
  /** Episodes that it is the mean of; 1 for other metrics, which have one value a row. */
  readonly weight: number
}

/** The rows that have a metric. */
export function pointsOf(rows: readonly MetricsRow[], metric: string): MetricPoint[] {
  const isOfEpisodes = metric.startsWith('charts/episodic_')
  return rows.flatMap(({ step, metrics }) => {
    const value = metrics[metric]
    if (value === undefined) return []
    return { step, value, weight: isOfEpisodes ? (metrics[EPISODE_COUNT] ?? 1) : 1 }
  })
}

/** Their mean, over all the episodes that they stand for; NaN of none. */
export function meanOfPoints(points: readonly MetricPoint[]): number {
  const all = points.reduce((sum, { weight }) => sum + weight, 0)
  return points.reduce((sum, { value, weight }) => sum + weight * value, 0) / all
}
