/** The file-system half of logging: metrics.jsonl, progress.csv and a TensorBoard event file in a run's folder. */
import { existsSync, fsync, ftruncateSync, readdirSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { FileError } from '../errors.ts'
import { openOrdinary, type OrdinaryFile, readAt } from '../ordinary-file.ts'
import {
  firstFrame,
  lastFrame,
  tensorBoardHeader,
  tensorBoardScalars,
  wallTimeOf,
} from './tensorboard.ts'
import { csvHeader, csvRow, jsonLine, type Metrics, type MetricsWriter } from './writer.ts'

/** Rows wait for so many milliseconds, or bytes, before they are written: a system call costs more than a row. */
const WRITE_EVERY = 1000
const BUFFER_BYTES = 1 << 14

const fsyncOf = promisify(fsync)

const JSONL = 'metrics.jsonl'
const CSV = 'progress.csv'
const EVENTS = /^events\.out\.tfevents\.\d+\.wn-rl$/
const NEWLINE = 0x0a
/** Bytes at a file's end, or its beginning, that are looked at at once; a row has some hundred. */
const WINDOW = 1 << 16
/** The most of them: a frame that is longer is none of ours. */
const MAX_WINDOW = 1 << 20

/** Length of each file in bytes, by name: where a run that goes on from here must go on writing. */
export type MetricsPosition = Readonly<Record<string, number>>

export interface RunMetricsWriter extends MetricsWriter {
  /** Writes out what is buffered and tells where each file ends. */
  position(): MetricsPosition
  /** Waits until what was written out is on the disk. Other work goes on meanwhile: a disk takes its time. */
  flush(): Promise<void>
}

/**
 * A writer of all three files. It goes on where files end that are there already; a progress.csv of an older version
 * keeps the columns that it has.
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
  const known = csvColumns(join(directory, CSV)) ?? columns
  const events = eventFiles(directory)[0] ?? `events.out.tfevents.${Math.floor(start)}.wn-rl`
  const files = {
    [JSONL]: appendTo(join(directory, JSONL), '', now),
    [CSV]: appendTo(join(directory, CSV), csvHeader(known), now),
    [events]: appendTo(join(directory, events), tensorBoardHeader(start), now),
  }
  return {
    write(step, metrics) {
      files[JSONL].append(jsonLine(step, metrics))
      const row = csvRow(columns, step, metrics)
      files[CSV].append(known === columns ? row : csvRow(known, step, only(known, metrics)))
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
    const whole = existsSync(path) ? cutFile(path, end, EVENTS.test(name)) : 0
    if (whole < end)
      missing.push(`${path} lacks ${end - whole} bytes of rows before the checkpoint`)
  }
  return missing
}

/** @returns bytes that are left: up to the end of the last whole row before `end` */
function cutFile(path: string, end: number, isEvents: boolean): number {
  const file = openOrdinary(path, 'cut')
  try {
    const last = Math.min(end, file.size)
    const whole = isEvents ? endOfFrames(file, last) : endOfLines(file, last)
    attempt(path, () => ftruncateSync(file.descriptor, whole))
    return whole
  } finally {
    file.close()
  }
}

/** Where the last whole line before `end` ends. */
function endOfLines(file: OrdinaryFile, end: number): number {
  const window = new Uint8Array(WINDOW)
  for (let to = end; to > 0;) {
    const from = Math.max(0, to - WINDOW)
    readAt(file, window.subarray(0, to - from), from)
    const newline = window.subarray(0, to - from).lastIndexOf(NEWLINE)
    if (newline >= 0) return from + newline + 1
    to = from
  }
  return 0
}

/** Where the last whole frame before `end` ends. */
function endOfFrames(file: OrdinaryFile, end: number): number {
  return lastFrameIn(file, end)?.to ?? 0
}

/** The last whole frame before `end`: its bytes, and where in the file it ends. */
function lastFrameIn(
  file: OrdinaryFile,
  end: number,
): { readonly to: number; readonly wallTime: number | undefined } | undefined {
  for (let size = WINDOW; ; size *= 4) {
    const from = Math.max(0, end - size)
    const window = new Uint8Array(end - from)
    const bytes = window.subarray(0, readAt(file, window, from))
    const found = lastFrame(bytes)
    if (found) return { to: from + found.to, wallTime: wallTimeOf(bytes, found) }
    if (from === 0 || size >= MAX_WINDOW) return undefined
  }
}

/**
 * Seconds from the first to the last event in an event file, by their own clock; little is read, however long it is.
 *
 * @throws FileError naming the file
 */
export function eventSpan(path: string): number {
  const file = openOrdinary(path)
  try {
    const window = new Uint8Array(WINDOW)
    const beginning = window.subarray(0, readAt(file, window, 0))
    const first = firstFrame(beginning)
    const start = first && wallTimeOf(beginning, first)
    const end = lastFrameIn(file, file.size)?.wallTime
    return start === undefined || end === undefined ? 0 : Math.max(0, end - start)
  } finally {
    file.close()
  }
}

/** Of a progress.csv that is there already, as its first line says; undefined where there is none. */
function csvColumns(path: string): string[] | undefined {
  if (!existsSync(path)) return undefined
  const file = openOrdinary(path)
  try {
    const window = new Uint8Array(WINDOW)
    const text = new TextDecoder().decode(window.subarray(0, readAt(file, window, 0)))
    const [header, ...more] = text.split('\n')
    return more.length === 0 ? undefined : header!.split(',').slice(1)
  } finally {
    file.close()
  }
}

function only(columns: readonly string[], metrics: Metrics): Metrics {
  return Object.fromEntries(Object.entries(metrics).filter(([name]) => columns.includes(name)))
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
  const { descriptor: file, size: before, close } = openOrdinary(path, 'append')
  let size = before
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
        close()
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
