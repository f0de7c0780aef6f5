/** Every extension of DQN learns, goes on from a checkpoint as if nothing had been, and minds masks. */
import { make } from 'gymnasium-js'
import { FrameStack } from 'gymnasium-js/wrappers'
import { beforeAll, describe, expect, test } from 'vitest'
import { Dqn, type DqnOptions } from '../../agents/index.ts'
import { useBackend } from '../../src/backend/index.ts'
import { mlp, networkFrom } from '../../src/nn/index.ts'
import { type AgentConfig, evaluate } from '../../src/training/index.ts'
import { memoryStore } from '../../src/storage/index.ts'
import { cartPole, smallDqn } from '../helpers/agents.ts'
import { bitGame, endsGame, type Game, GameEnv, twoStepGame } from '../helpers/environments.ts'
import { Watched } from '../helpers/masked.ts'
import { throughFiles } from '../helpers/states.ts'

beforeAll(() => useBackend('simd'))

const C51 = { distribution: 'c51', vMin: -6, vMax: 2, atoms: 33 } as const
const RAINBOW = {
  ...C51,
  doubleQ: true,
  dueling: true,
  nSteps: 3,
  prioritizedReplay: true,
} as const
const VARIANTS: Readonly<Record<string, Partial<DqnOptions>>> = {
  double: { doubleQ: true },
  dueling: { dueling: true },
  'n-step': { nSteps: 3 },
  prioritized: { prioritizedReplay: true },
  C51,
  'quantile regression': { distribution: 'quantile', atoms: 16, huberDelta: 0.1 },
  rainbow: RAINBOW,
}
/** Their learning is in test/learning/probes.test.ts. */
const NORMALIZED: Readonly<Record<string, Partial<DqnOptions>>> = {
  'weight normalization with projection': { projection: true },
  'batch normalization': { normalization: 'batch' },
  'batch normalization with projection': {
    normalization: 'batch',
    projection: true,
  },
  'mean-only batch normalization': { normalization: 'mean-only-batch' },
  'layer normalization': { normalization: 'layer' },
  'plain weights fitted to data': { normalization: 'none', dataInitialization: true },
}

async function learned(game: Game, options: Partial<DqnOptions>, gamma: number): Promise<Dqn> {
  const agent = new Dqn({
    env: () => new GameEnv(game),
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
    ...options,
  })
  await agent.learn({ totalTimesteps: 2000 })
  return agent
}

describe.each(Object.entries(VARIANTS))('%s', (_, options) => {
  test.each([
    ['what is shown', bitGame],
    ['what pays off a step later', twoStepGame],
  ])('learns %s', async (_, game) => {
    const agent = await learned(game, options, 0.9)
    const makeEnv = () => new GameEnv(game)
    expect(evaluate(agent, { makeEnv, episodes: 20, seed: 1 }).mean).toBe(1)
    agent.dispose()
  })

  // γ = 0.5: what is cut off is worth γ · V(B) = 0.5, what terminates its reward.
  test('values truncation by the final observation and termination by nothing', async () => {
    const agent = await learned(endsGame, options, 0.5)
    const q = agent.qValues(Int32Array.of(0, 1, 2))
    for (const [i, want] of [0.5, 0.5, 1, 1, -5, -5].entries())
      expect(Math.abs(q[i]! - want)).toBeLessThan(0.25)
    agent.dispose()
  })
})

describe.each(Object.entries({ ...VARIANTS, ...NORMALIZED }))('%s', (_, options) => {
  test('acts the same after saving and loading', async () => {
    const agent = smallDqn(options)
    await agent.learn({ totalTimesteps: 200 })
    const store = memoryStore()
    await agent.save(store)
    const loaded = await Dqn.load(store)
    const batch = Float32Array.from({ length: 40 }, (_, i) => Math.sin(i))
    expect(loaded.qValues(batch)).toEqual(agent.qValues(batch))
    expect(loaded.digest()).toBe(agent.digest())
    agent.dispose()
    loaded.dispose()
  })
})

const tinyConv = networkFrom([
  { type: 'conv2d', filters: 4, kernelSize: 3, stride: 2, activation: 'relu' },
  { type: 'flatten' },
  { type: 'dense', units: 16, activation: 'relu' },
])
const PLAYGROUNDS: Readonly<Record<string, Partial<AgentConfig<DqnOptions>>>> = {
  CartPole: { env: cartPole },
  'three MinAtar games': { env: () => make('MinAtar/Breakout-v1'), network: tinyConv, numEnvs: 3 },
  'stacked frames': {
    env: () => new FrameStack(cartPole(), 3),
    frameStack: 3,
    network: mlp([16]),
    numEnvs: 2,
  },
  'two taxis with masks': { env: () => make('Taxi-v4'), numEnvs: 2 },
}
const TOTAL = 420

describe.each(Object.entries(PLAYGROUNDS))('rainbow on %s', (_, config) => {
  const create = () => smallDqn({ ...RAINBOW, bufferSize: 201, ...config })
  const until = async (agent: Dqn, timestep: number) => {
    const events: unknown[] = []
    const listener = {
      onMetrics: (step: number, metrics: object) => void events.push({ step, ...metrics }),
      onStep: (step: number) => step !== timestep,
    }
    await agent.learn({ totalTimesteps: TOTAL, callbacks: [listener] })
    return events
  }

  test.each([60, 246, 252])('cut at %i, goes on as if nothing had been', async (timestep) => {
    const uncut = create()
    const events = await until(uncut, TOTAL)
    const before = create()
    const first = await until(before, timestep)
    const state = before.getState()
    before.dispose()
    const after = create()
    after.setState(throughFiles(state))
    expect(after.getState()).toEqual(state)
    expect([...first, ...(await until(after, TOTAL))]).toEqual(events)
    expect(after.digest()).toBe(uncut.digest())
    expect(after.getState()).toEqual(uncut.getState())
    uncut.dispose()
    after.dispose()
  })
})

describe('batch statistics', () => {
  test('are in a checkpoint: a run goes on as if nothing had been', async () => {
    const create = () => smallDqn({ normalization: 'batch' })
    const listener = { onStep: (step: number) => step !== 250 }
    const [whole, before, after] = [create(), create(), create()]
    await whole.learn({ totalTimesteps: TOTAL })
    await before.learn({ totalTimesteps: TOTAL, callbacks: [listener] })
    after.setState(throughFiles(before.getState()))
    await after.learn({ totalTimesteps: TOTAL })
    expect(after.digest()).toBe(whole.digest())
    for (const agent of [whole, before, after]) agent.dispose()
  })

  test.each([
    ['weight', 0],
    ['none', 0],
    ['layer', 0],
    ['batch', 1],
    ['mean-only-batch', 1],
  ] as const)('make values of %s depend on companions: %i', async (normalization, depend) => {
    const agent = smallDqn({ normalization, normInterval: 100 })
    const rows: Readonly<Record<string, number>>[] = []
    const onMetrics = (_: number, row: Readonly<Record<string, number>>) => void rows.push(row)
    await agent.learn({ totalTimesteps: 400, callbacks: [{ onMetrics }] })
    const noise = rows.flatMap((row) => row['norm/statistics_noise'] ?? [])
    expect(noise.length).toBeGreaterThan(2)
    for (const value of noise)
      if (depend) expect(value).toBeGreaterThan(0)
      else expect(value).toBe(0)
    agent.dispose()
  })

  test('measuring them changes nothing', async () => {
    const digests = new Set<string>()
    for (const normInterval of [0, 100]) {
      const agent = smallDqn({ normalization: 'batch', normInterval })
      await agent.learn({ totalTimesteps: 400 })
      digests.add(agent.digest())
      agent.dispose()
    }
    expect(digests.size).toBe(1)
  })
})

describe('masks', () => {
  test.each([
    ['plain', {}],
    ['rainbow', { ...RAINBOW, vMin: -200, vMax: 20 }],
  ])('no illegal action in 5,000 steps of Taxi, exploring or greedy (%s)', async (_, options) => {
    const watched: Watched[] = []
    const env = () => watched[watched.push(new Watched(make('Taxi-v4'))) - 1]!
    const agent = smallDqn({ env, numEnvs: 2, explorationFraction: 0.5, ...options })
    await agent.learn({ totalTimesteps: 4000 })
    evaluate(agent, { makeEnv: env, episodes: 5, seed: 1 })
    const total = (of: (one: Watched) => number) => watched.reduce((sum, one) => sum + of(one), 0)
    expect(total(({ taken }) => taken)).toBeGreaterThanOrEqual(5000)
    expect(total(({ ruledOut }) => ruledOut)).toBeGreaterThan(5000)
    expect(total(({ illegal }) => illegal)).toBe(0)
    agent.dispose()
  })

  test('are minded by act', () => {
    const agent = smallDqn({ env: () => make('Taxi-v4') })
    for (let only = 0; only < 6; only++) {
      const info = { actionMask: [0, 1, 2, 3, 4, 5].map((a) => Number(a === only)) }
      for (const deterministic of [true, false])
        expect(agent.act(7, { deterministic, info })).toBe(only)
    }
    expect(() =>
      agent.act(7, { deterministic: true, info: { actionMask: [0, 0, 0, 0, 0, 0] } }),
    ).toThrow(/actionMask allows no action/)
    expect(() => agent.act(7, { deterministic: true, info: { actionMask: [1] } })).toThrow(
      /actionMask is not 6/,
    )
    agent.dispose()
  })

  test('that come with steps alone are refused', async () => {
    class Late extends GameEnv {
      override step(action: unknown) {
        return { ...super.step(action), info: { actionMask: [1, 1] } }
      }
    }
    // SameStep autoreset shows the reset's info after an episode's last step, so episodes go on here.
    const game = { ...bitGame, play: (state: number) => ({ state }) }
    const agent = smallDqn({ env: () => new Late(game) })
    await expect(agent.learn({ totalTimesteps: 200 })).rejects.toThrow(
      /actionMask came with a step, but not with reset/,
    )
    agent.dispose()
  })
})
