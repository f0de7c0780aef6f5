/** What a person sees of a run: a bar on a terminal, plain lines otherwise. */
import { SingleBar } from 'cli-progress'
import {
  Gauge,
  silentProgress,
  type Standing,
  TELL_EVERY,
  tellStanding,
} from '../../runs/progress.ts'
import type { Course, Progress, StartProgress } from '../../runs/run.ts'
import { type OutputFlags, printer, progressKind, returnText } from './lines.ts'

/** How bars look, and that they are drawn on stderr. */
export const BAR_OPTIONS = {
  barCompleteChar: '█',
  barIncompleteChar: '░',
  hideCursor: true,
  stream: process.stderr,
  fps: 1000 / TELL_EVERY,
  etaBuffer: 50,
} as const
/** Columns that percentage, time left and numbers take, and the bar's own least and most. */
const STATUS_COLUMNS = 74
const MIN_BAR = 5
const MAX_BAR = 30
const DEFAULT_COLUMNS = 80
/** Plain lines over a whole run. */
const PLAIN_LINES = 20

/** The progress of a command's run: none where it is to be quiet. */
export function progressFor(flags: OutputFlags): StartProgress {
  const print = printer(flags)
  const kinds = {
    bar: barProgress,
    lines: (course: Course) => lineProgress(course, print),
    none: silentProgress,
  }
  return kinds[progressKind(flags)]
}

/** Where a run stands, in a line. */
export function statusText(standing: Standing): string {
  const { stepsPerSecond, meanReturn, epsilon, loss, evaluation } = standing
  const parts = [
    `${Math.round(stepsPerSecond)} steps/s`,
    meanReturn === undefined ? undefined : `return ${returnText(meanReturn)}`,
    epsilon === undefined ? undefined : `ε ${epsilon.toFixed(2)}`,
    loss === undefined ? undefined : `loss ${loss.toPrecision(3)}`,
    evaluation === undefined ? undefined : `eval ${returnText(evaluation)}`,
  ]
  return parts.filter((part) => part !== undefined).join(' | ')
}

function barProgress(course: Course): Progress {
  // The bar takes what the numbers leave; on a narrow terminal the last numbers are cut off.
  const columns = process.stderr.columns || DEFAULT_COLUMNS // some terminals say 0
  const barsize = Math.max(0, Math.min(MAX_BAR, columns - STATUS_COLUMNS))
  const bar = new SingleBar({
    ...BAR_OPTIONS,
    format: `${barsize < MIN_BAR ? '' : '{bar} '}{percentage}% {eta_formatted} left | {status}`,
    barsize,
  })
  bar.start(course.totalTimesteps, 0, { status: '' })
  const draw = tellStanding((standing) =>
    bar.update(standing.globalStep, { status: statusText(standing) }),
  )
  return { ...draw(course), stop: () => bar.stop() }
}

function lineProgress(course: Course, print: (line: string) => void): Progress {
  const { totalTimesteps } = course
  const gauge = new Gauge(course)
  const every = Math.max(1, Math.floor(totalTimesteps / PLAIN_LINES))
  let next = every
  return {
    callbacks: {
      ...gauge.callbacks,
      onStep: (globalStep) => {
        if (globalStep < next) return
        next = (Math.floor(globalStep / every) + 1) * every
        print(`${globalStep}/${totalTimesteps} ${statusText(gauge.at(globalStep))}`)
      },
    },
    evaluated: gauge.evaluated,
    stop: () => undefined,
  }
}
