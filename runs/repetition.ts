/** Rows of metrics as a run recorded them against the rows that come when it is repeated. */
import { jsonLine, type Metrics, type MetricsWriter } from '../src/logging/index.ts'
import { UsageError } from '../src/errors.ts'
import { messageOf } from './errors.ts'
import { eachRow, metricsPath, type MetricsRow, metricsRows, parseRow } from './metrics.ts'

/** Depends on the machine's speed. */
const NOT_COMPARED = 'charts/SPS'

export interface Difference {
  readonly step: number
  /** What differs: a metric, `row` where one has a row that the other has not, or `digest`. */
  readonly what: string
  readonly recorded: number | string | null
  readonly repeated: number | string | null
}

/** The rows of a run that are compared. */
export interface RecordedRows {
  readonly count: number
  /** Timestep of the last of them; 0 where there is none. */
  readonly lastStep: number
  /** One after the other, read as they are asked for. */
  readonly rows: Generator<MetricsRow, void>
}

/**
 * The rows of a run.
 *
 * @param untilStep later rows are left out
 * @throws UsageError if they cannot be read
 */
export function recordedRows(runDir: string, untilStep: number): RecordedRows {
  const path = metricsPath(runDir)
  let [count, lastStep] = [0, 0]
  try {
    const { badLines, isTorn } = eachRow(runDir, ({ step }) => {
      if (step > untilStep) return
      count++
      lastStep = step
    })
    if (badLines.length > 0 && !isTorn) throw new Error(`line ${badLines[0]!} holds no row`)
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${messageOf(error)}`, { cause: error })
  }
  return { count, lastStep, rows: rowsUntil(runDir, untilStep) }
}

function* rowsUntil(runDir: string, untilStep: number): Generator<MetricsRow, void> {
  for (const row of metricsRows(runDir)) if (row.step <= untilStep) yield row
}

/** A writer that compares each row with the recorded one, and ends with the first difference. */
export class Comparison implements MetricsWriter {
  readonly #rows: Generator<MetricsRow, void>
  readonly #onEnd: () => void
  #next: MetricsRow | undefined
  #compared = 0
  #difference: Difference | undefined

  /** @param onEnd called when all rows have come, or one differs */
  constructor(rows: Generator<MetricsRow, void>, onEnd: () => void) {
    this.#rows = rows
    this.#next = this.#rows.next().value ?? undefined
    this.#onEnd = onEnd
  }

  /** Rows that were the same. */
  get compared(): number {
    return this.#compared
  }

  get difference(): Difference | undefined {
    return this.#difference
  }

  write(globalStep: number, metrics: Metrics): void {
    if (this.#difference) return
    const recorded = this.#next
    if (!recorded) return
    const repeated = parseRow(jsonLine(globalStep, metrics))!
    this.#difference = firstDifference(recorded, repeated)
    if (!this.#difference) {
      this.#compared++
      this.#next = this.#rows.next().value ?? undefined
    }
    if (this.#difference ?? !this.#next) this.#onEnd()
  }

  close(): void {
    // nothing is open
  }

  /** After the last row: what was recorded and has not come. */
  missing(): Difference | undefined {
    const row = this.#next
    return row && { step: row.step, what: 'row', recorded: rowText(row), repeated: null }
  }
}

function firstDifference(recorded: MetricsRow, repeated: MetricsRow): Difference | undefined {
  if (recorded.step !== repeated.step || namesOf(recorded) !== namesOf(repeated)) {
    const step = Math.min(recorded.step, repeated.step)
    return { step, what: 'row', recorded: rowText(recorded), repeated: rowText(repeated) }
  }
  const [name, value] =
    Object.entries(recorded.metrics).find(
      ([each, metric]) => each !== NOT_COMPARED && metric !== repeated.metrics[each],
    ) ?? []
  if (name === undefined || value === undefined) return undefined
  return { step: recorded.step, what: name, recorded: value, repeated: repeated.metrics[name]! }
}

function namesOf({ metrics }: MetricsRow): string {
  return Object.keys(metrics).sort().join()
}

/** As the file has it. */
function rowText({ step, metrics }: MetricsRow): string {
  return JSON.stringify({ step, ...metrics })
}
