/** PQN: when it updates, how it explores, masks, and how it starts; its numbers are in pqn-update.test.ts. */
import * as tf from '@tensorflow/tfjs-core'
import { make, Wrapper } from 'gymnasium-js'
import { beforeAll, describe, expect, test } from 'vitest'
import { useBackend } from '../../src/backend/index.ts'
import { mlp, type Network, type NetworkOptions } from '../../src/nn/index.ts'
import { evaluate } from '../../src/training/index.ts'
import { cartPole, smallPqn } from '../helpers/agents.ts'
import { expectInitialized } from '../helpers/initialization.ts'
import { Watched } from '../helpers/masked.ts'
import { throughFiles } from '../helpers/states.ts'

beforeAll(() => useBackend('simd'))

/** Gradient steps of a run: by the optimizer's own count. */
async function stepsOf(
  totalTimesteps: number,
  config: Parameters<typeof smallPqn>[0],
): Promise<number> {
  const agent = smallPqn(config)
  await agent.learn({ totalTimesteps })
  const { algorithm } = agent.getState().json as {
    algorithm: { optimizer: { stepCount: number } }
  }
  agent.dispose()
  return algorithm.optimizer.stepCount
}

describe('an update', () => {
  test('goes through its rollout in minibatches, epoch after epoch; the last rollout may be shorter', async () => {
    expect(await stepsOf(20, { batchSize: 8, epochs: 3 })).toBe(9) // 8, 8 and the 4 that are left
    expect(await stepsOf(60, { batchSize: 20, epochs: 2 })).toBe(6)
    expect(await stepsOf(28, { batchSize: 8, epochs: 2 })).toBe(8) // 20, and the 8 that are left of the budget
  })
})

describe('exploration', () => {
  test('falls with every timestep, in mid-rollout too', async () => {
    const agent = smallPqn({ epsilonStart: 0.8, epsilonEnd: 0.2, explorationFraction: 0.5 })
    const epsilons = new Map<number, number>()
    const logged = new Map<number, number>()
    await agent.learn({
      totalTimesteps: 400,
      callbacks: [
        {
          onMetrics: (step, row) => void logged.set(step, row['charts/epsilon']!),
          onStep: (step) => {
            const { algorithm } = agent.getState().json as {
              algorithm: { policy: { epsilon: number } }
            }
            epsilons.set(step, algorithm.policy.epsilon)
          },
        },
      ],
    })
    // ε of the four actions that lead to timestep t is that of t − 4, over 200 timesteps.
    for (const [step, epsilon] of epsilons)
      expect(epsilon).toBeCloseTo(Math.max(0.2, 0.8 - (0.6 * (step - 4)) / 200), 12)
    expect(epsilons.size).toBe(100)
    expect(logged.get(100)).toBe(epsilons.get(100))
    expect(logged.get(400)).toBe(0.2)
    agent.dispose()
  })

  test('of a loaded or trained agent is that of the end', async () => {
    const agent = smallPqn({ epsilonStart: 1, epsilonEnd: 0, explorationFraction: 0.5 })
    await agent.learn({ totalTimesteps: 400 })
    const obs = Float32Array.of(0.1, 0, 0, 0)
    const actions = Array.from({ length: 30 }, () => agent.act(obs, { deterministic: false }))
    const [left, right] = agent.qValues(obs)
    expect(new Set(actions)).toEqual(new Set([left! >= right! ? 0 : 1]))
    agent.dispose()
  })
})

describe('masks', () => {
  test('no illegal action is taken in 4,000 steps of Taxi, nor in as many greedy ones', async () => {
    const watched: Watched[] = []
    const env = () => watched[watched.push(new Watched(make('Taxi-v4'))) - 1]!
    const agent = smallPqn({ env })
    await agent.learn({ totalTimesteps: 4000 })
    const total = (of: (one: Watched) => number) => watched.reduce((sum, one) => sum + of(one), 0)
    for (let seed = 1; total(({ taken }) => taken) < 8000; seed++)
      evaluate(agent, { makeEnv: env, episodes: 10, seed })
    expect(total(({ ruledOut }) => ruledOut)).toBeGreaterThan(8000)
    expect(total(({ illegal }) => illegal)).toBe(0)
    agent.dispose()
  })

  test('of episodes that were cut off are kept until the rollout is learned from, through a resume', async () => {
    const env = () => make('Taxi-v4', { maxEpisodeSteps: 3 })
    const create = () => smallPqn({ env, numEnvs: 2, numSteps: 8, seed: 3 })
    const whole = create()
    await whole.learn({ totalTimesteps: 160 })

    const before = create()
    // Timestep 72: four steps into a rollout; both episodes were cut off in the first and in the fourth.
    await before.learn({ totalTimesteps: 160, callbacks: [{ onStep: (step) => step !== 72 }] })
    const state = before.getState()
    const masks = Object.entries(state.tensors).find(([name]) => name.endsWith('/finalMasks'))![1]
    expect(masks.shape).toEqual([4, 6])
    for (let row = 0; row < 4; row++) {
      const legal = Array.from(masks.data.slice(6 * row, 6 * row + 6), Number)
      expect(new Set(legal)).toEqual(new Set([0, 1]))
    }
    const after = create()
    after.setState(throughFiles(state))
    await after.learn({ totalTimesteps: 160 })
    expect(after.digest()).toBe(whole.digest())
    for (const agent of [whole, before, after]) agent.dispose()
  })
})

describe('where it starts from', () => {
  /** A network that remembers what it was initialized from. */
  const watching = (batches: Float32Array[], networks: Network[]) => (options: NetworkOptions) => {
    const network = mlp([16])(options)
    const initialize = network.initializeFromData.bind(network)
    network.initializeFromData = (x) => {
      batches.push(Float32Array.from(x.dataSync()))
      return initialize(x)
    }
    networks.push(network)
    return network
  }

  test('with normalization "weight" from a warm-up of random play, and it reports what it found', async () => {
    const batches: Float32Array[] = []
    const networks: Network[] = []
    const actions: number[] = []
    class Told extends Wrapper<Float32Array, number> {
      override step(action: number) {
        actions.push(action)
        return super.step(action)
      }
    }
    // ε is 0: what varies is the warm-up's own play.
    const agent = smallPqn({
      env: () => new Told(cartPole()),
      network: watching(batches, networks),
      normalization: 'weight',
      scaleObservations: false,
      epsilonStart: 0,
      epsilonEnd: 0,
    })
    expect(agent.initialization).toEqual([])
    await agent.learn({ totalTimesteps: 200, callbacks: [{ onStep: (step) => step !== 64 }] })
    expect(actions).toHaveLength(64)
    expect(actions.filter((action) => action === 1).length).toBeGreaterThan(16)
    expect(actions.filter((action) => action === 0).length).toBeGreaterThan(16)
    expect(batches).toHaveLength(1)
    expect(batches[0]).toHaveLength(64 * 4)
    expectInitialized(networks[0]!, tf.tensor(batches[0]!, [64, 4]), 1)
    expect(agent.initialization.map(({ layer }) => layer)).toEqual(['1', '2'])
    agent.dispose()
    expect(await stepsOf(84, { normalization: 'weight', epochs: 1 })).toBe(3)
  })

  test('with normalization "layer" at once, without a warm-up', async () => {
    const batches: Float32Array[] = []
    const agent = smallPqn({ network: watching(batches, []) })
    await agent.learn({ totalTimesteps: 40 })
    expect(batches).toEqual([])
    expect(agent.initialization).toEqual([])
    agent.dispose()
    expect(await stepsOf(20, { epochs: 1 })).toBe(3)
  })

  test('a budget that its warm-up spends is refused', async () => {
    const agent = smallPqn({ normalization: 'weight' })
    const learning = agent.learn({ totalTimesteps: 64 })
    await expect(learning).rejects.toThrow(/totalTimesteps is 64.*initializationSteps is 64/)
    await expect(learning).rejects.toThrow(RangeError)
    agent.dispose()
  })
})

describe('bad input', () => {
  test.each([
    [{ lambda: 1.5 }, /lambda is 1\.5/],
    [{ lambda: -0.1 }, /lambda is -0\.1/],
    [{ numSteps: 0 }, /numSteps is 0/],
    [{ epochs: 0 }, /epochs is 0/],
    [{ batchSize: 2.5 }, /batchSize is 2\.5/],
    [{ epsilonStart: 2 }, /epsilonStart is 2/],
    [{ epsilonEnd: -0.1 }, /epsilonEnd is -0\.1/],
    [{ explorationFraction: 2 }, /explorationFraction is 2/],
    [{ initializationSteps: 1 }, /initializationSteps is 1/],
    [{ rewardScale: 0 }, /rewardScale is 0/],
    [{ optimizer: { name: 'radam', beta2: 1 } }, /optimizer\.beta2 is 1/],
    [{ normalization: 'none', projection: true }, /projection is true.*"none"/],
  ])('%o is refused', (config, message) => {
    expect(() => smallPqn(config as never)).toThrow(message)
    expect(() => smallPqn(config as never)).toThrow(RangeError)
  })

  test('an option of DQN is not one of PQN', () => {
    expect(() => smallPqn({ bufferSize: 100 } as never)).toThrow(/unknown option "bufferSize"/)
  })
})
