/** `wn-rl plot` */
import { writeFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { type Command, Option } from 'commander'
import { UsageError } from '../../src/errors.ts'
import { type Curve, type Curves, learningCurves, STATISTICS } from '../../runs/curves.ts'
import { messageOf } from '../../runs/errors.ts'
import { drawSvg, rasterize } from '../../runs/figure.ts'
import { findRuns, readRunFiles, type RunFiles } from '../../runs/read.ts'
import { sparkline } from '../show/sparkline.ts'
import { positiveWholeNumber } from '../flags.ts'
import { complain, say } from '../show/terminal.ts'

interface PlotFlags {
  readonly out: string
  readonly metric: string
  readonly statistic: keyof typeof STATISTICS
  readonly window?: number
  readonly width: number
  readonly height: number
}

/** Columns of a terminal that does not say, and those that a line's numbers take. */
const DEFAULT_COLUMNS = 80
const NUMBER_COLUMNS = 30
const MAX_SPARKLINE = 60
/** Runs and reasons are listed up to here. */
const MAX_NOTES = 20

export function addPlot(program: Command): void {
  program
    .command('plot')
    .description('draw learning curves: a line and its interval over the seeds')
    .argument('<run...>', "runs' folders, or folders that hold runs")
    .option('--out <file>', 'an .svg or .png file', 'learning-curves.svg')
    .option('--metric <name>', 'any metric of metrics.jsonl', 'charts/episodic_return')
    .addOption(
      new Option('--statistic <name>', 'over the seeds: mean, or iqm (interquartile mean)')
        .choices(Object.keys(STATISTICS))
        .default('mean'),
    )
    .option(
      '--window <n>',
      'timesteps that each point is the mean over (default: a fiftieth of the longest run)',
      positiveWholeNumber,
    )
    .option('--width <n>', 'of the figure, in pixels', positiveWholeNumber, 720)
    .option('--height <n>', 'of the figure, in pixels', positiveWholeNumber, 440)
    .action(plotRuns)
}

async function plotRuns(paths: readonly string[], flags: PlotFlags): Promise<void> {
  const format = extname(flags.out).toLowerCase()
  if (format !== '.svg' && format !== '.png')
    throw new UsageError(`--out: ${flags.out} names no figure; end it in .svg or .png`)
  const folders = (await Promise.all(paths.map(foldersOf))).flat()
  const runs: RunFiles[] = []
  for (const folder of new Set(folders)) runs.push(await readRunFiles(folder))
  const curves = learningCurves(runs, flags)
  for (const note of shortened(curves.notes)) complain(`wn-rl: ${note}`)
  if (!curves.curves.some(({ points }) => points.length > 0))
    throw new Error(`no run in ${paths.join(', ')} has ${flags.metric}; "wn-rl runs" lists runs`)
  const svg = await drawSvg(curves, flags)
  await write(flags.out, format === '.png' ? await rasterize(svg) : svg)
  for (const line of summary(curves)) say(line)
  say(`drawn to ${flags.out}`)
}

async function foldersOf(path: string): Promise<string[]> {
  try {
    return await findRuns(path)
  } catch (error) {
    throw new UsageError(`${path} cannot be listed; name a run's folder`, { cause: error })
  }
}

async function write(path: string, content: string | Uint8Array): Promise<void> {
  try {
    await writeFile(path, content)
  } catch (error) {
    throw new UsageError(`--out: ${messageOf(error)}`, { cause: error })
  }
}

function shortened(notes: readonly string[]): string[] {
  const more = notes.length - MAX_NOTES
  return [...notes.slice(0, MAX_NOTES), ...(more > 0 ? [`and ${more} more of such`] : [])]
}

/** Two lines a curve: what it is, and its course. */
function summary({ curves }: Curves): string[] {
  const columns = process.stdout.columns || DEFAULT_COLUMNS // some terminals say 0
  return curves.flatMap((curve) => [
    `${curve.env}, ${curve.label}, ${curve.seeds} ${curve.seeds === 1 ? 'seed' : 'seeds'}`,
    `  ${course(curve, Math.max(8, Math.min(MAX_SPARKLINE, columns - NUMBER_COLUMNS)))}`,
  ])
}

function course({ points }: Curve, width: number): string {
  const end = points.at(-1)
  if (!end) return 'no timesteps that all of its seeds have'
  const values = points.map(({ value }) => value)
  const numbers = [end.value, end.low, end.high].map((value) => Number(value.toPrecision(4)))
  return `${sparkline(values, width)} ${numbers[0]!} [${numbers[1]!}, ${numbers[2]!}]`
}
