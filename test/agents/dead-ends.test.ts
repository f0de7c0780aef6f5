/** Episodes that are cut off where no action is legal, and masks that allow nothing in their middle. */
import { Box, Discrete, type Env } from 'gymnasium-js'
import { describe, expect, test } from 'vitest'
import { A2c, Dqn, Ppo, Pqn } from '../../agents/index.ts'

/** A corridor of three: the third step ends it, cut off, and then nothing is legal. */
function corridor(deadAt = 3): Env {
  let time = 0
  const info = () => ({ actionMask: time >= deadAt ? [0, 0] : [1, time % 2] })
  return {
    observationSpace: new Box({ low: 0, high: 3, shape: [1] }),
    actionSpace: new Discrete(2),
    reset: () => ((time = 0), { obs: [time], info: info() }),
    step(action) {
      if (action === 1 && time % 2 === 0) throw new Error('illegal move')
      time++
      return { obs: [time], reward: 1, terminated: false, truncated: time === 3, info: info() }
    },
  }
}

const AGENTS = {
  dqn: (env: () => Env) => new Dqn({ env, learningStarts: 50, batchSize: 16, doubleQ: true }),
  c51: (env: () => Env) =>
    new Dqn({ env, learningStarts: 50, batchSize: 16, distribution: 'c51', vMin: 0, vMax: 5 }),
  a2c: (env: () => Env) => new A2c({ env, numEnvs: 2, initializationSteps: 60 }),
  ppo: (env: () => Env) => new Ppo({ env, numEnvs: 2, numSteps: 32, initializationSteps: 60 }),
  pqn: (env: () => Env) => new Pqn({ env, numEnvs: 2, numSteps: 16 }),
}

describe.each(Object.entries(AGENTS))('%s', (_, create) => {
  test('an end where nothing is legal is worth nothing, and learning goes on', async () => {
    const agent = create(() => corridor())
    await agent.learn({ totalTimesteps: 600 })
    expect(agent.globalStep).toBe(600)
    agent.dispose()
  })

  test('a mask that allows nothing in the middle is named, with environment and timestep', async () => {
    const agent = create(() => corridor(2))
    await expect(agent.learn({ totalTimesteps: 600 })).rejects.toThrow(
      /env 0: info.actionMask allows no action; .*at timestep [24] \(seed "1\/env\/0"\)/,
    )
    agent.dispose()
  })
})

test('the value before such an end is the reward alone', async () => {
  const agent = new Dqn({
    env: () => corridor(),
    learningStarts: 100,
    gamma: 0.9,
    learningRate: 3e-3,
  })
  await agent.learn({ totalTimesteps: 3000 })
  const values = [2, 1, 0].map((at) => Math.max(...agent.qValues(Float32Array.of(at)).slice(0, 1)))
  expect(values[0]).toBeCloseTo(1, 1)
  expect(values[1]).toBeCloseTo(1.9, 0)
  agent.dispose()
})
