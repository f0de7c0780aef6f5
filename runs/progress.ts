/** Where a run stands, in numbers: what bars, lines and a listener of one's own are made of. */
import type { Metrics } from '../src/logging/index.ts'
import { type Callbacks, mean } from '../src/training/index.ts'
import type { Course, GivenControls, Progress, RunControls, StartProgress } from './run.ts'

/** Where a run stands. */
export interface Standing {
  readonly globalStep: number
  readonly totalTimesteps: number
  /** Environment timesteps, evaluations included. */
  readonly stepsPerSecond: number
  /** Over the last 20 training episodes; undefined before the first has ended. */
  readonly meanReturn: number | undefined
  /** The chance of a random action; undefined for agents that have none. */
  readonly epsilon: number | undefined
  /** Of the critic, as last logged. */
  readonly loss: number | undefined
  /** Mean return of the last periodic evaluation. */
  readonly evaluation: number | undefined
}

/** Episodes that `meanReturn` is averaged over. */
const WINDOW = 20

/** Milliseconds between two standings that are told. */
export const TELL_EVERY = 100

/** Keeps the numbers of the moment. */
export class Gauge {
  readonly #course: Course
  readonly #returns: number[] = []
  #metrics: Metrics = {}
  #evaluation: number | undefined

  constructor(course: Course) {
    this.#course = course
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

  at(globalStep: number): Standing {
    const { totalTimesteps, elapsedSeconds } = this.#course
    return {
      globalStep,
      totalTimesteps,
      stepsPerSecond: globalStep / elapsedSeconds(),
      meanReturn: this.#returns.length > 0 ? mean(this.#returns) : undefined,
      epsilon: this.#metrics['charts/epsilon'],
      loss: this.#metrics['losses/td_loss'] ?? this.#metrics['losses/value_loss'],
      evaluation: this.#evaluation,
    }
  }
}

/**
 * Tells where a run stands every tenth of a second, and at its last step.
 *
 * @example
 * await train({ agent: 'dqn', env: 'CartPole', progress: tellStanding(({ globalStep }) => show(globalStep)) })
 */
export function tellStanding(tell: (standing: Standing) => void): StartProgress {
  return (course) => {
    const gauge = new Gauge(course)
    let told = 0
    return {
      callbacks: {
        ...gauge.callbacks,
        onStep: (globalStep) => {
          const time = course.elapsedSeconds() * 1000
          if (time - told < TELL_EVERY && globalStep < course.totalTimesteps) return
          told = time
          tell(gauge.at(globalStep))
        },
      },
      evaluated: gauge.evaluated,
      stop: () => undefined,
    }
  }
}

/** Tells nobody. */
export const silentProgress: StartProgress = (): Progress => ({
  callbacks: {},
  evaluated: () => undefined,
  stop: () => undefined,
})

/** Whoever was not named is nobody. */
export function controlsFrom(given: GivenControls): RunControls {
  const {
    print = () => undefined,
    warn = () => undefined,
    progress = silentProgress,
    signal = new AbortController().signal,
  } = given
  return { print, warn, progress, signal }
}
