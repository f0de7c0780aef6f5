/** Callbacks that are ready to be used. */
import { CHECKPOINT_STATE_VERSION } from '../storage/checkpoint-state.ts'
import { encodeCheckpoint, readCheckpoint } from '../storage/checkpoint.ts'
import type { FileStore, ReadableStore } from '../storage/file-store.ts'
import type { Callbacks } from './callbacks.ts'
import type { Agent } from './define-agent.ts'
import { completedIntervals } from './schedules.ts'

/**
 * Stops learning once the mean return of the last episodes is high enough.
 *
 * @param meanReturn mean of undiscounted returns
 * @param options.episodes how many it is the mean of; none before so many have ended
 * @example
 * await agent.learn({ totalTimesteps, callbacks: [stopAtReturn(475)] })
 */
export function stopAtReturn(
  meanReturn: number,
  { episodes = 100 }: { readonly episodes?: number } = {},
): Callbacks {
  requireNumber('stopAtReturn: meanReturn', meanReturn)
  requireCount('stopAtReturn: episodes', episodes)
  const returns: number[] = []
  let sum = 0
  return {
    onEpisode({ episodicReturn }) {
      returns.push(episodicReturn)
      sum += episodicReturn
      if (returns.length > episodes) sum -= returns.shift()!
    },
    onStep: () => returns.length < episodes || sum / episodes < meanReturn,
  }
}

/**
 * Stops learning when so many evaluations in a row have brought nothing better.
 *
 * @param patience evaluations
 * @returns a callback; its `onMetrics` is what hears of evaluations
 * @example
 * const patience = stopWithoutImprovement(5)
 * const evaluation = periodicEvaluation(agent, { …, onMetrics: patience.onMetrics })
 * await agent.learn({ totalTimesteps, callbacks: [evaluation, patience] })
 */
export function stopWithoutImprovement(patience: number): {
  readonly onMetrics: NonNullable<Callbacks['onMetrics']>
  readonly onStep: () => boolean
} {
  requireCount('stopWithoutImprovement: patience', patience)
  let best = -Infinity
  let waited = 0
  return {
    onMetrics(_, metrics) {
      const mean = metrics['eval/mean_return']
      if (mean === undefined) return
      waited = mean > best ? 0 : waited + 1
      best = Math.max(best, mean)
    },
    onStep: () => waited < patience,
  }
}

/**
 * Writes a checkpoint every so many timesteps, in place of the one before: the model, and all that `learn` needs to go
 * on bit for bit. `loadCheckpoint` takes it back.
 *
 * @param options.every timesteps
 * @param options.store where to, such as `memoryStore()`, or a store of one's own in a page
 * @example
 * await agent.learn({ totalTimesteps, callbacks: [checkpointEvery(agent, { every: 10_000, store })] })
 */
export function checkpointEvery(
  agent: Agent,
  { every, store }: { readonly every: number; readonly store: FileStore },
): Callbacks {
  requireCount('checkpointEvery: every', every)
  let before = 0
  return {
    onStart: (globalStep) => void (before = globalStep),
    onStep(globalStep) {
      const isDue = completedIntervals(before, globalStep, every) > 0
      before = globalStep
      return isDue ? saveCheckpoint(agent, store) : undefined
    },
  }
}

/** Writes the model of an agent, and its state. Call it between timesteps: from `onStep`, or when `learn` is through. */
export async function saveCheckpoint(agent: Agent, store: FileStore): Promise<void> {
  await agent.synchronize()
  const { globalStep } = agent
  const state = agent.getState()
  const agentName = state.json['agent'] as string // every agent's state names it
  const checkpoint = { agent: agentName, globalStep, library: LIBRARY, state, run: {}, files: {} }
  await agent.save(store)
  for (const [name, bytes] of encodeCheckpoint(checkpoint)) await store.write(name, bytes)
}

/**
 * Gives an agent the state of a checkpoint; `learn` goes on from there.
 *
 * @param agent with the same options, seed and environments as the one that was saved
 * @throws Error naming the file, or TypeError naming the field, if it is torn or does not fit; nothing has changed then
 */
export async function loadCheckpoint(agent: Agent, store: ReadableStore): Promise<void> {
  const { state } = await readCheckpoint(store)
  agent.setState(state)
}

/** What wrote it: the library as such, where no run says its version. */
const LIBRARY = `state ${CHECKPOINT_STATE_VERSION}`

function requireCount(what: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return
  throw new RangeError(`${what} is ${value}; give a whole number from 1`)
}

function requireNumber(what: string, value: number): void {
  if (Number.isFinite(value)) return
  throw new RangeError(`${what} is ${value}; give a number`)
}
