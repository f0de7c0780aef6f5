/**
 * Suite `long`: whether an update late in a run costs what an early one does. Moments that decay towards zero become
 * denormal numbers, which processors compute slowly, and memory fills: both would show here. One agent has learned for
 * 2,000 updates, the other one for 200,000; then they go on in turns, with an update at every timestep.
 */
import { make } from 'gymnasium-js'
import { Dqn } from '../agents/index.ts'
import { onBackends } from './backends.ts'
import type { Contender, Prepared } from './measure.ts'

const EARLY = 2_000
const LATE = 200_000
const LEARNING_STARTS = 1_000

/** @returns the contenders, case by case */
export function longCases(asked: (backend: string) => boolean): Contender[][] {
  const path = (updates: number) => `dqn/CartPole-v1/after-${updates}`
  const early = onBackends({ path: path(EARLY), asked }, () => prepare(EARLY))
  const late = onBackends({ path: path(LATE), beside: [path(EARLY)], asked }, () => prepare(LATE))
  return [[...early, ...late]]
}

/** CleanRL's network and batch. */
async function prepare(updates: number): Promise<Prepared> {
  const agent = new Dqn({
    env: () => make('CartPole-v1'),
    seed: 1,
    bufferSize: 10_000,
    learningStarts: LEARNING_STARTS,
    trainFrequency: 1,
    epsilonStart: 0.05,
    epsilonEnd: 0.05,
  })
  const work = (times: number) => agent.learn({ totalTimesteps: agent.globalStep + times })
  await work(LEARNING_STARTS + updates)
  return { work, dispose: () => agent.dispose() }
}
