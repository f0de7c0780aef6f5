/** What an agent tells the outside while it learns, and how the outside stops it. */

import type { Metrics, MetricsWriter } from '../logging/index.ts'
import { EpisodeRows } from './episode-rows.ts'

export interface EpisodeEnd {
  /** Timesteps taken by the agent so far, this one included. */
  readonly globalStep: number
  /** Index of the environment in the vector environment. */
  readonly env: number
  /** Undiscounted sum of rewards. */
  readonly episodicReturn: number
  /** Timesteps. */
  readonly episodicLength: number
}

export interface Callbacks {
  /**
   * After every step of the vector environment, when all that follows from it is done: the moment for `getState` and
   * evaluations. Return true to stop learning.
   */
  readonly onStep?: (globalStep: number) => boolean | undefined | Promise<boolean | undefined>
  readonly onEpisode?: (episode: EpisodeEnd) => void
  /** Losses and the like, every `logInterval` timesteps. */
  readonly onMetrics?: (globalStep: number, metrics: Metrics) => void
}

/** Calls each of several listeners in order; stops if one of them asks for it. */
export function combineCallbacks(listeners: readonly Callbacks[]): Required<Callbacks> {
  return {
    onStep(globalStep) {
      let stop = false
      for (const [i, { onStep }] of listeners.entries()) {
        const answer = onStep?.(globalStep)
        if (answer instanceof Promise)
          return askOn(answer, stop, listeners.slice(i + 1), globalStep)
        if (answer) stop = true
      }
      return stop
    },
    onEpisode: (episode) => {
      for (const { onEpisode } of listeners) onEpisode?.(episode)
    },
    onMetrics: (globalStep, metrics) => {
      for (const { onMetrics } of listeners) onMetrics?.(globalStep, metrics)
    },
  }
}

/** Waits for one answer and asks the rest; most steps are through without a promise. */
async function askOn(
  answer: Promise<boolean | undefined>,
  stopAlready: boolean,
  rest: readonly Callbacks[],
  globalStep: number,
): Promise<boolean> {
  let stop = (await answer) === true || stopAlready
  for (const { onStep } of rest) if ((await onStep?.(globalStep)) === true) stop = true
  return stop
}

/** Metrics that `logTo` writes for every agent. */
export const EPISODE_METRICS = [
  'charts/episodic_return',
  'charts/episodic_length',
  'charts/episodes',
  'charts/SPS',
] as const

/**
 * A callback that writes episodes, losses and speed to a writer.
 *
 * @param elapsedSeconds the time since learning began; a clock that the caller reads, so that none is read here
 * @param firstStep timesteps that the agent had seen when learning began
 * @param episodes which episodes share a row; each has one of its own unless told
 */
export function logTo(
  writer: MetricsWriter,
  elapsedSeconds: () => number,
  firstStep = 0,
  episodes = new EpisodeRows({ rows: 0, totalTimesteps: 1 }),
): Callbacks {
  return {
    onEpisode: (episode) => {
      const row = episodes.add(episode)
      if (row) writer.write(episode.globalStep, row)
    },
    onMetrics: (globalStep, metrics) => {
      writer.write(globalStep, {
        ...metrics,
        'charts/SPS': Math.round((globalStep - firstStep) / elapsedSeconds()),
      })
    },
  }
}

/** Lets timers, signals and the page's events have a turn. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    const { setImmediate } = globalThis as { setImmediate?: (then: () => void) => void }
    if (setImmediate) {
      setImmediate(resolve)
      return
    }
    const { port1, port2 } = new MessageChannel() // browsers make timers wait for milliseconds
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(undefined)
  })
}
