/** The file-system half of logging: metrics.jsonl, progress.csv and a TensorBoard event file in a run's folder. */
import {
  closeSync,
  existsSync,
  fstatSync,
  fsync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { FileError } from '../errors.ts'
import { tensorBoardHeader, tensorBoardScalars, wholeFrames } from './tensorboard.ts'
import { csvHeader, csvRow, jsonLine, type MetricsWriter } from './writer.ts'

/** Rows wait for so many milliseconds, or bytes, before they are written: a system call costs more than a row. */
const WRITE_EVERY = 1000
const BUFFER_BYTES = 1 << 14

const fsyncOf = promisify(fsync)

const JSONL = 'metrics.jsonl'
const CSV = 'progress.csv'
const EVENTS = /^events\.out\.tfevents\.\d+\.wn-rl$/
const NEWLINE = 0x0a

/** Length of each file in bytes, by name: where a run that goes on from here must go on writing. */
export type MetricsPosition = Readonly<Record<string, number>>

export interface RunMetricsWriter extends MetricsWriter {
  /** Writes out what is buffered and tells where each file ends. */
  position(): MetricsPosition
  /** Waits until what was written out is on the disk. Other work goes on meanwhile: a disk takes its time. */
  flush(): Promise<void>
}

/**
 * A writer of all three files. It goes on where files end that are there already.
 *
 * @param directory exists
 * @param columns every metric that will come, in the order of the CSV file
 * @param now the time in milliseconds since 1970, for TensorBoard
 * @throws FileError, from its methods too, naming the file and why it cannot be written
 */
export function runMetricsWriter(
  directory: string,
  columns: readonly string[],
  now: () => number,
): RunMetricsWriter {
  const start = now() / 1000
  const events = eventFiles(directory)[0] ?? `events.out.tfevents.${Math.floor(start)}.wn-rl`
  const files = {
    [JSONL]: appendTo(join(directory, JSONL), '', now),
    [CSV]: appendTo(join(directory, CSV), csvHeader(columns), now),
    [events]: appendTo(join(directory, events), tensorBoardHeader(start), now),
  }
  return {
    write(step, metrics) {
      files[JSONL].append(jsonLine(step, metrics))
      files[CSV].append(csvRow(columns, step, metrics))
      files[events]!.append(tensorBoardScalars(now() / 1000, step, metrics))
    },
    position: () =>
      Object.fromEntries(Object.entries(files).map(([name, file]) => [name, file.writeOut()])),
    async flush() {
      const flushing = await Promise.allSettled(Object.values(files).map((file) => file.flush()))
      const failed = flushing.find((result) => result.status === 'rejected')
      if (failed) throw failed.reason // of several the first file's, whichever failed first
    },
    close: () => {
      for (const file of Object.values(files)) file.close()
    },
  }
}

/**
 * Cuts the files of a run back to where they were, so that no row comes twice; a torn row at the end goes too.
 *
 * @param position what `position` told; undefined for the very beginning
 * @returns what is missing from the files, in words; nothing if all is there
 * @throws FileError naming the file that cannot be cut
 */
export function cutMetrics(directory: string, position: MetricsPosition | undefined): string[] {
  const missing: string[] = []
  for (const name of [JSONL, CSV, ...eventFiles(directory)]) {
    const path = join(directory, name)
    const end = position?.[name]
    if (end === undefined) {
      attempt(path, () => rmSync(path, { force: true }))
      continue
    }
    const bytes = existsSync(path) ? readFileSync(path).subarray(0, end) : new Uint8Array()
    const whole = name === JSONL || name === CSV ? wholeLines(bytes) : wholeFrames(bytes)
    if (existsSync(path)) attempt(path, () => truncateSync(path, whole))
    if (whole < end)
      missing.push(`${path} lacks ${end - whole} bytes of rows before the checkpoint`)
  }
  return missing
}

/** Bytes up to the end of the last whole line. */
function wholeLines(bytes: Uint8Array): number {
  return bytes.lastIndexOf(NEWLINE) + 1
}

function eventFiles(directory: string): string[] {
  return readdirSync(directory).filter((name) => EVENTS.test(name))
}

interface Appender {
  readonly append: (chunk: string | Uint8Array) => void
  /** @returns bytes in the file, with what was waiting */
  readonly writeOut: () => number
  readonly flush: () => Promise<void>
  readonly close: () => void
}

/** @param header what an empty file starts with */
function appendTo(path: string, header: string | Uint8Array, now: () => number): Appender {
  const file = attempt(path, () => openSync(path, 'a'))
  let size = attempt(path, () => fstatSync(file).size)
  let waiting: Uint8Array[] = []
  let bytes = 0
  let written = now()
  const writeOut = () => {
    const chunk = Buffer.concat(waiting)
    for (let at = 0; at < chunk.length;) at += attempt(path, () => writeSync(file, chunk, at))
    size += chunk.length
    waiting = []
    bytes = 0
    written = now()
    return size
  }
  const append = (chunk: string | Uint8Array) => {
    const encoded = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    waiting.push(encoded)
    bytes += encoded.length
    if (bytes >= BUFFER_BYTES || now() - written >= WRITE_EVERY) writeOut()
  }
  if (size === 0 && header.length > 0) append(header)
  return {
    append,
    writeOut,
    async flush() {
      try {
        await fsyncOf(file)
      } catch (error) {
        throw new FileError(path, 'flushed to the disk', error)
      }
    },
    close() {
      try {
        writeOut()
      } finally {
        closeSync(file)
      }
    },
  }
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw new FileError(path, 'written', error)
  }
}
