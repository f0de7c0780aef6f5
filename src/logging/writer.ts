/** Where metrics go: an interface, and the text formats as pure functions. */

/** Metrics by CleanRL's names, such as `charts/episodic_return`. */
export type Metrics = Readonly<Record<string, number>>

export interface MetricsWriter {
  /** One row. @param globalStep environment timesteps so far */
  write(globalStep: number, metrics: Metrics): void
  /** Writes out what is buffered. */
  close(): void
}

/** `{"step":1000,"charts/SPS":5000}`; JSON has no NaN or infinity, so they become null. */
export function jsonLine(globalStep: number, metrics: Metrics): string {
  return JSON.stringify({ step: globalStep, ...metrics }) + '\n'
}

/** The header of progress.csv. */
export function csvHeader(columns: readonly string[]): string {
  return ['step', ...columns].join(',') + '\n'
}

/**
 * A row of progress.csv: empty where a column has no value.
 *
 * @throws RangeError for a metric that is not a column, which would be lost
 */
export function csvRow(columns: readonly string[], globalStep: number, metrics: Metrics): string {
  const unknown = Object.keys(metrics).find((name) => !columns.includes(name))
  if (unknown !== undefined)
    throw new RangeError(`metric "${unknown}" is not a column of progress.csv; declare it`)
  return [globalStep, ...columns.map((column) => metrics[column] ?? '')].join(',') + '\n'
}
