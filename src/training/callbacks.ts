/** What an agent tells the outside while it learns, and how the outside stops it. */

import type { Metrics, MetricsWriter } from '../logging/index.ts'
import { distance } from 'fastest-levenshtein'
import { EpisodeRows } from './episode-rows.ts'
import { unknownName } from './options.ts'

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

/** All of them may be left out, and answer with a promise, for which the timestep waits. */
export interface Callbacks {
  /** Once, before the first timestep of a call of `learn`. */
  readonly onStart?: ((globalStep: number) => unknown) | undefined
  /**
   * After every step of the vector environment, when all that follows from it is done: the moment for `getState` and
   * evaluations. Return false, or a promise of it, to stop learning; anything else goes on.
   */
  readonly onStep?: ((globalStep: number) => unknown) | undefined
  readonly onEpisode?: ((episode: EpisodeEnd) => unknown) | undefined
  /** Losses and the like, every `logInterval` timesteps. */
  readonly onMetrics?: ((globalStep: number, metrics: Metrics) => unknown) | undefined
  /** Once, when a call of `learn` is through: at its last timestep, or stopped before. Not after an error. */
  readonly onEnd?: ((globalStep: number) => unknown) | undefined
}

/** What `learn` takes: callbacks, several of them, or a function to be called as `onStep` is. */
export type CallbackSource = Callbacks | NonNullable<Callbacks['onStep']> | readonly Callbacks[]

/** What calls several listeners. */
export interface CombinedCallbacks {
  readonly onStart: (globalStep: number) => Promise<void>
  /** @returns false, or a promise of it, where learning is to stop */
  readonly onStep: (globalStep: number) => boolean | Promise<boolean>
  readonly onEpisode: (episode: EpisodeEnd) => void
  readonly onMetrics: (globalStep: number, metrics: Metrics) => void
  readonly onEnd: (globalStep: number) => Promise<void>
}

/**
 * Calls each of several listeners in order; learning stops if one of them asks for it.
 *
 * @throws TypeError for a listener that is none, or has a misspelt callback, naming the nearest
 */
export function combineCallbacks(source: CallbackSource): CombinedCallbacks {
  const listeners = listenersOf(source)
  /** Answers to onEpisode and onMetrics that come later: the step in which they were called waits for them. */
  let pending: PromiseLike<unknown>[] = []
  const hear = (answer: unknown) => {
    if (!isPromise(answer)) return
    pending.push(answer)
    void answer.then(undefined, () => undefined) // the step will tell
  }
  const settle = async () => {
    const answers = pending
    pending = []
    for (const answer of answers) await answer
  }
  const ask = (globalStep: number): boolean | Promise<boolean> => {
    let goesOn = true
    for (let i = 0; i < listeners.length; i++) {
      const answer = listeners[i]!.onStep?.(globalStep)
      if (isPromise(answer)) return askOn(answer, goesOn, listeners.slice(i + 1), globalStep)
      if (answer === false) goesOn = false
    }
    return goesOn
  }
  return {
    async onStart(globalStep) {
      for (const listener of listeners) await listener.onStart?.(globalStep)
    },
    onStep: (globalStep) =>
      pending.length > 0 ? settle().then(() => ask(globalStep)) : ask(globalStep),
    onEpisode: (episode) => {
      for (const listener of listeners) hear(listener.onEpisode?.(episode))
    },
    onMetrics: (globalStep, metrics) => {
      for (const listener of listeners) hear(listener.onMetrics?.(globalStep, metrics))
    },
    async onEnd(globalStep) {
      await settle()
      for (const listener of listeners) await listener.onEnd?.(globalStep)
    },
  }
}

/** Waits for one answer and asks the rest; most steps are through without a promise. */
async function askOn(
  answer: PromiseLike<unknown>,
  goesOnSoFar: boolean,
  rest: readonly Callbacks[],
  globalStep: number,
): Promise<boolean> {
  let goesOn = (await answer) !== false && goesOnSoFar
  for (const listener of rest) if ((await listener.onStep?.(globalStep)) === false) goesOn = false
  return goesOn
}

const NAMES = ['onStart', 'onStep', 'onEpisode', 'onMetrics', 'onEnd']

function listenersOf(source: CallbackSource): readonly Callbacks[] {
  if (typeof source === 'function') return [{ onStep: source }]
  const listeners = (Array.isArray(source) ? source : [source]) as readonly Callbacks[]
  for (const listener of listeners) requireCallbacks(listener)
  return listeners
}

/** Members of other names are the listener's own affair, but for those that are meant to be called. */
function requireCallbacks(listener: unknown): void {
  if (typeof listener !== 'object' || listener === null)
    throw new TypeError(`callbacks: ${String(listener)} is no object with ${NAMES.join(', ')}`)
  for (const name of NAMES) {
    const value: unknown = Reflect.get(listener, name)
    if (value !== undefined && typeof value !== 'function')
      throw new TypeError(`callbacks: ${name} is ${JSON.stringify(value)}; give a function`)
  }
  const misspelt = membersOf(listener).find((name) => !NAMES.includes(name) && isMeant(name))
  if (misspelt !== undefined) throw new TypeError(unknownName('callback', misspelt, NAMES))
}

/** As `on_step`, `onstep` and `onSteps` are. */
function isMeant(name: string): boolean {
  return /^on[A-Z_]/.test(name) || NAMES.some((known) => distance(known, name) <= 2)
}

/** Of an object and its classes. */
function membersOf(object: object): readonly string[] {
  const names: string[] = []
  for (
    let at: unknown = object;
    at !== Object.prototype && at !== null;
    at = Object.getPrototypeOf(at)
  )
    names.push(...Object.getOwnPropertyNames(at))
  return names
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === 'function'
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
