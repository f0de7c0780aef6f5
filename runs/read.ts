/**
 * Reading runs' folders, of which any file may be missing, torn or of somebody else: what can be read is, and what
 * cannot is said. Nothing here throws for what a folder holds.
 */
import { existsSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { listCheckpoints } from '../src/storage/checkpoint-folder.ts'
import { seedSchema } from '../src/training/index.ts'
import { messageOf } from './errors.ts'
import { readYaml } from './settings.ts'

/** One row of metrics.jsonl; metrics that were not finite are missing. */
export interface MetricsRow {
  readonly step: number
  readonly metrics: Readonly<Record<string, number>>
}

export interface RunFiles {
  readonly runDir: string
  /** Undefined where config.yaml is missing or does not hold a run. */
  readonly config: RunHeader | undefined
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

/** What lists and figures need of config.yaml, which old and foreign runs may lack. */
const headerSchema = z.looseObject({
  agent: z.string(),
  env: z.string(),
  seed: seedSchema,
  totalTimesteps: z.number().int().nonnegative(),
})
export type RunHeader = z.output<typeof headerSchema>

const rowSchema = z.looseObject({ step: z.number().nonnegative() })
const finalSchema = z.looseObject({ globalStep: z.number().nonnegative() })

/** A folder and those directly in it that look like runs; the folder itself if it is one. */
export async function findRuns(path: string): Promise<string[]> {
  if (existsSync(join(path, 'config.yaml'))) return [path]
  const entries = await readdir(path, { withFileTypes: true })
  const folders = entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
  return folders.map(({ name }) => join(path, name)).sort()
}

export async function readRunFiles(runDir: string): Promise<RunFiles> {
  const problems: string[] = []
  /** What a part of the folder holds; undefined, and a problem noted, where it does not. */
  const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work()
    } catch (error) {
      problems.push(messageOf(error))
      return undefined
    }
  }
  const config = await attempt(() => readConfig(runDir))
  // Somebody else's folder is not searched for more.
  const isRun = config !== undefined || existsSync(join(runDir, 'metrics.jsonl'))
  const metricsPath = join(runDir, 'metrics.jsonl')
  return {
    runDir,
    config,
    rows: (isRun && (await attempt(() => readMetrics(metricsPath, problems)))) || [],
    finalStep: await attempt(() => readFinalStep(join(runDir, 'final', 'model.json'))),
    checkpointStep: await attempt(async () => (await listCheckpoints(runDir))[0]),
    hasTrouble: existsSync(join(runDir, 'trouble')),
    changed: existsSync(metricsPath) ? (await stat(metricsPath)).mtimeMs : undefined,
    seconds: isRun ? await attempt(() => readSeconds(runDir)) : undefined,
    problems,
  }
}

async function readConfig(runDir: string): Promise<RunHeader> {
  if (!existsSync(join(runDir, 'config.yaml'))) throw new Error('no config.yaml: not a run')
  const result = headerSchema.safeParse(await readYaml(join(runDir, 'config.yaml')))
  if (result.success) return result.data
  const { path, message } = result.error.issues[0]!
  throw new Error(`config.yaml: ${path.join('.')}: ${message}`)
}

async function readMetrics(path: string, problems: string[]): Promise<MetricsRow[]> {
  if (!existsSync(path)) throw new Error('no metrics.jsonl')
  const lines = (await readFile(path, 'utf8')).split('\n')
  const rows: MetricsRow[] = []
  const bad: number[] = []
  for (const [i, line] of lines.entries()) {
    if (line === '') continue
    const row = parseRow(line)
    if (row) rows.push(row)
    else bad.push(i + 1)
  }
  const isTorn = bad.length === 1 && bad[0] === lines.length // a writer that was stopped in mid-line
  if (bad.length > 0)
    problems.push(
      isTorn
        ? 'metrics.jsonl: its last line is torn'
        : `metrics.jsonl: ${bad.length} of its lines hold no row, the first is line ${bad[0]!}`,
    )
  return rows
}

function parseRow(line: string): MetricsRow | undefined {
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

async function readFinalStep(path: string): Promise<number | undefined> {
  if (!existsSync(path)) return undefined
  try {
    return finalSchema.parse(JSON.parse(await readFile(path, 'utf8'))).globalStep
  } catch (error) {
    throw new Error('final/model.json does not hold a model', { cause: error })
  }
}

/** Of all event files (a resumed run has several), the time from the first to the last record. */
async function readSeconds(runDir: string): Promise<number | undefined> {
  const names = (await readdir(runDir)).filter((name) => name.startsWith('events.out.tfevents.'))
  if (names.length === 0) return undefined
  const spans = names.map(async (name) => eventSpan(await readFile(join(runDir, name))))
  return (await Promise.all(spans)).reduce((sum, span) => sum + span, 0)
}

/** Bytes before a TFRecord's data (its length and a checksum) and after it, and the tag of an event's clock. */
const RECORD_HEAD = 12
const RECORD_TAIL = 4
const WALL_TIME_TAG = 0x09

/** Seconds from the first to the last whole record of an event file. */
function eventSpan(file: Buffer): number {
  let first: number | undefined
  let last = 0
  for (let at = 0; at + RECORD_HEAD + 9 <= file.length;) {
    const size = Number(file.readBigUInt64LE(at))
    if (file[at + RECORD_HEAD] === WALL_TIME_TAG) last = file.readDoubleLE(at + RECORD_HEAD + 1)
    first ??= last
    at += RECORD_HEAD + size + RECORD_TAIL
  }
  return first === undefined ? 0 : Math.max(0, last - first)
}
