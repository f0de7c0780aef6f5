/** Rows of metrics as a run recorded them against the rows that come when it is repeated. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { jsonLine, type Metrics, type MetricsWriter } from '../src/logging/index.ts'
import { UsageError } from '../src/errors.ts'
import { messageOf } from './errors.ts'

/** Depends on the machine's speed. */
const NOT_COMPARED = 'charts/SPS'

/** Values by metric, and `step`. */
type Row = Readonly<Record<string, number | null>>

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
export function readRows(runDir: string, untilStep: number): Row[] {
  const path = join(runDir, 'metrics.jsonl')
  try {
    const whole = readFileSync(path, 'utf8').split('\n').slice(0, -1) // after the last newline is nothing, or a torn row
    const rows = whole.map((line) => JSON.parse(line) as Row)
    return rows.filter(({ step }) => step! <= untilStep)
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${messageOf(error)}`, { cause: error })
  }
}

/** A writer that compares each row with the recorded one, and ends with the first difference. */
export class Comparison implements MetricsWriter {
  readonly #rows: readonly Row[]
  readonly #onEnd: () => void
  #compared = 0
  #difference: Difference | undefined

  /** @param onEnd called when all rows have come, or one differs */
  constructor(rows: readonly Row[], onEnd: () => void) {
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
    const repeated = JSON.parse(jsonLine(globalStep, metrics)) as Row
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
    return row && { step: row['step']!, what: 'row', recorded: JSON.stringify(row), repeated: null }
  }
}

function firstDifference(recorded: Row, repeated: Row): Difference | undefined {
  if (recorded['step'] !== repeated['step'] || namesOf(recorded) !== namesOf(repeated)) {
    const step = Math.min(recorded['step']!, repeated['step']!)
    return {
      step,
      what: 'row',
      recorded: JSON.stringify(recorded),
      repeated: JSON.stringify(repeated),
    }
  }
  const name = Object.keys(recorded).find(
    (each) => each !== NOT_COMPARED && recorded[each] !== repeated[each],
  )
  if (name === undefined) return undefined
  return {
    step: recorded['step']!,
    what: name,
    recorded: recorded[name]!,
    repeated: repeated[name]!,
  }
}

function namesOf(row: Row): string {
  return Object.keys(row).sort().join()
}
