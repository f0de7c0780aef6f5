import * as tf from '@tensorflow/tfjs-core'
import { type Env, Wrapper } from 'gymnasium-js'
import { beforeAll, describe, expect, test } from 'vitest'
import { Dqn } from '../../agents/index.ts'
import { useBackend } from '../../src/backend/index.ts'
import { mlp, type Network, type NetworkOptions } from '../../src/nn/index.ts'
import { cartPole, smallDqn } from '../helpers/agents.ts'
import { expectInitialized } from '../helpers/initialization.ts'
import { bitGame, GameEnv } from '../helpers/environments.ts'
import { expectNear, hostOf } from '../helpers/tensors.ts'

beforeAll(() => useBackend('simd'))

describe('initialization', () => {
  test('on the real batch of a CartPole run every unit has mean 0 and variance 1', async () => {
    const seen = new Set<string>()
    const env = () => new Watched(cartPole(), seen)
    let network: Network | undefined
    let batch: Float32Array | undefined
    const capturing = (options: NetworkOptions) => {
      network = mlp([120, 84])(options)
      const initialize = network.initializeFromData.bind(network)
      network.initializeFromData = (x) => {
        batch = Float32Array.from(x.dataSync())
        return initialize(x)
      }
      return network
    }
    // Initialized at step 1,001; the first update would come at 1,010.
    const agent = new Dqn({
      env,
      network: capturing,
      learningStarts: 1001,
      scaleObservations: false,
    })
    await agent.learn({
      totalTimesteps: 2000,
      callbacks: [{ onStep: (globalStep) => globalStep !== 1001 }],
    })
    expect(agent.globalStep).toBe(1001)
    expect(batch).toHaveLength(512 * 4)
    for (let row = 0; row < 512; row++) {
      expect(seen).toContain(String(batch!.subarray(row * 4, row * 4 + 4)))
    }
    expectInitialized(network!, tf.tensor(batch!, [512, 4]), 1)
    expect(agent.initialization.map(({ layer }) => layer)).toEqual(['1', '2', '3'])
    expect(agent.initialization.every(({ constantUnits }) => constantUnits === 0)).toBe(true)
    // Acting follows at once.
    const x = tf.tensor(batch!, [512, 4])
    expectNear(agent.qValues(batch!), hostOf(network!.apply(x)), 1e-5)
    agent.dispose()
  })
})

describe('exploration', () => {
  test('is uniform until learning starts, then falls as told', async () => {
    const epsilons = new Map<number, number>()
    const agent = smallDqn({ epsilonStart: 0.8, epsilonEnd: 0.2, explorationFraction: 0.5 })
    const onMetrics = (step: number, metrics: Readonly<Record<string, number>>) =>
      void epsilons.set(step, metrics['charts/epsilon']!)
    await agent.learn({ totalTimesteps: 400, callbacks: [{ onMetrics }] })
    // ε of the action of step t + 1 is that after t steps.
    expect(epsilons.get(100)).toBeCloseTo(0.8 - 0.6 * (99 / 200), 12)
    expect(epsilons.get(300)).toBe(0.2)
    agent.dispose()
  })

  test('of an untrained agent acts at random, greedily when asked', () => {
    const agent = smallDqn({ env: () => new GameEnv(bitGame) })
    const obs = Float32Array.of(1, 0.5)
    const actions = (deterministic: boolean) =>
      new Set(Array.from({ length: 50 }, () => agent.act(obs, { deterministic })))
    expect(actions(false).size).toBe(2)
    expect(actions(true).size).toBe(1)
    const [left, right] = agent.qValues(obs)
    expect([...actions(true)]).toEqual([left! >= right! ? 0 : 1])
    agent.dispose()
  })
})

test('norm metrics come at their own interval, in rows of their own where no losses are due', async () => {
  const rows: [step: number, losses: boolean, norms: boolean][] = []
  const agent = smallDqn({ logInterval: 100, normInterval: 150, learningStarts: 120 })
  const onMetrics = (step: number, row: object) =>
    void rows.push([step, 'charts/epsilon' in row, 'norm/g_mean' in row])
  await agent.learn({ totalTimesteps: 450, callbacks: [{ onMetrics }] })
  expect(rows).toEqual([
    [100, true, false],
    [150, false, true],
    [200, true, false],
    [300, true, true],
    [400, true, false],
    [450, false, true],
  ])
  agent.dispose()
})

describe('bad input', () => {
  test.each([
    [
      { batchSize: 64, bufferSize: 32, learningStarts: 10 },
      /batchSize is 64.*bufferSize is 32.*enlarge bufferSize/,
    ],
    [
      { bufferSize: 500, learningStarts: 501 },
      /learningStarts is 501.*bufferSize is 500.*enlarge bufferSize/,
    ],
    [{ tau: 0 }, /tau is 0/],
    [{ tau: 1.5 }, /tau is 1\.5/],
    [{ epsilonEnd: -0.1 }, /epsilonEnd is -0\.1/],
    [{ explorationFraction: 2 }, /explorationFraction is 2/],
    [{ loss: 'l1' }, /loss is "l1"/],
    [{ batchSize: 0 }, /batchSize is 0/],
    [{ nSteps: 0 }, /nSteps is 0/],
    [{ atoms: 1 }, /atoms is 1/],
    [{ distribution: 'c51', vMin: 5, vMax: 5 }, /vMin is 5.*vMax is 5.*below/],
    [{ distribution: 'iqn' }, /distribution is "iqn"/],
    [{ prioritizedReplay: { alpha: 2 } }, /prioritizedReplay\.alpha is 2/],
    [{ frameStack: 3 }, /frameStack is 3.*Box.*FrameStack/],
    [{ normalization: 'none', projection: true }, /projection is true.*"none"/],
    [{ statisticsMomentum: 2 }, /statisticsMomentum is 2/],
  ] as const)('%o is refused', (config, message) => {
    expect(() => smallDqn(config as never)).toThrow(message)
    expect(() => smallDqn(config as never)).toThrow(RangeError)
  })

  test('a budget that learning would not start in is refused', async () => {
    const agent = smallDqn()
    const learning = agent.learn({ totalTimesteps: 100 })
    await expect(learning).rejects.toThrow(
      /totalTimesteps is 100.*learningStarts is 100.*give more/,
    )
    await expect(learning).rejects.toThrow(RangeError)
    agent.dispose()
  })

  test('a buffer that does not fit into memory is refused before anything is played', () => {
    const agent = smallDqn({ bufferSize: 1e15 })
    expect(() => agent.checkBudget(1000)).toThrow(/bufferSize.*smaller bufferSize/)
    agent.dispose()
  })
})

/** Remembers every observation that it shows. */
class Watched extends Wrapper<Float32Array, number> {
  readonly #seen: Set<string>

  constructor(env: Env<Float32Array, number>, seen: Set<string>) {
    super(env)
    this.#seen = seen
  }

  override reset(...args: Parameters<Env<Float32Array, number>['reset']>) {
    const result = super.reset(...args)
    this.#seen.add(String(result.obs))
    return result
  }

  override step(action: number) {
    const result = super.step(action)
    this.#seen.add(String(result.obs))
    return result
  }
}
