/**
 * Reading runs' folders, of which any file may be missing, torn or of somebody else: what can be read is, and what
 * cannot is said. Nothing here throws for what a folder holds.
 */
import { existsSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { eventSpan } from '../src/logging/files.ts'
import { listCheckpoints } from '../src/storage/checkpoint-folder.ts'
import { MAX_MANIFEST_BYTES } from '../src/storage/manifest.ts'
import { readOrdinary } from '../src/ordinary-file.ts'
import { CONFIG_FILE, readRunConfig, type RunConfig } from './config.ts'
import { messageOf } from './errors.ts'
import { eachRow, type MetricsFile, metricsPath, type MetricsRow } from './metrics.ts'
import { overviewOf, type RowsOverview } from './overview.ts'
import { ThinnedRows } from './thinned-rows.ts'

/** What can be read of a run's folder. */
export interface RunFiles {
  readonly runDir: string
  /** Undefined where config.yaml is missing or does not hold a run. */
  readonly config: RunConfig | undefined
  /** Of more than 200,000 rows neighbours are merged, with the count of their episodes in `charts/episodes`. */
  readonly rows: readonly MetricsRow[]
  /** Timesteps of the model in final/; undefined where there is none. */
  readonly finalStep: number | undefined
  /** Timesteps of the latest checkpoint; undefined where there is none. */
  readonly checkpointStep: number | undefined
  /** Whether something that was not finite stopped it. */
  readonly hasTrouble: boolean
  /** Milliseconds since 1970 at which metrics.jsonl was last written. */
  readonly changed: number | undefined
  /** Seconds of training, by the event files' clock. */
  readonly seconds: number | undefined
  /** What is wrong with the folder, a sentence each. */
  readonly problems: readonly string[]
}

/** The same with the few numbers that a list of runs has of its rows. */
export type RunOverview = Omit<RunFiles, 'rows'> & RowsOverview

const finalSchema = z.looseObject({ globalStep: z.number().nonnegative() })

/** A folder and those directly in it that look like runs; the folder itself if it is one. */
export async function findRuns(path: string): Promise<string[]> {
  if (existsSync(join(path, CONFIG_FILE))) return [path]
  const entries = await readdir(path, { withFileTypes: true })
  const folders = entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
  return folders.map(({ name }) => join(path, name)).sort()
}

/**
 * All of a run's folder but its models.
 *
 * @returns what there is; `problems` says what is missing, torn or damaged
 */
export function readRunFiles(runDir: string): Promise<RunFiles> {
  return readFolder(runDir, { rows: [] }, (problems) => ({ rows: readRows(runDir, problems) }))
}

/** What a list says of a run: little is held, and little parsed, however long its metrics are. */
export function readRunOverview(runDir: string): Promise<RunOverview> {
  const nothing = { lastStep: undefined, lastReturn: undefined, bestReturn: undefined }
  return readFolder(runDir, nothing, (problems) => {
    requireMetrics(runDir)
    const { found, ...overview } = overviewOf(runDir)
    noteBadLines(found, problems)
    return overview
  })
}

/** @param rowsIn what is to be known of the rows; `nothing` where there are none that can be read */
async function readFolder<Rows extends object>(
  runDir: string,
  nothing: Rows,
  rowsIn: (problems: string[]) => Rows,
): Promise<Omit<RunFiles, 'rows'> & Rows> {
  const problems: string[] = []
  /** What a part of the folder holds; undefined, and a problem noted, where it does not. */
  const attempt = async <T>(work: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await work()
    } catch (error) {
      problems.push(messageOf(error))
      return undefined
    }
  }
  const config = await attempt(() => readConfig(runDir))
  // Somebody else's folder is not searched for more.
  const path = metricsPath(runDir)
  const isRun = config !== undefined || existsSync(path)
  return {
    runDir,
    config,
    ...((isRun && (await attempt(() => rowsIn(problems)))) || nothing),
    finalStep: await attempt(() => readFinalStep(join(runDir, 'final', 'model.json'))),
    checkpointStep: await attempt(async () => (await listCheckpoints(runDir))[0]),
    hasTrouble: existsSync(join(runDir, 'trouble')),
    changed: existsSync(path) ? (await stat(path)).mtimeMs : undefined,
    seconds: isRun ? await attempt(() => readSeconds(runDir)) : undefined,
    problems,
  }
}

async function readConfig(runDir: string): Promise<RunConfig> {
  const config = await readRunConfig(runDir)
  if (!config) throw new Error(`no ${CONFIG_FILE}: not a run`)
  return config
}

function readRows(runDir: string, problems: string[]): readonly MetricsRow[] {
  requireMetrics(runDir)
  const thinned = new ThinnedRows()
  noteBadLines(
    eachRow(runDir, (row) => thinned.add(row)),
    problems,
  )
  return thinned.rows()
}

function requireMetrics(runDir: string): void {
  if (!existsSync(metricsPath(runDir))) throw new Error('no metrics.jsonl')
}

function noteBadLines(
  { badLines, badLineCount, isTorn }: Omit<MetricsFile, 'rows'>,
  problems: string[],
): void {
  if (isTorn) problems.push('metrics.jsonl: its last line is torn')
  else if (badLineCount > 0)
    problems.push(
      `metrics.jsonl: ${badLineCount} of its lines hold no row, the first is line ${badLines[0]!}`,
    )
}

function readFinalStep(path: string): number | undefined {
  if (!existsSync(path)) return undefined
  try {
    const text = new TextDecoder().decode(readOrdinary(path, MAX_MANIFEST_BYTES))
    return finalSchema.parse(JSON.parse(text)).globalStep
  } catch (error) {
    throw new Error('final/model.json does not hold a model', { cause: error })
  }
}

/** Of all event files (a resumed run has several), the time from the first to the last record. */
async function readSeconds(runDir: string): Promise<number | undefined> {
  const names = (await readdir(runDir)).filter((name) => name.startsWith('events.out.tfevents.'))
  if (names.length === 0) return undefined
  return names.reduce((sum, name) => sum + eventSpan(join(runDir, name)), 0)
}
