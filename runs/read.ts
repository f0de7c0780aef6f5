/**
 * Reading runs' folders, of which any file may be missing, torn or of somebody else: what can be read is, and what
 * cannot is said. Nothing here throws for what a folder holds.
 */
import { existsSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { listCheckpoints } from '../src/storage/checkpoint-folder.ts'
import { CONFIG_FILE, readRunConfig, type RunConfig } from './config.ts'
import { messageOf } from './errors.ts'
import { metricsPath, type MetricsRow, readMetrics } from './metrics.ts'

/** What can be read of a run's folder. */
export interface RunFiles {
  readonly runDir: string
  /** Undefined where config.yaml is missing or does not hold a run. */
  readonly config: RunConfig | undefined
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
  const path = metricsPath(runDir)
  const isRun = config !== undefined || existsSync(path)
  return {
    runDir,
    config,
    rows: (isRun && (await attempt(() => readRows(runDir, problems)))) || [],
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

async function readRows(runDir: string, problems: string[]): Promise<readonly MetricsRow[]> {
  if (!existsSync(metricsPath(runDir))) throw new Error('no metrics.jsonl')
  const { rows, badLines, isTorn } = await readMetrics(runDir)
  if (isTorn) problems.push('metrics.jsonl: its last line is torn')
  else if (badLines.length > 0)
    problems.push(
      `metrics.jsonl: ${badLines.length} of its lines hold no row, the first is line ${badLines[0]!}`,
    )
  return rows
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
