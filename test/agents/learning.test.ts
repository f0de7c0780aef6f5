/** Learning as a unit test: games whose right answers are known, learned in seconds. */

import { beforeAll, describe, expect, test } from 'vitest'
import { A2c, Dqn } from '../../agents/index.ts'
import { useBackend } from '../../src/backend/index.ts'
import { mlp } from '../../src/nn/index.ts'
import { evaluate } from '../../src/training/index.ts'
import { bitGame, endsGame, type Game, GameEnv, twoStepGame } from '../helpers/environments.ts'

beforeAll(() => useBackend('simd'))

type Normalization = 'weight' | 'none'
const NORMALIZATIONS = ['weight', 'none'] as const

async function learnedDqn(game: Game, normalization: Normalization, gamma: number): Promise<Dqn> {
  const agent = new Dqn({
    env: () => new GameEnv(game),
    normalization,
    gamma,
    network: mlp([32]),
    learningRate: 0.01,
    learningRateSchedule: 'linear',
    batchSize: 32,
    learningStarts: 200,
    trainFrequency: 2,
    targetUpdateInterval: 50,
    explorationFraction: 1,
    epsilonEnd: 0.5,
  })
  await agent.learn({ totalTimesteps: 2000 })
  return agent
}

async function learnedA2c(game: Game, normalization: Normalization, gamma: number): Promise<A2c> {
  const agent = new A2c({
    env: () => new GameEnv(game),
    normalization,
    gamma,
    network: mlp([16], 'tanh'),
    optimizer: 'adam',
    learningRate: 0.01,
    learningRateSchedule: 'linear',
    initializationSteps: 128,
    gaeLambda: 0.9,
    entCoef: 0.01,
  })
  await agent.learn({ totalTimesteps: 12_000 })
  return agent
}

describe.each(NORMALIZATIONS)('with normalization "%s"', (normalization) => {
  const meanReturn = (agent: Dqn | A2c, game: Game) =>
    evaluate(agent, { makeEnv: () => new GameEnv(game), episodes: 20, seed: 1 }).mean

  test.each([
    ['what is shown', bitGame],
    ['what pays off a step later', twoStepGame],
  ])('DQN learns %s', async (_, game) => {
    const agent = await learnedDqn(game, normalization, 0.9)
    expect(meanReturn(agent, game)).toBe(1)
    agent.dispose()
  })

  test.each([
    ['what is shown', bitGame],
    ['what pays off a step later', twoStepGame],
  ])('A2C learns %s', async (_, game) => {
    const agent = await learnedA2c(game, normalization, 0.9)
    expect(meanReturn(agent, game)).toBe(1)
    agent.dispose()
  })

  // γ = 0.5: the state that is cut off is worth γ · V(B) = 0.5, not γ times what the reset shows, and the one that
  // terminates is worth its reward −5, not −5 + γ · V(B).
  test('DQN values truncation by the final observation and termination by nothing', async () => {
    const agent = await learnedDqn(endsGame, normalization, 0.5)
    const q = agent.qValues(Int32Array.of(0, 1, 2))
    for (const [i, want] of [0.5, 0.5, 1, 1, -5, -5].entries()) expect(q[i]).toBeCloseTo(want, 1)
    agent.dispose()
  })

  test('A2C values truncation by the final observation and termination by nothing', async () => {
    const agent = await learnedA2c(endsGame, normalization, 0.5)
    const values = agent.values(Int32Array.of(0, 1, 2))
    for (const [i, want] of [0.5, 1, -5].entries()) expect(values[i]).toBeCloseTo(want, 1)
    agent.dispose()
  })
})
