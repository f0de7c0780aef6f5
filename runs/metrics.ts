/** metrics.jsonl, read again: one JSON object a line, `step` and the metrics of that moment. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'

/** One row of metrics.jsonl; metrics that were not finite are missing. */
export interface MetricsRow {
  /** Environment timesteps. */
  readonly step: number
  readonly metrics: Readonly<Record<string, number>>
}

/** What there is to read, and what is not. */
export interface MetricsFile {
  readonly rows: readonly MetricsRow[]
  /** Numbers, from 1, of the lines that hold no row. */
  readonly badLines: readonly number[]
  /** Whether the only such line is the last one, cut off where its writer was stopped. */
  readonly isTorn: boolean
}

const rowSchema = z.looseObject({ step: z.number().nonnegative() })

/** Where a run's rows are. */
export function metricsPath(runDir: string): string {
  return join(runDir, 'metrics.jsonl')
}

/**
 * The rows of a run, in the order in which they were written.
 *
 * @throws Error of the system where the file cannot be read
 */
export async function readMetrics(runDir: string): Promise<MetricsFile> {
  const lines = (await readFile(metricsPath(runDir), 'utf8')).split('\n')
  const rows: MetricsRow[] = []
  const badLines: number[] = []
  for (const [i, line] of lines.entries()) {
    if (line === '') continue
    const row = parseRow(line)
    if (row) rows.push(row)
    else badLines.push(i + 1)
  }
  return { rows, badLines, isTorn: badLines.length === 1 && badLines[0] === lines.length }
}

/** @returns undefined for a line that holds no row */
export function parseRow(line: string): MetricsRow | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  const row = rowSchema.safeParse(value)
  if (!row.success) return undefined
  const { step, ...rest } = row.data
  const metrics = Object.entries(rest).filter(([, metric]) => typeof metric === 'number')
  return { step, metrics: Object.fromEntries(metrics) as Record<string, number> }
}
