/** What a person sees of a run: a bar on a terminal, plain lines otherwise. */
import { SingleBar } from 'cli-progress'
import type { Metrics } from '../src/logging/index.ts'
import type { Callbacks } from '../src/training/index.ts'

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
/** Columns that percentage, time left and numbers take, and the bar's own least and most. */
const STATUS_COLUMNS = 74
const MIN_BAR = 5
const MAX_BAR = 30
const DEFAULT_COLUMNS = 80
/** Plain lines over a whole run. */
const PLAIN_LINES = 20

/** @param kind `bar` draws on stderr */
export function createProgress(kind: 'bar' | 'lines' | 'none', options: ProgressOptions): Progress {
  if (kind === 'none')
    return {
      callbacks: {},
      evaluated: () => undefined,
      stop: () => undefined,
    }
  return kind === 'bar' ? barProgress(options) : lineProgress(options)
}

function barProgress({ totalTimesteps, elapsedSeconds }: ProgressOptions): Progress {
  const status = new Status(elapsedSeconds)
  // The bar takes what the numbers leave; on a narrow terminal the last numbers are cut off.
  const columns = process.stderr.columns || DEFAULT_COLUMNS // some terminals say 0
  const barsize = Math.max(0, Math.min(MAX_BAR, columns - STATUS_COLUMNS))
  const bar = new SingleBar({
    format: `${barsize < MIN_BAR ? '' : '{bar} '}{percentage}% {eta_formatted} left | {status}`,
    barsize,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    stream: process.stderr,
    fps: 1000 / REDRAW_EVERY,
    etaBuffer: 50,
  })
  bar.start(totalTimesteps, 0, { status: '' })
  let drawn = 0
  return {
    callbacks: {
      ...status.callbacks,
      onStep: (globalStep) => {
        const time = elapsedSeconds() * 1000
        if (time - drawn < REDRAW_EVERY && globalStep < totalTimesteps) return false
        drawn = time
        bar.update(globalStep, { status: status.text(globalStep) })
        return false
      },
    },
    evaluated: status.evaluated,
    stop: () => bar.stop(),
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
      this.#returns.length > 0 ? `return ${mean(this.#returns).toFixed(1)}` : undefined,
      epsilon === undefined ? undefined : `ε ${epsilon.toFixed(2)}`,
      loss === undefined ? undefined : `loss ${loss.toPrecision(3)}`,
      this.#evaluation === undefined ? undefined : `eval ${this.#evaluation.toFixed(1)}`,
    ]
    return parts.filter((part) => part !== undefined).join(' | ')
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
