/** What A2C and PPO share: action spaces, normalizations, trunks and masks, on games whose right answers are known. */
import * as tf from '@tensorflow/tfjs-core'
import { Box, Discrete, make, MultiBinary, MultiDiscrete, Rng, Wrapper } from 'gymnasium-js'
import { beforeAll, describe, expect, test } from 'vitest'
import { A2c, type A2cOptions, Ppo, type PpoOptions } from '../../agents/index.ts'
import { useBackend } from '../../src/backend/index.ts'
import { mlp } from '../../src/nn/index.ts'
import { distributionOf } from '../../src/policies/index.ts'
import { type AgentConfig, evaluate } from '../../src/training/index.ts'
import { memoryStore } from '../../src/storage/index.ts'
import { smallA2c, smallPpo } from '../helpers/agents.ts'
import {
  bitGame,
  endsGame,
  type Game,
  GameEnv,
  pairGame,
  reachGame,
  twoStepGame,
} from '../helpers/environments.ts'
import { Watched } from '../helpers/masked.ts'
import { throughFiles } from '../helpers/states.ts'
import { expectNear, hostOf } from '../helpers/tensors.ts'

beforeAll(() => useBackend('simd'))

type Shared = Partial<AgentConfig<Omit<A2cOptions & PpoOptions, 'optimizer'>>> | object

const LEARNING = {
  network: mlp([16], 'tanh'),
  learningRate: 0.01,
  learningRateSchedule: 'linear',
  initializationSteps: 128,
  gaeLambda: 0.9,
  entCoef: 0.01,
  statisticsMomentum: 0.9,
} as const

const AGENTS = [
  {
    name: 'A2C',
    small: (config: Shared) => smallA2c(config),
    learner: (config: Shared) =>
      new A2c({ ...LEARNING, optimizer: 'adam', ...config } as AgentConfig<A2cOptions>),
    Agent: A2c,
  },
  {
    name: 'PPO',
    small: (config: Shared) => smallPpo(config),
    learner: (config: Shared) =>
      new Ppo({
        ...LEARNING,
        numSteps: 32,
        batchSize: 64,
        epochs: 4,
        ...config,
      } as AgentConfig<PpoOptions>),
    Agent: Ppo,
  },
]

/** Each network for itself is in test/learning/probes.test.ts. */
const TRUNKS: readonly (readonly [string, Shared])[] = [
  ['weight', { sharedTrunk: true }],
  ['batch, projected', { sharedTrunk: true, normalization: 'batch', projection: true }],
]

describe.each(AGENTS)('$name', ({ learner, small, Agent }) => {
  const learned = async (game: Game, config: Shared) => {
    const agent = learner({ env: () => new GameEnv(game), gamma: 0.9, ...config })
    await agent.learn({ totalTimesteps: 12_000 })
    return agent
  }
  const meanReturn = (agent: A2c | Ppo, game: Game) =>
    evaluate(agent, { makeEnv: () => new GameEnv(game), episodes: 20, seed: 1 }).mean

  describe.each(TRUNKS)('with a shared trunk of normalization %s', (_, config) => {
    test.each([
      ['what is shown', bitGame, 1, {}],
      ['what pays off a step later', twoStepGame, 1, {}],
      // An action that does not depend on what is shown earns −0.5 at best.
      ['to reach what is shown', reachGame, -0.05, { entCoef: 0, logStdInit: -1 }],
    ])('learns %s', async (_title, game, atLeast, more) => {
      const agent = await learned(game, { ...config, ...more })
      expect(meanReturn(agent, game)).toBeGreaterThanOrEqual(atLeast)
      agent.dispose()
    })

    // γ = 0.5: the state that is cut off is worth γ · V(B) = 0.5, the one that terminates its reward.
    test('values truncation by the final observation and termination by nothing', async () => {
      const agent = await learned(endsGame, { ...config, gamma: 0.5 })
      const values = agent.values(Int32Array.of(0, 1, 2))
      for (const [i, want] of [0.5, 1, -5].entries())
        expect(Math.abs(values[i]! - want)).toBeLessThan(0.15)
      agent.dispose()
    })
  })

  test('learns several choices at once', async () => {
    const agent = await learned(pairGame, {})
    expect(meanReturn(agent, pairGame)).toBe(1)
    agent.dispose()
  })

  test('scaled rewards scale values; returns are reported as they are', async () => {
    const agent = learner({ env: () => new GameEnv(endsGame), gamma: 0.5, rewardScale: 0.1 })
    const returns = new Set<number>()
    const onEpisode = ({ episodicReturn }: { episodicReturn: number }) =>
      void returns.add(episodicReturn)
    await agent.learn({ totalTimesteps: 12_000, callbacks: [{ onEpisode }] })
    const values = agent.values(Int32Array.of(0, 1, 2))
    for (const [i, want] of [0.05, 0.1, -0.5].entries())
      expect(Math.abs(values[i]! - want)).toBeLessThan(0.05)
    expect(returns).toEqual(new Set([0, 1, -5]))
    agent.dispose()
  })

  describe('masks', () => {
    test('are minded while warming up, learning and evaluating', async () => {
      const watched: Watched[] = []
      const env = () => watched[watched.push(new Watched(make('Taxi-v4'))) - 1]!
      const agent = small({ env, numEnvs: 2 })
      await agent.learn({ totalTimesteps: 4000 })
      evaluate(agent, { makeEnv: env, episodes: 5, seed: 1 })
      const total = (of: (one: Watched) => number) => watched.reduce((sum, one) => sum + of(one), 0)
      expect(total(({ taken }) => taken)).toBeGreaterThanOrEqual(5000)
      expect(total(({ ruledOut }) => ruledOut)).toBeGreaterThan(5000)
      expect(total(({ illegal }) => illegal)).toBe(0)
      agent.dispose()
    })

    test('are minded by act', () => {
      const agent = small({ env: () => make('Taxi-v4') })
      for (let only = 0; only < 6; only++) {
        const info = { actionMask: [0, 1, 2, 3, 4, 5].map((a) => Number(a === only)) }
        for (const deterministic of [true, false])
          expect(agent.act(7, { deterministic, info })).toBe(only)
      }
      const none = { actionMask: [0, 0, 0, 0, 0, 0] }
      for (const deterministic of [true, false])
        expect(() => agent.act(7, { deterministic, info: none })).toThrow(/allows no action/)
      agent.dispose()
    })
  })

  test('an entropy schedule ends at another policy than a constant', async () => {
    const digests = new Set<string>()
    for (const config of [
      { entCoef: 0.1 },
      { entCoef: 0.1, entCoefEnd: 0.1 },
      { entCoef: 0.1, entCoefEnd: 0 },
    ]) {
      const agent = small(config)
      await agent.learn({ totalTimesteps: 200 })
      digests.add(agent.digest())
      agent.dispose()
    }
    expect(digests.size).toBe(2) // a schedule from 0.1 to 0.1 is none
  })

  test.each(['weight', 'none', 'layer', 'batch', 'mean-only-batch'] as const)(
    'norm metrics of "%s" come at their interval; companions matter to batch statistics alone',
    async (normalization) => {
      const agent = small({ normalization, normInterval: 200, logInterval: 1000 })
      const rows: Readonly<Record<string, number>>[] = []
      const onMetrics = (_: number, row: Readonly<Record<string, number>>) => void rows.push(row)
      await agent.learn({ totalTimesteps: 800, callbacks: [{ onMetrics }] })
      const noises = rows.flatMap((row) => row['norm/statistics_noise'] ?? [])
      expect(noises.length).toBeGreaterThanOrEqual(3)
      const usesBatch = normalization.includes('batch')
      for (const noise of noises) expect(noise > 0).toBe(usesBatch)
      agent.dispose()
    },
  )

  test.each([false, true])(
    'norm metrics are of policy and value together, with a shared trunk: %s',
    async (sharedTrunk) => {
      const agent = small({ sharedTrunk, normInterval: 200 })
      let last: Readonly<Record<string, number>> = {}
      const onMetrics = (_: number, row: typeof last) => {
        if ('norm/g_mean' in row) last = row
      }
      // 64 timesteps of warm-up, then rollouts of 20: one of them ends at 804, where nothing more is learned.
      await agent.learn({ totalTimesteps: 804, callbacks: [{ onMetrics }] })
      const { policy, value } = agent
      const gains = (of: Readonly<Record<string, tf.Variable>>) =>
        Object.entries(of).flatMap(([name, g]) => (name.endsWith('/g') ? [...hostOf(g)] : []))
      const heads = [...gains(policy.parameters), ...gains(value.parameters)]
      // 16 hidden units and two logits or one value.
      expect(heads).toHaveLength(sharedTrunk ? 3 : 16 + 2 + 16 + 1)
      const all = sharedTrunk ? [...heads, ...trunkGains(agent)] : heads
      const mean = all.reduce((sum, g) => sum + g, 0) / all.length
      expect(last['norm/g_mean']).toBeCloseTo(mean, 5)
      agent.dispose()
    },
  )

  describe('states and models', () => {
    test.each([
      ['continuous actions', { env: () => make('Pendulum-v1') }],
      ['several choices', { env: () => new TwoLevers(make('CartPole-v1')) }],
      ['masks', { env: () => make('Taxi-v4') }],
      ['a shared trunk', { env: () => make('CartPole-v1'), sharedTrunk: true }],
      ['batch statistics', { env: () => make('CartPole-v1'), normalization: 'batch' as const }],
    ])('with %s go on as if nothing had been', async (_, config) => {
      const run = async (agent: A2c | Ppo, until: number) => {
        const listener = { onStep: (step: number) => step < until }
        await agent.learn({ totalTimesteps: 400, callbacks: [listener] })
        return agent
      }
      const whole = await run(small(config), 400)
      const first = await run(small(config), 252)
      const second = small(config)
      second.setState(throughFiles(first.getState()))
      await run(second, 400)
      expect(second.digest()).toBe(whole.digest())
      expect(second.getState()).toEqual(whole.getState())

      const store = memoryStore()
      await whole.save(store)
      const loaded = await Agent.load(store)
      expect(loaded.digest()).toBe(whole.digest())
      const { observationSpace } = whole
      const obs = [observationSpace.sample(new Rng(1))].flat() as never
      const one = typeof obs[0] === 'number' ? Int32Array.from(obs) : (obs[0] as Float32Array)
      expect(loaded.act(one)).toEqual(whole.act(one))
      for (const agent of [whole, first, second, loaded]) agent.dispose()
    })
  })
})

function trunkGains(agent: A2c | Ppo): number[] {
  const { tensors } = agent.getState()
  return Object.entries(tensors).flatMap(([name, { data }]) =>
    /^algorithm\/network\/trunk\/.*\/g$/.test(name) ? Array.from(data, Number) : [],
  )
}

/** CartPole with two levers, which push to the left where they agree. */
class TwoLevers extends Wrapper {
  override get actionSpace() {
    return new MultiDiscrete([2, 2])
  }

  override step(action: unknown) {
    const [a, b] = action as Int32Array
    return super.step(Number(a !== b))
  }
}

describe('action distributions', () => {
  const rng = () => new Rng(3)

  test('a Gaussian is drawn around its means, kept as drawn, and scaled and clipped for the environment', () => {
    const space = new Box({ low: [-1, -2], high: [1, 2], shape: [2] })
    const gaussian = distributionOf(space, { logStdInit: Math.log(2), scaleActions: true })
    const rows = 5000
    const means = Float32Array.from({ length: 2 * rows }, (_, i) => (i % 2 === 0 ? 0.5 : -1))
    const actions = gaussian.empty(rows)
    gaussian.draw(means, rng(), actions)
    for (const [d, mean] of [0.5, -1].entries()) {
      const drawn = Array.from(actions).filter((_, i) => i % 2 === d)
      const average = drawn.reduce((sum, a) => sum + a, 0) / rows
      const variance = drawn.reduce((sum, a) => sum + (a - mean) ** 2, 0) / rows
      expect(Math.abs(average - mean)).toBeLessThan(0.15) // five standard deviations
      expect(Math.abs(variance - 4)).toBeLessThan(0.4)
    }
    const clipped = gaussian.toEnv(Float32Array.of(3, -3, 0.25, 1.5))
    expect(clipped).toEqual(Float32Array.of(1, -2, 0.25, 2))
    gaussian.mostLikely(means.subarray(0, 2), actions)
    expect(Array.from(actions.subarray(0, 2))).toEqual([0.5, -1])
    tf.dispose({ ...gaussian.parameters })
  })

  test('log-probabilities and entropies of a Gaussian are those of the formula', () => {
    const gaussian = distributionOf(new Box({ low: -9, high: 9, shape: [2] }), {
      logStdInit: Math.log(0.5),
      scaleActions: true,
    })
    const { logProb, entropy } = gaussian.terms(tf.tensor2d([[1, -1]]), tf.tensor2d([[1.5, -2]]))
    // z = 1 and −2, σ = ½: Σ −z²/2 − ln σ − ½ ln 2π, and Σ ½ ln 2πe + ln σ.
    const halfLog = 0.5 * Math.log(2 * Math.PI)
    expectNear(hostOf(logProb), [-0.5 - 2 + 2 * Math.LN2 - 2 * halfLog], 1e-6)
    expectNear(hostOf(entropy), [2 * (halfLog + 0.5 - Math.LN2)], 1e-6)
    tf.dispose({ ...gaussian.parameters })
  })

  test('a choice is counted from the start of its space', () => {
    const choice = distributionOf(new Discrete(3, 5), { logStdInit: 0, scaleActions: true })
    const actions = choice.empty(2)
    choice.mostLikely(Float32Array.of(0.2, 0.5, 0.3, 0.9, 0.05, 0.05), actions)
    expect(Array.from(actions)).toEqual([1, 0])
    expect(Array.from(choice.toEnv(actions))).toEqual([6, 5])
  })

  test('several choices are drawn each from their own, and only where legal', () => {
    const pair = distributionOf(new MultiDiscrete([3, 2]), { logStdInit: 0, scaleActions: true })
    expect(pair).toMatchObject({ numOutputs: 5, actionSize: 2, maskSize: 5 })
    const actions = pair.empty(2)
    pair.draw(Float32Array.of(0, 0, 1, 1, 0, 0, 1, 0, 0, 1), rng(), actions)
    expect(Array.from(actions)).toEqual([2, 0, 1, 1])
    pair.mostLikely(Float32Array.of(0.1, 0.7, 0.2, 0.4, 0.6, 0.5, 0.3, 0.2, 0.9, 0.1), actions)
    expect(Array.from(actions)).toEqual([1, 1, 0, 0])
    pair.random(rng(), actions, Uint8Array.of(0, 1, 0, 1, 0, 1, 0, 0, 0, 1))
    expect(Array.from(actions)).toEqual([1, 0, 0, 1])
    expect(() => {
      pair.requireLegal(Uint8Array.of(1, 1, 1, 0, 0))
    }).toThrow(/allows no action/)
  })

  test('bits are choices of two, handed over as bytes', () => {
    const bits = distributionOf(new MultiBinary(3), { logStdInit: 0, scaleActions: true })
    expect(bits).toMatchObject({ numOutputs: 6, actionSize: 3 })
    expect(bits.toEnv(Int32Array.of(1, 0, 1))).toEqual(Uint8Array.of(1, 0, 1))
  })
})
