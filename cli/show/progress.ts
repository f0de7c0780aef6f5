/** What a person sees of a run: a bar on a terminal, plain lines otherwise. */
import { SingleBar } from 'cli-progress'
import type { Metrics } from '../../src/logging/index.ts'
import { type Callbacks, mean } from '../../src/training/index.ts'
import { returnText } from './lines.ts'

export interface Progress {
  readonly callbacks: Callbacks
  /** Takes the evaluations' metrics, which do not come through the callbacks. */
  readonly evaluated: (globalStep: number, metrics: Metrics) => void
  readonly stop: () => void
}

export interface ProgressOptions {
  readonly totalTimesteps: number
  readonly elapsedSeconds: () => number
  /** Plain lines go here. */
  readonly print: (line: string) => void
}

/** Episodes that the shown return is averaged over. */
const WINDOW = 20
/** Milliseconds between two drawings of the bar. */
const REDRAW_EVERY = 100
/** How bars look, and that they are drawn on stderr. */
export const BAR_OPTIONS = {
  barCompleteChar: '█',
  barIncompleteChar: '░',
  hideCursor: true,
  stream: process.stderr,
  fps: 1000 / REDRAW_EVERY,
  etaBuffer: 50,
} as const
/** Columns that percentage, time left and numbers take, and the bar's own least and most. */
const STATUS_COLUMNS = 74
const MIN_BAR = 5
const MAX_BAR = 30
const DEFAULT_COLUMNS = 80
/** Plain lines over a whole run. */
const PLAIN_LINES = 20

/** Where a run stands. */
export interface Standing {
  readonly globalStep: number
  readonly totalTimesteps: number
  /** Speed, return, loss and the like, as text. */
  readonly status: string
}

/** `bar` draws on stderr; a function is told every so often. */
export type ProgressKind = 'bar' | 'lines' | 'none' | ((standing: Standing) => void)

export function createProgress(kind: ProgressKind, options: ProgressOptions): Progress {
  if (kind === 'none')
    return {
      callbacks: {},
      evaluated: () => undefined,
      stop: () => undefined,
    }
  if (kind === 'bar') return barProgress(options)
  return kind === 'lines' ? lineProgress(options) : toldProgress(kind, options)
}

function barProgress(options: ProgressOptions): Progress {
  // The bar takes what the numbers leave; on a narrow terminal the last numbers are cut off.
  const columns = process.stderr.columns || DEFAULT_COLUMNS // some terminals say 0
  const barsize = Math.max(0, Math.min(MAX_BAR, columns - STATUS_COLUMNS))
  const bar = new SingleBar({
    ...BAR_OPTIONS,
    format: `${barsize < MIN_BAR ? '' : '{bar} '}{percentage}% {eta_formatted} left | {status}`,
    barsize,
  })
  bar.start(options.totalTimesteps, 0, { status: '' })
  const told = toldProgress(({ globalStep, status }) => bar.update(globalStep, { status }), options)
  return { ...told, stop: () => bar.stop() }
}

/** Tells where the run stands as often as a bar is drawn. */
function toldProgress(
  tell: (standing: Standing) => void,
  { totalTimesteps, elapsedSeconds }: ProgressOptions,
): Progress {
  const status = new Status(elapsedSeconds)
  let told = 0
  return {
    callbacks: {
      ...status.callbacks,
      onStep: (globalStep) => {
        const time = elapsedSeconds() * 1000
        if (time - told < REDRAW_EVERY && globalStep < totalTimesteps) return false
        told = time
        tell({ globalStep, totalTimesteps, status: status.text(globalStep) })
        return false
      },
    },
    evaluated: status.evaluated,
    stop: () => undefined,
  }
}

function lineProgress({ totalTimesteps, elapsedSeconds, print }: ProgressOptions): Progress {
  const status = new Status(elapsedSeconds)
  const every = Math.max(1, Math.floor(totalTimesteps / PLAIN_LINES))
  let next = every
  return {
    callbacks: {
      ...status.callbacks,
      onStep: (globalStep) => {
        if (globalStep < next) return false
        next = (Math.floor(globalStep / every) + 1) * every
        print(`${globalStep}/${totalTimesteps} ${status.text(globalStep)}`)
        return false
      },
    },
    evaluated: status.evaluated,
    stop: () => undefined,
  }
}

/** The numbers of the moment. */
class Status {
  readonly #elapsedSeconds: () => number
  readonly #returns: number[] = []
  #metrics: Metrics = {}
  #evaluation: number | undefined

  constructor(elapsedSeconds: () => number) {
    this.#elapsedSeconds = elapsedSeconds
  }

  readonly callbacks: Pick<Callbacks, 'onEpisode' | 'onMetrics'> = {
    onEpisode: ({ episodicReturn }) => {
      this.#returns.push(episodicReturn)
      if (this.#returns.length > WINDOW) this.#returns.shift()
    },
    onMetrics: (_, metrics) => {
      this.#metrics = metrics
    },
  }

  readonly evaluated = (_: number, metrics: Metrics): void => {
    this.#evaluation = metrics['eval/mean_return']
  }

  text(globalStep: number): string {
    const loss = this.#metrics['losses/td_loss'] ?? this.#metrics['losses/value_loss']
    const epsilon = this.#metrics['charts/epsilon']
    const parts = [
      `${Math.round(globalStep / this.#elapsedSeconds())} steps/s`,
      this.#returns.length > 0 ? `return ${returnText(mean(this.#returns))}` : undefined,
      epsilon === undefined ? undefined : `ε ${epsilon.toFixed(2)}`,
      loss === undefined ? undefined : `loss ${loss.toPrecision(3)}`,
      this.#evaluation === undefined ? undefined : `eval ${returnText(this.#evaluation)}`,
    ]
    return parts.filter((part) => part !== undefined).join(' | ')
  }
}
