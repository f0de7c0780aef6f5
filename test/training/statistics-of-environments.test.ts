/** What wrappers gather is the model's: shared by the copies that learn, saved, and frozen where it is evaluated. */
import {
  Box,
  Discrete,
  type Env,
  type RandomSource,
  type ResetArgs,
  restoreSource,
  Rng,
  saveSource,
} from 'gymnasium-js'
import { SyncVectorEnv, NormalizeObservation as NormalizeVectors } from 'gymnasium-js/vector'
import {
  FrameStack,
  NormalizeObservation,
  NormalizeReward,
  statisticsOf,
} from 'gymnasium-js/wrappers'
import { beforeAll, describe, expect, test } from 'vitest'
import { A2c, Dqn, Ppo } from '../../agents/index.ts'
import { useBackend } from '../../src/backend/index.ts'
import { memoryStore } from '../../src/storage/index.ts'
import { evaluate } from '../../src/training/index.ts'

beforeAll(() => useBackend('simd'))

/** One step: the side that the observation shows pays 1. Sides are 5 and 5.1, which only statistics tell apart. */
function bandit(): Env<unknown, number> {
  let rng: RandomSource = new Rng(0)
  let side = 0
  const obs = () => Float32Array.of(5 + side / 10)
  return {
    observationSpace: new Box({ low: 0, high: 10, shape: [1] }),
    actionSpace: new Discrete(2),
    reset({ seed }: ResetArgs = {}) {
      if (seed !== undefined) rng = new Rng(seed)
      side = rng.randInt(0, 2)
      return { obs: obs() }
    },
    step(action) {
      return { obs: obs(), reward: Number(action === side), terminated: true, truncated: false }
    },
    getState: () => ({ side, rng: saveSource(rng) }),
    setState(state) {
      side = Number(state['side'])
      rng = restoreSource(state['rng'], rng)
    },
  }
}

const AROUND: Readonly<Record<string, () => Env>> = {
  NormalizeObservation: () => new NormalizeObservation(bandit()),
  'FrameStack inside': () => new NormalizeObservation(new FrameStack(bandit(), 2)),
  'FrameStack outside': () => new FrameStack(new NormalizeObservation(bandit()), 2),
  'NormalizeReward too': () => new NormalizeReward(new NormalizeObservation(bandit())),
}
const LEARNERS = {
  dqn: (env: () => Env, numEnvs: number) =>
    new Dqn({
      env,
      numEnvs,
      learningStarts: 200,
      batchSize: 32,
      learningRate: 3e-3,
      epsilonEnd: 0,
    }),
  a2c: (env: () => Env, numEnvs: number) => new A2c({ env, numEnvs, learningRate: 3e-3 }),
  ppo: (env: () => Env, numEnvs: number) =>
    new Ppo({ env, numEnvs, numSteps: 256 / numEnvs, learningRate: 3e-3 }),
}

describe.each(Object.entries(AROUND))('%s', (_, makeEnv) => {
  test.each([1, 8])('is evaluated as it has learned, in %i copies', async (numEnvs) => {
    const agent = LEARNERS.ppo(makeEnv, numEnvs)
    await agent.learn({ totalTimesteps: 4096 })
    expect(evaluate(agent, { makeEnv, episodes: 200, seed: 9 }).mean).toBeGreaterThan(0.98)
    const store = memoryStore()
    await agent.save(store)
    const loaded = await Ppo.load(store)
    expect(loaded.statistics).toEqual(agent.statistics)
    expect(evaluate(loaded, { makeEnv, episodes: 200, seed: 9 }).mean).toBeGreaterThan(0.98)
    const onwards = await Ppo.load(store, { env: makeEnv })
    expect(onwards.statistics).toEqual(agent.statistics)
    for (const each of [agent, loaded, onwards]) each.dispose()
  })
})

test.each(Object.entries(LEARNERS))(
  '%s shares them between its copies, and no evaluation touches them',
  async (_, create) => {
    const makeEnv = AROUND['NormalizeReward too']!
    const made: Env[] = []
    const agent = create(() => {
      const env = makeEnv()
      made.push(env)
      return env
    }, 4)
    await agent.learn({ totalTimesteps: 1200 })
    const before = agent.statistics
    expect(before).toHaveLength(2)
    for (const env of made)
      expect(statisticsOf(env).map(({ statistics }) => statistics.getState())).toEqual(before)
    const state = agent.getState()
    evaluate(agent, { makeEnv, episodes: 30, seed: 1 })
    expect(agent.statistics).toEqual(before)
    expect(agent.getState().json).toEqual(state.json)
    agent.dispose()
  },
)

test('a resumed agent goes on with them, bit for bit', async () => {
  const create = () => LEARNERS.a2c(AROUND['NormalizeReward too']!, 4)
  const whole = create()
  await whole.learn({ totalTimesteps: 1600 })
  const cut = create()
  await cut.learn({ totalTimesteps: 1600, callbacks: (step: number) => step < 900 })
  const resumed = create()
  resumed.setState(cut.getState())
  await resumed.learn({ totalTimesteps: 1600 })
  expect(resumed.digest()).toBe(whole.digest())
  expect(resumed.statistics).toEqual(whole.statistics)
  for (const agent of [whole, cut, resumed]) agent.dispose()
})

test('they come back where environments have no state', async () => {
  const makeEnv = () => {
    return new NormalizeObservation({
      ...bandit(),
      getState: undefined,
      setState: undefined,
    } as unknown as Env)
  }
  const agent = LEARNERS.a2c(makeEnv, 2)
  await agent.learn({ totalTimesteps: 1000 })
  const resumed = LEARNERS.a2c(makeEnv, 2)
  resumed.setState(agent.getState())
  expect(resumed.statistics).toEqual(agent.statistics)
  for (const each of [agent, resumed]) each.dispose()
})

test('those of a wrapper of vector environments too, which takes SameStep', async () => {
  const env = new NormalizeVectors(new SyncVectorEnv(Array.from({ length: 8 }, () => bandit)))
  const agent = new Ppo({ env, numSteps: 32, learningRate: 3e-3 })
  await agent.learn({ totalTimesteps: 4096 })
  const makeEnv = AROUND['NormalizeObservation']!
  expect(evaluate(agent, { makeEnv, episodes: 200, seed: 9 }).mean).toBeGreaterThan(0.98)
  agent.dispose()
})

test('an environment with other wrappers than the model knows is refused', async () => {
  const agent = LEARNERS.ppo(AROUND['NormalizeObservation']!, 2)
  await agent.learn({ totalTimesteps: 1024 })
  expect(() => evaluate(agent, { makeEnv: bandit, episodes: 2, seed: 1 })).toThrow(
    'the model has statistics of 1 wrappers, but the environment has 0 that gather some',
  )
  agent.dispose()
})
