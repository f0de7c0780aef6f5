/** What a person sees of several seeds that train at once: a bar for each on a terminal, plain lines otherwise. */
import { MultiBar, type SingleBar } from 'cli-progress'
import type { Seed } from '../../src/rng.ts'
import { shown as escaped } from '../../src/shown.ts'
import { meanText } from './lines.ts'
import { BAR_OPTIONS, statusText } from './progress.ts'
import { isFailure, type SeedOutcome, type SeedWatcher } from '../../runs/seeds/outcome.ts'

export interface SeedDisplay extends SeedWatcher {
  readonly stop: () => void
}

/** Columns that a seed's name, percentage, time left and numbers take, and the bar's own least and most. */
const STATUS_COLUMNS = 68
const MIN_BAR = 5
const MAX_BAR = 20
const DEFAULT_COLUMNS = 80
const DEFAULT_ROWS = 24
/** Plain lines over a run: several write at once, so fewer than of a run alone. */
const PLAIN_LINES = 4

/**
 * @param kind `bar` draws on stderr
 * @param jobs seeds at a time; more than a terminal has rows for are shown as lines
 */
export function createSeedDisplay(
  kind: 'bar' | 'lines' | 'none',
  seeds: readonly Seed[],
  jobs: number,
  print: (line: string) => void,
): SeedDisplay {
  const quiet = () => undefined
  if (kind === 'none') return { line: quiet, standing: quiet, ended: quiet, stop: quiet }
  const fits = jobs < (process.stderr.rows || DEFAULT_ROWS) - 1
  return kind === 'bar' && fits ? seedBars(seeds) : seedLines(seeds, print)
}

/** One line of how a seed ended. */
export function outcomeLine(outcome: SeedOutcome): string {
  if (isFailure(outcome)) return `seed ${outcome.seed} failed: ${outcome.error}`
  const { seed, evaluation, finalEvaluation, wallSeconds, digest, interrupted } = outcome
  const scores = `best ${meanText(evaluation)}, final ${meanText(finalEvaluation)}`
  const how = interrupted ? 'interrupted' : 'done'
  return `seed ${seed} ${how}: ${scores}, ${wallSeconds.toFixed(1)} s, digest ${digest.slice(0, 12)}`
}

/** A bar for each seed that is training; how it ended stays above them. */
function seedBars(seeds: readonly Seed[]): SeedDisplay {
  const columns = process.stderr.columns || DEFAULT_COLUMNS // some terminals say 0
  const barsize = Math.max(0, Math.min(MAX_BAR, columns - STATUS_COLUMNS))
  const width = Math.max(...seeds.map((seed) => String(seed).length))
  const bars = new MultiBar({
    ...BAR_OPTIONS,
    format: `seed {seed} ${barsize < MIN_BAR ? '' : '{bar} '}{percentage}% {eta_formatted} left | {status}`,
    barsize,
    autopadding: true,
    gracefulExit: false, // an interrupt is the command's affair
  })
  const shown = new Map<Seed, SingleBar>()
  const log = (line: string) => bars.log(`${cut(escaped(line), columns)}\n`)
  return {
    line: (seed, line) => {
      if (seed === seeds[0]) log(line)
    },
    standing: (seed, standing) => {
      const { globalStep, totalTimesteps } = standing
      const payload = { seed: String(seed).padStart(width), status: statusText(standing) }
      const bar = shown.get(seed)
      if (bar) bar.update(globalStep, payload)
      else shown.set(seed, bars.create(totalTimesteps, globalStep, payload))
    },
    ended: (outcome) => {
      const bar = shown.get(outcome.seed)
      if (bar) bars.remove(bar)
      shown.delete(outcome.seed)
      log(outcomeLine(outcome))
    },
    stop: () => {
      bars.update() // what was logged since the last drawing
      bars.stop()
    },
  }
}

function seedLines(seeds: readonly Seed[], print: (line: string) => void): SeedDisplay {
  const printed = new Map<Seed, number>()
  return {
    line: (seed, line) => {
      if (seed === seeds[0]) print(line) // what it says of the first holds for all but the folder
    },
    standing: (seed, standing) => {
      const { globalStep, totalTimesteps } = standing
      const part = Math.floor((globalStep / totalTimesteps) * PLAIN_LINES)
      if (part <= (printed.get(seed) ?? 0)) return
      printed.set(seed, part)
      print(`seed ${seed}: ${globalStep}/${totalTimesteps} ${statusText(standing)}`)
    },
    ended: (outcome) => print(outcomeLine(outcome)),
    stop: () => undefined,
  }
}

/** A line that is logged above bars must not wrap, or the bars lose their place. */
function cut(line: string, columns: number): string {
  return line.length < columns ? line : `${line.slice(0, columns - 2)}…`
}
