/** What every agent keeps to: budget, reproducibility, memory, models, and plain words about bad input. */

import * as tf from '@tensorflow/tfjs-core'
import { Box, CartPole, Dict, Discrete, type Space } from 'gymnasium-js'
import { SyncVectorEnv } from 'gymnasium-js/vector'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { useBackend } from '../../src/backend/index.ts'
import { mlp } from '../../src/nn/index.ts'
import { evaluate } from '../../src/training/index.ts'
import { memoryStore } from '../../src/storage/index.ts'
import { AGENTS, cartPole } from '../helpers/agents.ts'
import { bitGame, type Game, GameEnv } from '../helpers/environments.ts'
import { expectNear } from '../helpers/tensors.ts'

beforeAll(() => useBackend('simd'))

describe.each(AGENTS)('$name', ({ name, create, Agent }) => {
  const obs = Float32Array.of(0.01, -0.2, 0.03, 0.4)

  describe('reproducibility', () => {
    const digestOfRun = async (seed: number | string) => {
      const agent = create({ seed })
      await agent.learn({ totalTimesteps: 400 })
      const digest = agent.digest()
      agent.dispose()
      return digest
    }

    afterEach(() => void vi.restoreAllMocks())

    test('the same seed gives the same digest twice, another seed another', async () => {
      const digest = await digestOfRun(0)
      expect(digest).toMatch(/^[0-9a-f]{64}$/)
      expect(await digestOfRun(0)).toBe(digest)
      expect(await digestOfRun(1)).not.toBe(digest)
      expect(await digestOfRun('a text')).not.toBe(digest)
    })

    test('no clock and no random numbers of the platform are asked', async () => {
      const digest = await digestOfRun(0)
      const refuse = () => {
        throw new Error('asked for what a seed does not decide')
      }
      vi.spyOn(Math, 'random').mockImplementation(refuse)
      vi.spyOn(Date, 'now').mockImplementation(refuse)
      expect(await digestOfRun(0)).toBe(digest)
    })

    test('callbacks, evaluation and saving do not change what is learned', async () => {
      const agent = create({ seed: 0 })
      const onStep = async (globalStep: number) => {
        if (globalStep % 100 > 0) return
        evaluate(agent, { makeEnv: cartPole, episodes: 2, seed: 'eval' })
        await agent.save(memoryStore())
      }
      await agent.learn({ totalTimesteps: 400, callbacks: [{ onStep }] })
      expect(agent.digest()).toBe(await digestOfRun(0))
      agent.dispose()
    })
  })

  test('keeps its number of tensors over 1,000 steps of act, learn, evaluate and save', async () => {
    const before = tf.memory().numTensors
    const agent = create()
    const counts = new Set<number>()
    const onStep = async (globalStep: number) => {
      agent.act(obs, { deterministic: globalStep % 8 === 0 })
      if (globalStep % 100 === 0) evaluate(agent, { makeEnv: cartPole, episodes: 2, seed: 1 })
      if (globalStep % 20 === 0) await agent.save(memoryStore())
      if (globalStep > 200) counts.add(tf.memory().numTensors)
    }
    await agent.learn({ totalTimesteps: 1200, callbacks: [{ onStep }] })
    expect([...counts]).toHaveLength(1)
    agent.dispose()
    expect(tf.memory().numTensors).toBe(before)
  })

  describe('budget', () => {
    /** Environments that count their steps. */
    const counted = (game: Game = bitGame) => {
      const made: GameEnv[] = []
      const env = () => {
        const one = new GameEnv(game)
        made.push(one)
        return one
      }
      return { env, steps: () => made.map(({ steps }) => steps) }
    }

    test.each([
      [1, 403],
      [3, 402],
      [4, 404],
    ])(
      '%i environments take %i timesteps together, no more and no less',
      async (numEnvs, totalTimesteps) => {
        const { env, steps } = counted()
        const agent = create({ env, numEnvs })
        const seen: number[] = []
        const onStep = (globalStep: number) => (seen.push(globalStep), undefined)
        await agent.learn({ totalTimesteps, callbacks: [{ onStep }] })
        expect(steps()).toEqual(new Array(numEnvs).fill(totalTimesteps / numEnvs))
        expect(seen).toEqual(seen.map((_, i) => (i + 1) * numEnvs))
        expect(agent.globalStep).toBe(totalTimesteps)
        agent.dispose()
      },
    )

    test('a second call goes on from the first', async () => {
      const { env, steps } = counted()
      const agent = create({ env, numEnvs: 2 })
      await agent.learn({ totalTimesteps: 200 })
      await agent.learn({ totalTimesteps: 260 })
      expect(steps()).toEqual([130, 130])
      await expect(agent.learn({ totalTimesteps: 260 })).rejects.toThrow(
        /260.*learned for 260 already; give more/,
      )
      agent.dispose()
    })

    test('a budget that the environments cannot meet exactly is refused with those that they can', async () => {
      const agent = create({ numEnvs: 4 })
      const learning = agent.learn({ totalTimesteps: 402 })
      await expect(learning).rejects.toThrow(RangeError)
      await expect(learning).rejects.toThrow(
        /totalTimesteps is 402.*4 environments.*give 400 or 404/,
      )
      agent.dispose()
    })

    test('what is left of a budget must be met exactly too', async () => {
      const agent = create({ numEnvs: 1 })
      await agent.learn({ totalTimesteps: 301 })
      const store = memoryStore()
      await agent.save(store)
      const loaded = await Agent.load(store, { env: new SyncVectorEnv([cartPole, cartPole]) })
      await expect(loaded.learn({ totalTimesteps: 400 })).rejects.toThrow(/give 399 or 401/)
      await expect(loaded.learn({ totalTimesteps: 302 })).rejects.toThrow(/give 303/)
      await loaded.learn({ totalTimesteps: 451 })
      expect(loaded.globalStep).toBe(451)
      agent.dispose()
      loaded.dispose()
    })

    test.each([0, -5, 2.5, Number.NaN, Infinity])(
      'a budget of %s is refused',
      async (totalTimesteps) => {
        const agent = create()
        await expect(agent.learn({ totalTimesteps })).rejects.toThrow(
          /totalTimesteps is .*positive whole number/,
        )
        agent.dispose()
      },
    )

    test('a callback stops learning', async () => {
      const agent = create({ numEnvs: 4 })
      await agent.learn({ totalTimesteps: 1000, callbacks: [{ onStep: (step) => step < 200 }] })
      expect(agent.globalStep).toBeGreaterThanOrEqual(200)
      expect(agent.globalStep).toBeLessThan(220)
      agent.dispose()
    })

    test('tells of episodes and metrics', async () => {
      const agent = create({ env: () => new GameEnv(bitGame), numEnvs: 2 })
      const episodes: number[] = []
      const metrics = new Map<number, Readonly<Record<string, number>>>()
      const listener = {
        onEpisode: ({
          episodicReturn,
          episodicLength,
        }: {
          episodicReturn: number
          episodicLength: number
        }) => {
          expect([0, 1]).toContain(episodicReturn)
          episodes.push(episodicLength)
        },
        onMetrics: (step: number, values: Readonly<Record<string, number>>) =>
          void metrics.set(step, values),
      }
      await agent.learn({ totalTimesteps: 400, callbacks: [listener] })
      expect(episodes).toEqual(new Array(400).fill(1))
      const last = metrics.get([...metrics.keys()].at(-1)!)!
      expect(Object.values(last).every(Number.isFinite)).toBe(true)
      expect(Object.keys(last)).toContain('losses/grad_norm')
      agent.dispose()
    })
  })

  describe('models', () => {
    const batch = Float32Array.from({ length: 40 }, (_, i) => Math.sin(i))

    test('act the same after saving and loading, and have the same digest', async () => {
      const agent = create({ seed: 3 })
      await agent.learn({ totalTimesteps: 300 })
      const store = memoryStore()
      await agent.save(store)
      const loaded = await Agent.load(store)
      expect(loaded.digest()).toBe(agent.digest())
      expect(loaded.globalStep).toBe(300)
      const act = (one: typeof loaded) => one.actBatch(batch, { deterministic: true })
      expect(act(loaded)).toEqual(act(agent))
      await expect(loaded.learn({ totalTimesteps: 1000 })).rejects.toThrow(
        /no environment to learn in/,
      )
      agent.dispose()
      loaded.dispose()
    })

    test('learn on with an environment, without being initialized anew', async () => {
      const agent = create()
      await agent.learn({ totalTimesteps: 300 })
      const store = memoryStore()
      await agent.save(store)
      const loaded = await Agent.load(store, { env: cartPole, seed: 5 })
      await loaded.learn({ totalTimesteps: 480 })
      expect(loaded.globalStep).toBe(480)
      expect(loaded.digest()).not.toBe(agent.digest())
      expect(Object.values(loaded.initialization).flat()).toEqual([])
      agent.dispose()
      loaded.dispose()
    })

    test('are refused by an environment whose observations have other bounds', async () => {
      const agent = create()
      const store = memoryStore('here')
      await agent.save(store)
      class Narrow extends CartPole {
        override readonly observationSpace = new Box({ low: -1, high: 1, shape: [4] })
      }
      await expect(Agent.load(store, { env: () => new Narrow() })).rejects.toThrow(
        /here: its observationSpace is Box.*but env has Box/,
      )
      agent.dispose()
    })

    test('with a network of the user’s own need it again', async () => {
      const network = (options: Parameters<ReturnType<typeof mlp>>[0]) => mlp([5])(options)
      const agent = create({ network })
      const store = memoryStore('here')
      await agent.save(store)
      await expect(Agent.load(store)).rejects.toThrow(/here.*function of your own/)
      const loaded = await Agent.load(store, { network })
      expect(loaded.digest()).toBe(agent.digest())
      await expect(Agent.load(store, { network: mlp([6]) })).rejects.toThrow(
        /here.*shape \[4, 5\].*\[4, 6\]/,
      )
      await expect(Agent.load(store, { network: mlp([]) })).rejects.toThrow(/here.*tensor/)
      agent.dispose()
      loaded.dispose()
    })

    test('of another agent are refused by name', async () => {
      const agent = create()
      const store = memoryStore('here')
      await agent.save(store)
      const other = AGENTS.find((one) => one.name !== name)!
      await expect(other.Agent.load(store)).rejects.toThrow(
        new RegExp(`here holds a model of agent "${name.toLowerCase()}"`),
      )
      agent.dispose()
    })

    test('a plain network is saved and loaded too', async () => {
      const agent = create({ normalization: 'none' })
      await agent.learn({ totalTimesteps: 200 })
      const store = memoryStore()
      await agent.save(store)
      const loaded = await Agent.load(store)
      expect(loaded.actBatch(batch, { deterministic: true })).toEqual(
        agent.actBatch(batch, { deterministic: true }),
      )
      agent.dispose()
      loaded.dispose()
    })
  })

  test('a linear learning rate gives other weights than a constant one, and no update is lost at its end', async () => {
    const digestAfter = async (learningRateSchedule: 'constant' | 'linear', stopAt: number) => {
      const agent = create({ learningRateSchedule })
      const onStep = (step: number) => step < stopAt
      await agent.learn({ totalTimesteps: 400, callbacks: [{ onStep }] })
      const digest = agent.digest()
      agent.dispose()
      return digest
    }
    const atEnd = await digestAfter('linear', 400)
    expect(atEnd).not.toBe(await digestAfter('constant', 400))
    expect(atEnd).not.toBe(await digestAfter('linear', 380))
  })

  test('act takes one observation, is greedy unless told, and refuses another size', () => {
    const agent = create()
    const obs = Float32Array.of(0.1, 0, 0, 0)
    expect(agent.act(obs)).toBe(agent.act(obs, { deterministic: true }))
    expect(() => agent.act(new Float32Array(8))).toThrow(/8 numbers.*one observation has 4/)
    agent.dispose()
  })

  describe('environments', () => {
    test('one environment, a function and a vector environment teach the same', async () => {
      const digests = new Set<string>()
      for (const env of [cartPole(), cartPole, new SyncVectorEnv([cartPole])]) {
        const agent = create({ env, numEnvs: 1 })
        await agent.learn({ totalTimesteps: 200 })
        digests.add(agent.digest())
        agent.dispose()
      }
      expect([...digests]).toHaveLength(1)
    })

    test('start from a seed each, which the agent’s seed decides, and are never seeded again', async () => {
      const seedsOf = async (seed: number) => {
        const made: GameEnv[] = []
        const env = () => made[made.push(new GameEnv(bitGame)) - 1]!
        const agent = create({ env, numEnvs: 2, seed })
        await agent.learn({ totalTimesteps: 200 })
        agent.dispose()
        return made.flatMap(({ seeds }) => seeds)
      }
      const seeds = await seedsOf(0)
      expect(seeds).toHaveLength(2)
      expect(await seedsOf(0)).toEqual(seeds)
      expect(new Set([...seeds, ...(await seedsOf(1))]).size).toBe(4)
    })

    test('actions start where the action space starts', async () => {
      const actions = new Set<number>()
      const env = () =>
        new GameEnv({
          ...bitGame,
          actionSpace: new Discrete(3, 5),
          play: (state, action) => (actions.add(action), { state, terminated: true }),
        })
      const agent = create({ env })
      await agent.learn({ totalTimesteps: 400 })
      expect([...actions].sort()).toEqual([5, 6, 7])
      for (const deterministic of [true, false]) {
        expect([5, 6, 7]).toContain(agent.act(Float32Array.of(1, 0), { deterministic }))
      }
      agent.dispose()
    })

    test.each(['uint8', 'int32', 'float64'] as const)(
      'observations of dtype %s are learned from',
      async (dtype) => {
        const observationSpace: Space = new Box({ low: 0, high: 9, shape: [2], dtype })
        const observe = (state: number) => {
          const value = new Box({ low: 0, high: 9, shape: [2], dtype }).sample()
          value.set([state, 9])
          return value
        }
        const agent = create({ env: () => new GameEnv({ ...bitGame, observationSpace, observe }) })
        await agent.learn({ totalTimesteps: 200 })
        expect(agent.globalStep).toBe(200)
        agent.dispose()
      },
    )

    test('observations of a Discrete space are numbers', async () => {
      const agent = create({
        env: () =>
          new GameEnv({ ...bitGame, observationSpace: new Discrete(2), observe: (state) => state }),
      })
      await agent.learn({ totalTimesteps: 200 })
      expect([0, 1]).toContain(agent.act(1, { deterministic: true }))
      agent.dispose()
    })
  })

  describe('bad input', () => {
    const refused = (
      config: object,
      message: RegExp,
      kind: typeof RangeError | typeof TypeError,
    ) => {
      const attempt = () => create(config)
      expect(attempt).toThrow(message)
      expect(attempt).toThrow(kind)
    }

    test.each([
      [{ gamma: 1.5 }, /gamma is 1\.5.*1/],
      [{ numEnvs: 0 }, /numEnvs is 0/],
      [{ numEnvs: 2.5 }, /numEnvs is 2\.5/],
      [{ learningRate: 0 }, /learningRate is 0/],
      [{ learningRate: Number.NaN }, /learningRate/],
      [{ maxGradNorm: -1 }, /maxGradNorm is -1/],
      [{ normalization: 'group' }, /normalization is "group".*weight/],
      [{ optimizer: 'adagrad' }, /optimizer is "adagrad"/],
      [{ optimizer: { name: 'adam', beta1: 1 } }, /optimizer\.beta1 is 1/],
      [{ network: { mlp: [0] } }, /network\.mlp\.0 is 0/],
      [{ network: 'resnet' }, /network is "resnet"/],
      [{ scaleObservations: [1, 2] }, /scaleObservations has 2 numbers.*4/],
      [{ seed: -1 }, /seed is -1/],
      [{ seed: 1.5 }, /seed is 1\.5/],
    ] as const)('%o is out of range', (config, message) => {
      refused(config, message, RangeError)
    })

    test('an unknown option names the nearest', () => {
      refused(
        { learningrate: 1 },
        /unknown option "learningrate"; did you mean "learningRate"\?/,
        TypeError,
      )
      refused({ entCof: 1 }, /unknown option "entCof"/, TypeError)
    })

    test('what is no environment is refused', () => {
      refused({ env: undefined }, /env is missing/, TypeError)
      refused({ env: {} }, /expected an environment/, TypeError)
    })

    test('actions that it cannot play are refused, naming the space and the remedy', () => {
      const dtype = name === 'DQN' ? 'float32' : 'int32'
      const actionSpace = new Box({ low: -1, high: 1, shape: [1], dtype })
      const env = () => new GameEnv({ ...bitGame, actionSpace })
      refused({ env }, new RegExp(`${name} plays Discrete.* action spaces.*Box.*wrap`), TypeError)
    })

    test('observations in a Dict are flattened; a space of them alone is refused with the remedy', () => {
      const observationSpace = new Dict({ a: new Discrete(2) })
      const agent = create({ env: () => new GameEnv({ ...bitGame, observationSpace }) })
      expect(agent.observationSpace.toString()).toBe('Box(0.0, 1.0, (2,), float32)')
      agent.dispose()
      const spaces = { observationSpace, actionSpace: new Discrete(2) }
      refused({ spaces }, /Dict.*flatten/i, TypeError)
    })

    test('a vector environment that resets in the next step is refused', () => {
      const env = new SyncVectorEnv([cartPole], { autoresetMode: 'NextStep' })
      refused({ env }, /autoresetMode "SameStep"/, RangeError)
    })

    test('several copies of one environment are refused', () => {
      refused({ env: cartPole(), numEnvs: 2 }, /numEnvs is 2.*function/, RangeError)
    })

    test.each([
      ['the wrong shape', () => new Float32Array(3), /observation.*does not fit.*found 3/],
      ['the wrong dtype', () => new Float64Array(2), /observation.*does not fit.*Float32Array/],
      ['NaN', () => Float32Array.of(1, Number.NaN), /observation.*NaN/],
      ['undefined', () => undefined, /reset\(\) returned.*obs is undefined/],
    ])('an observation with %s is an error', async (_, bad, message) => {
      const agent = create({ env: () => new GameEnv({ ...bitGame, observe: bad }) })
      await expect(agent.learn({ totalTimesteps: 400 })).rejects.toThrow(message)
      agent.dispose()
    })

    test('a reward of NaN is an error', async () => {
      const play = (state: number) => ({ state, reward: Number.NaN })
      const agent = create({ env: () => new GameEnv({ ...bitGame, play }) })
      await expect(agent.learn({ totalTimesteps: 400 })).rejects.toThrow(/env 0: reward is NaN/)
      agent.dispose()
    })

    test('a loss that is not finite any more is an error that names the remedy', async () => {
      const play = (state: number) => ({ state, reward: 1e38, terminated: true })
      const agent = create({ env: () => new GameEnv({ ...bitGame, play }) })
      await expect(agent.learn({ totalTimesteps: 400 })).rejects.toThrow(
        /loss became .* rewards or their sums are .*: clip or scale them/,
      )
      agent.dispose()
    })
  })

  test('an observation is acted on alone as in a batch', () => {
    const agent = create()
    const others = Float32Array.from({ length: 28 }, (_, i) => Math.cos(i) * 3)
    const together = outputs(agent, Float32Array.from([...others, ...obs]))
    const alone = outputs(agent, obs)
    expectNear(together.subarray(-alone.length), alone, 1e-6)
    agent.dispose()
  })
})

function outputs(
  agent: ReturnType<(typeof AGENTS)[number]['create']>,
  obs: Float32Array,
): Float32Array {
  return 'qValues' in agent ? agent.qValues(obs) : agent.probabilities(obs)
}
