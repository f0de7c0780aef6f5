/** `wn-rl runs` */
import type { Command } from 'commander'
import { UsageError } from '../../src/errors.ts'
import { messageOf } from '../../runs/errors.ts'
import { NONE, returnText } from '../show/lines.ts'
import { findRuns, readRunOverview, type RunOverview } from '../../runs/read.ts'
import { shown } from '../../src/shown.ts'
import { say, sayJson } from '../show/terminal.ts'

/** Interrupted runs can be resumed; stopped ones have no checkpoint to do so from. */
type Status = 'complete' | 'running?' | 'interrupted' | 'failed' | 'stopped' | 'not a run'

/** What `--json` prints of a run; null where the folder does not say. */
interface RunRow {
  readonly runDir: string
  readonly status: Status
  readonly agent: string | null
  readonly env: string | null
  readonly seed: number | string | null
  readonly steps: number | null
  readonly totalTimesteps: number | null
  /** Mean of the last 100 training episodes. */
  readonly lastReturn: number | null
  /** The highest mean of a periodic evaluation. */
  readonly bestReturn: number | null
  readonly seconds: number | null
  readonly problems: readonly string[]
}

/** Milliseconds for which a run without an end may be silent and still be taken for running. */
const SILENCE = 60_000
/** Likewise, where the last that it wrote is a checkpoint. */
const SILENCE_AT_CHECKPOINT = 2000

export function addRuns(program: Command): void {
  program
    .command('runs')
    .description('list runs: status, timesteps, returns')
    .argument('[dir]', 'folder that holds runs, or a run', 'runs')
    .option('--json', 'print one JSON array as the last line')
    .action(listRuns)
}

async function listRuns(dir: string, { json }: { readonly json?: true }): Promise<void> {
  const rows: RunRow[] = []
  for (const folder of await foldersIn(dir)) rows.push(await describeRun(folder)) // one in memory at a time
  if (json) {
    sayJson(rows)
    return
  }
  if (rows.length === 0) say(`no runs in ${dir}`)
  else for (const line of table(rows)) say(line)
}

async function foldersIn(dir: string): Promise<string[]> {
  try {
    return await findRuns(dir)
  } catch (error) {
    throw new UsageError(`${dir} cannot be listed; name a folder that holds runs`, { cause: error })
  }
}

async function describeRun(runDir: string): Promise<RunRow> {
  try {
    return rowOf(await readRunOverview(runDir))
  } catch (error) {
    return { ...rowOf({ ...NOTHING, runDir }), problems: [messageOf(error)] }
  }
}

const NOTHING: Omit<RunOverview, 'runDir'> = {
  config: undefined,
  lastStep: undefined,
  lastReturn: undefined,
  bestReturn: undefined,
  finalStep: undefined,
  checkpointStep: undefined,
  hasTrouble: false,
  changed: undefined,
  seconds: undefined,
  problems: [],
}

function rowOf(files: RunOverview): RunRow {
  const { runDir, config, finalStep, lastReturn, bestReturn, seconds, problems } = files
  return {
    runDir,
    status: statusOf(files),
    agent: config?.agent ?? null,
    env: config?.env ?? null,
    seed: config?.seed ?? null,
    steps: finalStep ?? knownStep(files) ?? (config ? 0 : null),
    totalTimesteps: config?.totalTimesteps ?? null,
    lastReturn: lastReturn ?? null,
    bestReturn: bestReturn ?? null,
    seconds: seconds ?? null,
    problems,
  }
}

/** Timesteps that the files know of. */
function knownStep({ lastStep, checkpointStep }: RunOverview): number | undefined {
  const steps = [lastStep, checkpointStep].filter((step) => step !== undefined)
  return steps.length > 0 ? Math.max(...steps) : undefined
}

/** A run that is being trained says so only by writing: hence the question mark. */
function statusOf(files: RunOverview): Status {
  const { config, lastStep, finalStep, checkpointStep, hasTrouble, changed = 0 } = files
  if (!config) return 'not a run'
  if (finalStep !== undefined && finalStep >= config.totalTimesteps) return 'complete'
  if (hasTrouble) return 'failed'
  const silence = Date.now() - changed
  // An interrupt ends a run with a checkpoint, after which nothing is written.
  const endsSaved = checkpointStep !== undefined && checkpointStep >= (lastStep ?? 0)
  if (silence < (endsSaved ? SILENCE_AT_CHECKPOINT : SILENCE)) return 'running?'
  return checkpointStep === undefined && finalStep === undefined ? 'stopped' : 'interrupted'
}

const COLUMNS = ['status', 'agent', 'env', 'seed', 'steps', 'last', 'best', 'time', 'folder']
/** These are flush right. */
const NUMBERS = ['seed', 'steps', 'last', 'best', 'time']

function table(rows: readonly RunRow[]): string[] {
  const lines = [COLUMNS, ...rows.map((row) => cellsOf(row).map(shown))]
  const widths = COLUMNS.map((_, i) => Math.max(...lines.map((cells) => cells[i]!.length)))
  return lines.map((cells) =>
    cells
      .map((cell, i) =>
        NUMBERS.includes(COLUMNS[i]!) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!),
      )
      .join('  ')
      .trimEnd(),
  )
}

function cellsOf(row: RunRow): string[] {
  const { status, agent, env, seed, steps, totalTimesteps, lastReturn, bestReturn } = row
  const folder = [row.runDir, ...row.problems.map((problem) => `(${problem})`)].join(' ')
  const progress = totalTimesteps === null ? NONE : `${steps ?? 0}/${totalTimesteps}`
  return [
    status,
    agent ?? NONE,
    env ?? NONE,
    String(seed ?? NONE),
    progress,
    returnText(lastReturn),
    returnText(bestReturn),
    row.seconds === null ? NONE : duration(row.seconds),
    folder,
  ]
}

/** `48 s`, `12 min`, `3.4 h` */
function duration(seconds: number): string {
  if (seconds < 100) return `${seconds.toFixed(0)} s`
  return seconds < 6000 ? `${(seconds / 60).toFixed(0)} min` : `${(seconds / 3600).toFixed(1)} h`
}
