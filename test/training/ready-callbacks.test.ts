import { describe, expect, test } from 'vitest'
import { Dqn } from '../../agents/index.ts'
import { memoryStore } from '../../src/storage/index.ts'
import { evaluate, periodicEvaluation } from '../../src/training/index.ts'
import {
  checkpointEvery,
  loadCheckpoint,
  stopAtReturn,
  stopWithoutImprovement,
} from '../../src/training/ready-callbacks.ts'
import { cartPole } from '../helpers/agents.ts'

const create = () =>
  new Dqn({ env: cartPole, seed: 5, learningStarts: 100, batchSize: 16, bufferSize: 1000 })
const ended = (episodicReturn: number) => ({
  ...{ globalStep: 1, env: 0, episodicLength: 1 },
  episodicReturn,
})

test('stopAtReturn stops at the mean of so many episodes, and not before there are as many', () => {
  const { onStep, onEpisode } = stopAtReturn(10, { episodes: 3 })
  const after = [20, 20, 2, 3, 25, 2].map((episodicReturn) => {
    onEpisode!(ended(episodicReturn))
    return onStep!(1)
  })
  expect(after).toEqual([true, true, false, true, false, false])
  expect(() => stopAtReturn(Number.NaN)).toThrow('stopAtReturn: meanReturn is NaN; give a number')
  expect(() => stopAtReturn(1, { episodes: 0 })).toThrow('episodes is 0; give a whole number')
})

test('stopWithoutImprovement hears of evaluations, and stops after so many without a better one', async () => {
  const patience = stopWithoutImprovement(2)
  const agent = create()
  let [mean, evaluations] = [0, 0]
  const means = [1, 3, 3, 2, 9, 9]
  const evaluation = periodicEvaluation(agent, {
    ...{ makeEnv: cartPole, episodes: 1, seed: 1, every: 50, totalTimesteps: 1000 },
    onMetrics: (step) => {
      mean = means[evaluations++]!
      patience.onMetrics(step, { 'eval/mean_return': mean })
    },
  })
  await agent.learn({ totalTimesteps: 1000, callbacks: [evaluation, patience] })
  expect([agent.globalStep, evaluations]).toEqual([200, 4])
  agent.dispose()
})

describe('checkpointEvery', () => {
  test('writes what an agent goes on from, bit for bit, and its model', async () => {
    const whole = create()
    await whole.learn({ totalTimesteps: 600 })
    const store = memoryStore()
    const cut = create()
    const checkpoint = checkpointEvery(cut, { every: 150, store })
    await cut.learn({
      totalTimesteps: 600,
      callbacks: [checkpoint, { onStep: (step) => step < 400 }],
    })
    const resumed = create()
    await loadCheckpoint(resumed, store)
    expect(resumed.globalStep).toBe(300)
    await resumed.learn({ totalTimesteps: 600 })
    expect(resumed.digest()).toBe(whole.digest())
    const model = await Dqn.load(store)
    expect(model.globalStep).toBe(300)
    expect(evaluate(model, { makeEnv: cartPole, episodes: 1, seed: 1 }).cut).toBe(0)
    for (const agent of [whole, cut, resumed, model]) agent.dispose()
  })
})
