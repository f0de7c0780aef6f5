import * as tf from '@tensorflow/tfjs-core'
import { Rng } from 'gymnasium-js'
import { beforeAll, describe, expect, test } from 'vitest'
import { A2c, a2cLoss } from '../../agents/index.ts'
import { useBackend } from '../../src/backend/index.ts'
import { categoricalTerms, mlp, type Network, type NetworkOptions } from '../../src/nn/index.ts'
import { cartPole, smallA2c } from '../helpers/agents.ts'
import { bitGame, GameEnv } from '../helpers/environments.ts'
import { expectInitialized } from '../helpers/initialization.ts'
import { columnMoments, describeOn, expectNear, hostOf } from '../helpers/tensors.ts'

beforeAll(() => useBackend('simd'))

describeOn(['simd', 'cpu', 'wasm'], 'the A2C loss', () => {
  test('adds policy, value and entropy terms with their weights', () => {
    // Both policies are uniform over two actions: log π = −ln 2, H = ln 2.
    const batch = {
      ...categoricalTerms(
        tf.tensor2d([
          [3, 3],
          [-1, -1],
        ]),
        tf.tensor1d([0, 1], 'int32'),
      ),
      values: tf.tensor1d([1, 4]),
      advantages: tf.tensor1d([2, -6]),
      returns: tf.tensor1d([3, 3]),
    }
    const { loss, policyLoss, valueLoss, entropy } = a2cLoss(batch, { vfCoef: 0.5, entCoef: 0.1 })
    const parts = [policyLoss, valueLoss, entropy, loss].map((part) => hostOf(part)[0]!)
    const policy = -2 * Math.LN2
    expectNear(parts, [policy, 2.5, Math.LN2, policy + 1.25 - 0.1 * Math.LN2], 1e-6)
  })
})

describe('initialization', () => {
  test('on the warm-up of a CartPole run units have mean 0 and variance 1, logits 0.1', async () => {
    const batches: Float32Array[] = []
    const networks: Network[] = []
    const capturing = (options: NetworkOptions) => {
      const network = mlp([64, 64], 'tanh')(options)
      const initialize = network.initializeFromData.bind(network)
      network.initializeFromData = (x) => {
        batches.push(Float32Array.from(x.dataSync()))
        return initialize(x)
      }
      networks.push(network)
      return network
    }
    const agent = new A2c({ env: cartPole, network: capturing })
    // 512 timesteps of warm-up are one rollout, and learning stops at its end.
    await agent.learn({ totalTimesteps: 1000, callbacks: [{ onStep: (step) => step !== 512 }] })
    expect(agent.globalStep).toBe(512)
    expect(networks).toEqual([agent.policy, agent.value])
    expect(batches[0]).toHaveLength(512 * 4)
    expect(batches[1]).toEqual(batches[0])
    const x = tf.tensor(batches[0]!, [512, 4])
    expectInitialized(agent.policy, x, 0.1)
    expectInitialized(agent.value, x, 1)
    const { mean, variance } = columnMoments(hostOf(agent.policy.apply(x)), 2)
    expectNear(mean, [0, 0], 1e-3)
    expectNear(variance.map(Math.sqrt), [0.1, 0.1], 1e-3)
    agent.dispose()
  })

  test('plays at random while it warms up', async () => {
    const actions: number[] = []
    const play = (state: number, action: number) => (
      actions.push(action),
      { state, terminated: true }
    )
    const agent = smallA2c({
      env: () => new GameEnv({ ...bitGame, play }),
      initializationSteps: 400,
    })
    await agent.learn({ totalTimesteps: 404 })
    const ones = actions.slice(0, 400).reduce((sum, action) => sum + action, 0)
    expect(Math.abs(ones - 200)).toBeLessThan(50) // five standard deviations
    agent.dispose()
  })

  test('without weight normalization there is none, and no warm-up', async () => {
    const agent = smallA2c({ normalization: 'none', initializationSteps: 1000 })
    const before = agent.digest()
    await agent.learn({ totalTimesteps: 20 })
    expect(agent.initialization).toEqual([])
    expect(agent.digest()).not.toBe(before)
    agent.dispose()
  })
})

describe('acting', () => {
  test('draws from the policy, or takes the most probable action', () => {
    const agent = smallA2c({ env: () => new GameEnv(bitGame), policyOutputScale: 1, seed: 2 })
    const obs = Float32Array.of(1, 0.5)
    const probabilities = agent.probabilities(obs)
    expectNear([probabilities[0]! + probabilities[1]!], [1], 1e-6)
    const draws = 2000
    const drawn = agent.actBatch(repeated(obs, draws), { deterministic: false })
    const share = Array.from(drawn).reduce((sum, action) => sum + action, 0) / draws
    expect(Math.abs(share - probabilities[1]!)).toBeLessThan(0.06) // over five standard deviations
    const likeliest = probabilities[1]! > probabilities[0]! ? 1 : 0
    expect(new Set(agent.actBatch(repeated(obs, 20), { deterministic: true }))).toEqual(
      new Set([likeliest]),
    )
    agent.dispose()
  })

  test('a value does not depend on the rest of the batch', () => {
    const agent = smallA2c()
    const rng = new Rng(1)
    const batch = Float32Array.from({ length: 40 }, () => rng.normal())
    const together = agent.values(batch)
    for (let row = 0; row < 10; row++) {
      expectNear(agent.values(batch.slice(row * 4, row * 4 + 4)), [together[row]!], 1e-6)
    }
    agent.dispose()
  })
})

describe('a rollout', () => {
  test('of any length fits the budget: the last one is cut', async () => {
    const steps: number[] = []
    const agent = smallA2c({ numEnvs: 2, numSteps: 7, initializationSteps: 10 })
    // 10 of warm-up, 14 and 14, then 4 that are left.
    await agent.learn({
      totalTimesteps: 42,
      callbacks: [{ onStep: (step) => void steps.push(step) }],
    })
    expect(steps.at(-1)).toBe(42)
    expect(steps).toHaveLength(21)
    agent.dispose()
  })

  test('normalized advantages and generalized ones learn too', async () => {
    const digests = new Set<string>()
    for (const options of [
      {},
      { normalizeAdvantages: true },
      { gaeLambda: 0.5 },
      { entCoef: 0.5 },
    ]) {
      const agent = smallA2c(options)
      await agent.learn({ totalTimesteps: 200 })
      digests.add(agent.digest())
      agent.dispose()
    }
    expect(digests.size).toBe(4)
  })
})

describe('bad input', () => {
  test.each([
    [{ gaeLambda: 1.1 }, /gaeLambda is 1\.1/],
    [{ numSteps: 0 }, /numSteps is 0/],
    [{ entCoef: -1 }, /entCoef is -1/],
    [{ policyOutputScale: 0 }, /policyOutputScale is 0/],
    [{ initializationSteps: 1 }, /initializationSteps is 1/],
  ])('%o is refused', (config, message) => {
    expect(() => smallA2c(config)).toThrow(message)
    expect(() => smallA2c(config)).toThrow(RangeError)
  })

  test.each([
    [4, 64],
    [6, 66], // eleven steps of six environments are the first to make 64
  ])(
    'a budget that the warm-up of %i environments uses up is refused',
    async (numEnvs, totalTimesteps) => {
      const agent = smallA2c({ numEnvs })
      const message = new RegExp(`totalTimesteps is ${totalTimesteps}.*initializationSteps is 64`)
      await expect(agent.learn({ totalTimesteps })).rejects.toThrow(message)
      agent.dispose()
    },
  )
})

function repeated(obs: Float32Array, times: number): Float32Array {
  return Float32Array.from({ length: obs.length * times }, (_, i) => obs[i % obs.length]!)
}
