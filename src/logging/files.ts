/** The file-system half of logging: metrics.jsonl, progress.csv and a TensorBoard event file in a run's folder. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { tensorBoardHeader, tensorBoardScalars } from './tensorboard.ts'
import { csvHeader, csvRow, jsonLine, type MetricsWriter, teeWriter } from './writer.ts'

/** Rows wait for so many milliseconds, or bytes, before they are written: a system call costs more than a row. */
const FLUSH_EVERY = 1000
const BUFFER_BYTES = 1 << 14

/**
 * A writer of all three files.
 *
 * @param directory exists
 * @param columns every metric that will come, in the order of the CSV file
 * @param now the time in milliseconds since 1970, for TensorBoard
 */
export function runMetricsWriter(
  directory: string,
  columns: readonly string[],
  now: () => number,
): MetricsWriter {
  const jsonl = appendTo(join(directory, 'metrics.jsonl'), now)
  const csv = appendTo(join(directory, 'progress.csv'), now)
  const start = now() / 1000
  const events = appendTo(join(directory, `events.out.tfevents.${Math.floor(start)}.wn-rl`), now)
  csv.append(csvHeader(columns))
  events.append(tensorBoardHeader(start))
  return teeWriter([
    { write: (step, metrics) => jsonl.append(jsonLine(step, metrics)), close: jsonl.close },
    { write: (step, metrics) => csv.append(csvRow(columns, step, metrics)), close: csv.close },
    {
      write: (step, metrics) => events.append(tensorBoardScalars(now() / 1000, step, metrics)),
      close: events.close,
    },
  ])
}

interface Appender {
  readonly append: (chunk: string | Uint8Array) => void
  readonly close: () => void
}

function appendTo(path: string, now: () => number): Appender {
  const file = openSync(path, 'a')
  let waiting: Uint8Array[] = []
  let bytes = 0
  let flushed = now()
  const flush = () => {
    if (bytes > 0) writeSync(file, Buffer.concat(waiting))
    waiting = []
    bytes = 0
    flushed = now()
  }
  return {
    append(chunk) {
      const encoded = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
      waiting.push(encoded)
      bytes += encoded.length
      if (bytes >= BUFFER_BYTES || now() - flushed >= FLUSH_EVERY) flush()
    },
    close() {
      flush()
      closeSync(file)
    },
  }
}
