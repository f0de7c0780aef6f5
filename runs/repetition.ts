/** Rows of metrics as a run recorded them against the rows that come when it is repeated. */
import { jsonLine, type Metrics, type MetricsWriter } from '../src/logging/index.ts'
import { UsageError } from '../src/errors.ts'
import { messageOf } from './errors.ts'
import { metricsPath, type MetricsRow, parseRow, readMetrics } from './metrics.ts'

/** Depends on the machine's speed. */
const NOT_COMPARED = 'charts/SPS'

export interface Difference {
  readonly step: number
  /** What differs: a metric, `row` where one has a row that the other has not, or `digest`. */
  readonly what: string
  readonly recorded: number | string | null
  readonly repeated: number | string | null
}

/**
 * The rows of a run.
 *
 * @param untilStep later rows are left out
 * @throws UsageError if they cannot be read
 */
export async function readRows(runDir: string, untilStep: number): Promise<readonly MetricsRow[]> {
  const path = metricsPath(runDir)
  const { rows, badLines, isTorn } = await readMetrics(runDir).catch((error: unknown) => {
    throw new UsageError(`${path} cannot be read: ${messageOf(error)}`, { cause: error })
  })
  if (badLines.length > 0 && !isTorn)
    throw new UsageError(`${path} cannot be read: line ${badLines[0]!} holds no row`)
  return rows.filter(({ step }) => step <= untilStep)
}

/** A writer that compares each row with the recorded one, and ends with the first difference. */
export class Comparison implements MetricsWriter {
  readonly #rows: readonly MetricsRow[]
  readonly #onEnd: () => void
  #compared = 0
  #difference: Difference | undefined

  /** @param onEnd called when all rows have come, or one differs */
  constructor(rows: readonly MetricsRow[], onEnd: () => void) {
    this.#rows = rows
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
    const recorded = this.#rows[this.#compared]
    if (!recorded) return
    const repeated = parseRow(jsonLine(globalStep, metrics))!
    this.#difference = firstDifference(recorded, repeated)
    if (!this.#difference) this.#compared++
    if (this.#difference ?? this.#compared === this.#rows.length) this.#onEnd()
  }

  close(): void {
    // nothing is open
  }

  /** After the last row: what was recorded and has not come. */
  missing(): Difference | undefined {
    const row = this.#rows[this.#compared]
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
