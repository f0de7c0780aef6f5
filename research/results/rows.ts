/** A finished run in numbers: a row of `SUITE.csv`, and its learning curves in `SUITE-curves.csv`. */
import * as z from 'zod'

/** An empty cell: there is no such figure. */
const figure = z.union([z.literal('').transform(() => null), z.coerce.number()])

/** The columns, in their order. Returns are undiscounted; figures without a value are empty. */
export const rowSchema = z.strictObject({
  suite: z.string(),
  run: z.string().min(1),
  agent: z.string(),
  env: z.string(),
  part: z.enum(['search', 'final']),
  variant: z.string(),
  normalization: z.string(),
  seed: z.coerce.number(),
  learning_rate: z.coerce.number(),
  timesteps: z.coerce.number(),
  /** `diverged`: something was not finite, and training stopped there. */
  outcome: z.enum(['done', 'diverged']),
  /** Mean greedy return of the best model of the periodic evaluations, on fresh episodes. */
  best: figure,
  /** Of the final model, on the same episodes. */
  final: figure,
  /** Mean return of the last 100 training episodes. */
  training: figure,
  /** Mean of all periodic greedy evaluations: the area under the learning curve, per timestep. */
  evaluations: figure,
  /** Mean of norm/statistics_noise, in units of the values. */
  statistics_noise: figure,
  wall_seconds: z.coerce.number(),
  digest: z.string(),
  /** Fingerprint of the options: a row counts as long as it is that of the suite's job. */
  settings: z.string(),
  commit: z.string(),
  machine: z.string(),
})

export type ResultRow = z.output<typeof rowSchema>

/** The figures of a row that tables show. */
export type FigureName = 'best' | 'final' | 'training' | 'evaluations' | 'statistics_noise'

/** A metric of a run, thinned: means over windows of `every` timesteps, the first from timestep 0. */
export interface CurveRow {
  readonly run: string
  readonly metric: string
  readonly every: number
  /** NaN where a window has no value. */
  readonly values: readonly number[]
}

const CURVE_COLUMNS = ['run', 'metric', 'every', 'values']

export function rowsToCsv(rows: readonly ResultRow[]): string {
  const columns = Object.keys(rowSchema.shape) as (keyof ResultRow)[]
  return csv([columns, ...rows.map((row) => columns.map((column) => String(row[column] ?? '')))])
}

/** @throws Error naming the file, line and column that is not as it should be */
export function rowsFromCsv(text: string, path: string): ResultRow[] {
  const [head = [], ...lines] = cells(text)
  return lines.map((line, i) => {
    const parsed = rowSchema.safeParse(Object.fromEntries(head.map((name, j) => [name, line[j]])))
    if (parsed.success) return parsed.data
    const { path: column, message } = parsed.error.issues[0]!
    throw new Error(`${path}, line ${i + 2}: ${column.join('.')}: ${message}; mend or remove it`)
  })
}

export function curvesToCsv(curves: readonly CurveRow[]): string {
  const text = (value: number) => (Number.isNaN(value) ? '-' : String(value))
  return csv([
    CURVE_COLUMNS,
    ...curves.map(({ run, metric, every, values }) => [
      ...[run, metric, String(every)],
      values.map(text).join(' '),
    ]),
  ])
}

/** @throws Error naming the file and line that is no curve */
export function curvesFromCsv(text: string, path: string): CurveRow[] {
  return cells(text)
    .slice(1)
    .map(([run, metric, every, values], i) => {
      const numbers = values
        ?.split(' ')
        .map((value) => (value === '-' ? Number.NaN : Number(value)))
      if (run && metric && Number(every) > 0 && numbers)
        return { run, metric, every: Number(every), values: numbers }
      throw new Error(`${path}, line ${i + 2} is no curve; mend or remove it`)
    })
}

/** Means over windows; as many decimals as curves are drawn with. @param points some stand for `weight` values */
export function thinned(
  points: readonly { readonly step: number; readonly value: number; readonly weight?: number }[],
  every: number,
  totalTimesteps: number,
): number[] {
  const windows = Math.ceil(totalTimesteps / every)
  const sums = new Float64Array(windows)
  const counts = new Float64Array(windows)
  for (const { step, value, weight = 1 } of points) {
    const window = Math.min(windows - 1, Math.max(0, Math.ceil(step / every) - 1))
    sums[window] = sums[window]! + weight * value
    counts[window] = counts[window]! + weight
  }
  return Array.from(sums, (sum, i) => {
    const count = counts[i]!
    return count === 0 ? NaN : Number((sum / count).toFixed(2))
  })
}

/** Nothing that is written here needs quotes, and what would is refused. */
function csv(lines: readonly (readonly string[])[]): string {
  for (const cell of lines.flat())
    if (/[,"\n]/.test(cell)) throw new Error(`a cell of a CSV file is ${JSON.stringify(cell)}`)
  return lines.map((line) => `${line.join(',')}\n`).join('')
}

function cells(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(','))
}
