/**
 * What has been trained: `SUITE.csv` and `SUITE-curves.csv`, which are all that is remembered of finished runs. They are
 * written whole or not at all, so a run either counts or does not.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder, writeWhole } from '../../src/storage/directory.ts'
import { currentRows, fingerprint, type Job, type Suite } from './job.ts'
import {
  type CurveRow,
  curvesFromCsv,
  curvesToCsv,
  type ResultRow,
  rowsFromCsv,
  rowsToCsv,
} from './rows.ts'

export class ResultStore {
  /** Rows of options that the suite has no more; they are gone from the file when it is written again. */
  readonly outdated: number
  readonly #suite: Suite
  readonly #folder: string
  #rows: readonly ResultRow[]
  #curves: readonly CurveRow[]
  #writing: Promise<void> = Promise.resolve()

  /** @throws Error for files that are there and cannot be read */
  constructor(folder: string, suite: Suite) {
    this.#suite = suite
    this.#folder = folder
    const rows = readRows(folder, suite.name)
    this.#rows = currentRows(suite, rows)
    this.outdated = rows.length - this.#rows.length
    this.#curves = readCurves(folder, suite.name)
  }

  get rows(): readonly ResultRow[] {
    return this.#rows
  }

  /** Whether the job's run is among the rows, trained with the job's options. */
  has(job: Job): boolean {
    return this.#rows.some(({ run, settings }) => run === job.name && settings === fingerprint(job))
  }

  /** Adds a finished run, in place of one of the same name. */
  async add(row: ResultRow, curves: readonly CurveRow[]): Promise<void> {
    this.#rows = [...this.#rows.filter(({ run }) => run !== row.run), row]
    this.#curves = [...this.#curves.filter(({ run }) => run !== row.run), ...curves]
    this.#rows = inOrder(this.#rows, this.#suite.jobs(this.#rows), ({ run }) => run)
    this.#writing = this.#writing.then(() => this.#write())
    await this.#writing
  }

  /** Curves first: without its row a run does not count, and its curves are written again. */
  async #write(): Promise<void> {
    const known = new Map(this.#rows.map(({ run }, i) => [run, i]))
    const curves = this.#curves
      .filter(({ run }) => known.has(run))
      .toSorted((a, b) => known.get(a.run)! - known.get(b.run)!)
    const rows = rowsToCsv(this.#rows)
    await makeFolder(this.#folder)
    await writeText(curvesPath(this.#folder, this.#suite.name), curvesToCsv(curves))
    await writeText(rowsPath(this.#folder, this.#suite.name), rows)
  }
}

/** Empty where nothing has been trained. */
export function readRows(folder: string, suite: string): ResultRow[] {
  const path = rowsPath(folder, suite)
  return existsSync(path) ? rowsFromCsv(readFileSync(path, 'utf8'), path) : []
}

export function readCurves(folder: string, suite: string): CurveRow[] {
  const path = curvesPath(folder, suite)
  return existsSync(path) ? curvesFromCsv(readFileSync(path, 'utf8'), path) : []
}

function rowsPath(folder: string, suite: string): string {
  return join(folder, `${suite}.csv`)
}

function curvesPath(folder: string, suite: string): string {
  return join(folder, `${suite}-curves.csv`)
}

/** In the order of the suite, whatever the order in which runs ended; what it does not know any more comes last. */
function inOrder<T>(all: readonly T[], jobs: readonly Job[], nameOf: (one: T) => string): T[] {
  const place = new Map(jobs.map(({ name }, i) => [name, i]))
  const placeOf = (one: T) => place.get(nameOf(one)) ?? jobs.length
  return all.toSorted((a, b) => placeOf(a) - placeOf(b))
}

async function writeText(path: string, text: string): Promise<void> {
  await writeWhole(path, new TextEncoder().encode(text))
}
