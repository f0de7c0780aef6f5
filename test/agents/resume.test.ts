/** A run that was cut and resumed is the run that was not cut, bit for bit; torn states are refused. */
import { make } from 'gymnasium-js'
import { NormalizeReward, SyncVectorEnv } from 'gymnasium-js/vector'
import { NormalizeObservation } from 'gymnasium-js/wrappers'
import { beforeAll, describe, expect, test } from 'vitest'
import { useBackend } from '../../src/backend/index.ts'
import { networkFrom } from '../../src/nn/index.ts'
import type { CheckpointState } from '../../src/state.ts'
import { unsavedReason } from '../../src/training/index.ts'
import {
  type AnyAgent,
  cartPole,
  smallA2c,
  smallDqn,
  smallPpo,
  smallPqn,
} from '../helpers/agents.ts'
import { bitGame, GameEnv, twoStepGame } from '../helpers/environments.ts'
import { fieldsOf, throughFiles, withField, withTensor } from '../helpers/states.ts'

beforeAll(() => useBackend('simd'))

const TOTAL = 480
const EXPLORATION = ['algorithm', 'policy', 'exploration']
/** More options than the small agents': all that a state holds should matter. */
const AGENTS = [
  {
    name: 'DQN',
    create: (config: object): AnyAgent =>
      smallDqn({
        bufferSize: 200, // the ring is full before the end
        learningRateSchedule: 'linear',
        doubleQ: true,
        tau: 0.5,
        ...config,
      }),
  },
  {
    name: 'A2C',
    create: (config: object): AnyAgent =>
      smallA2c({ learningRateSchedule: 'linear', normalizeAdvantages: true, ...config }),
  },
  {
    name: 'PPO',
    create: (config: object): AnyAgent =>
      smallPpo({
        learningRateSchedule: 'linear',
        entCoef: 0.01,
        entCoefEnd: 0,
        valueClip: 0.2,
        targetKl: 0.005,
        normalization: 'batch',
        sharedTrunk: true,
        ...config,
      }),
  },
  {
    name: 'PQN',
    create: (config: object): AnyAgent =>
      smallPqn({ normalization: 'weight', explorationFraction: 0.9, ...config }),
  },
]

const tinyConv = networkFrom([
  { type: 'conv2d', filters: 4, kernelSize: 3, stride: 2, activation: 'relu' },
  { type: 'flatten' },
  { type: 'dense', units: 16, activation: 'relu' },
])
const normalized = () =>
  new NormalizeReward(
    new SyncVectorEnv(new Array(4).fill(() => new NormalizeObservation(cartPole()))),
  )

/** What each agent plays: fresh environments at each call. */
const PLAYGROUNDS = [
  { playground: 'CartPole', config: () => ({ env: cartPole }) },
  {
    playground: 'a MinAtar game',
    config: () => ({ env: () => make('MinAtar/Breakout-v1'), network: tinyConv }),
  },
  { playground: 'a normalized vector environment', config: () => ({ env: normalized() }) },
]

/** Timesteps at which all of them can be cut: four environments make four at once. */
const CUTS = [
  ['before learning starts', 48],
  ['in mid-episode and mid-rollout', 252],
  ['after an update', 264],
] as const

interface Seen {
  /** Episodes and rows of metrics, in order. */
  readonly events: unknown[]
  readonly state: CheckpointState
}

/** Learns up to a timestep of the budget. @returns what was told, and the state at that timestep */
async function learnUntil(agent: AnyAgent, timestep: number): Promise<Seen> {
  const events: unknown[] = []
  let state: CheckpointState | undefined
  const listener = {
    onEpisode: (episode: unknown) => void events.push(episode),
    onMetrics: (step: number, metrics: object) => void events.push({ step, ...metrics }),
    onStep: (step: number) => {
      if (step !== timestep) return true
      state = agent.getState()
      return false
    },
  }
  await agent.learn({ totalTimesteps: TOTAL, callbacks: [listener] })
  return { events, state: state! }
}

describe.each(AGENTS)('$name', ({ name, create }) => {
  describe.each(PLAYGROUNDS)('on $playground', ({ config }) => {
    const whole = async () => {
      const agent = create(config())
      const { events, state } = await learnUntil(agent, TOTAL)
      const digest = agent.digest()
      agent.dispose()
      return { events, state, digest }
    }
    let uncut: Awaited<ReturnType<typeof whole>>
    beforeAll(async () => void (uncut = await whole()))

    test.each(CUTS)('cut %s, it goes on as if nothing had been', async (_, timestep) => {
      const before = create(config())
      const first = await learnUntil(before, timestep)
      before.dispose()
      const after = create(config())
      after.setState(throughFiles(first.state))
      expect(after.getState()).toEqual(first.state)
      const second = await learnUntil(after, TOTAL)
      expect([...first.events, ...second.events]).toEqual(uncut.events)
      expect(after.digest()).toBe(uncut.digest)
      expect(second.state).toEqual(uncut.state)
      after.dispose()
    })

    test('there is something to lose: episodes, metrics and updates on both sides of the cuts', () => {
      const steps = uncut.events.map((event) => (event as { globalStep?: number }).globalStep)
      expect(steps.filter((step) => step !== undefined).length).toBeGreaterThan(3)
      const rows = uncut.events.filter((event) => 'losses/grad_norm' in (event as object))
      expect(rows.length).toBeGreaterThanOrEqual(3)
    })
  })

  test('cut at every timestep of a while, it is the same run', async () => {
    const agent = create({ env: cartPole, numEnvs: 1 })
    const states: CheckpointState[] = []
    const digestAt130 = async (onStep: (step: number) => void) => {
      const listener = { onStep: (step: number) => (onStep(step), step < 130) }
      await agent.learn({ totalTimesteps: TOTAL, callbacks: [listener] })
      return agent.digest()
    }
    const digest = await digestAt130((step) => {
      if (step >= 96 && step < 108) states.push(agent.getState())
    })
    expect(states).toHaveLength(12)
    for (const state of states) {
      agent.setState(throughFiles(state)) // an agent that has gone on can go back
      expect(await digestAt130(() => undefined)).toBe(digest)
    }
    agent.dispose()
  })

  test('in mid-episode, episodes are under way', async () => {
    const agent = create({ env: cartPole })
    const { state } = await learnUntil(agent, 252)
    const { lengths } = savedEnvironments(state)
    expect(Math.max(...(lengths as number[]))).toBeGreaterThan(0)
    agent.dispose()
  })

  test('views of a state are the same numbers as copies', async () => {
    const agent = create({ env: cartPole })
    await learnUntil(agent, 252)
    expect(agent.getState({ views: true })).toEqual(agent.getState())
    agent.dispose()
  })

  test('a state from before the first timestep is one too', async () => {
    const [one, other] = [create({ env: cartPole }), create({ env: cartPole })]
    other.setState(throughFiles(one.getState()))
    const [first, second] = [await learnUntil(one, 252), await learnUntil(other, 252)]
    expect(second).toEqual(first)
    one.dispose()
    other.dispose()
  })

  test('a state cannot be had in the middle of a timestep', async () => {
    const agent = create({ env: () => new GameEnv(bitGame) })
    const onEpisode = () => void agent.getState()
    await expect(
      agent.learn({ totalTimesteps: TOTAL, callbacks: [{ onEpisode }] }),
    ).rejects.toThrow(/getState: this agent is in the middle of a timestep/)
    agent.dispose()
  })

  describe('an environment without a state', () => {
    /** Of the user's own: two steps an episode, and nothing to save. */
    class Forgetful extends GameEnv {
      override getState(): never {
        throw new Error('this one forgets')
      }
    }
    const cutAt = async (timestep: number) => {
      const made: GameEnv[] = []
      const env = () => made[made.push(new Forgetful(twoStepGame)) - 1]!
      const before = create({ env, numEnvs: 2 })
      const { state } = await learnUntil(before, timestep)
      const after = create({ env, numEnvs: 2 })
      after.setState(throughFiles(state))
      const resumed = after.getState()
      const { events } = await learnUntil(after, TOTAL)
      const digest = after.digest()
      before.dispose()
      after.dispose()
      return { state, resumed, events, digest, seeds: made.map(({ seeds }) => seeds) }
    }

    test('is told of, and resumes at the start of an episode of its own', async () => {
      const { state, events, digest, seeds } = await cutAt(250)
      expect(unsavedReason(state)).toContain('this one forgets')
      const anew = ['1/env/0/resumed/250', '1/env/1/resumed/250']
      expect(seeds.slice(2)).toEqual(anew.map((seed) => [seed]))
      // 115 steps of two environments, from the start of an episode of two.
      const episodes = events.filter((event) => 'episodicReturn' in (event as object))
      expect(episodes).toHaveLength(2 * 57)
      expect((await cutAt(250)).digest).toBe(digest)
    })

    test.runIf(name !== 'DQN')('has the rollout bootstrap from where it was left', async () => {
      const { state, resumed } = await cutAt(250)
      const lastFlags = ({ tensors }: CheckpointState) =>
        Array.from(tensors['learning/algorithm/rollouts/rollout/truncated']!.data.slice(-2))
      expect(lastFlags(state)).toEqual([0, 0])
      expect(lastFlags(resumed)).toEqual([1, 1])
      const left = resumed.tensors['learning/algorithm/rollouts/rollout/finalObs']!.data.slice(-2)
      expect(left).toEqual(state.tensors['learning/run/environments/obs']!.data)
    })

    test('is nothing that a whole environment has', async () => {
      const agent = create({ env: cartPole })
      expect(unsavedReason(agent.getState())).toBeUndefined()
      expect(unsavedReason((await learnUntil(agent, 48)).state)).toBeUndefined()
      agent.dispose()
    })
  })

  describe('a torn state', () => {
    let state: CheckpointState
    let agent: AnyAgent
    let untouched: CheckpointState
    beforeAll(async () => {
      const source = create({ env: cartPole, numEnvs: 2 })
      state = (await learnUntil(source, 252)).state
      source.dispose()
      agent = create({ env: cartPole, numEnvs: 2 })
      untouched = (await learnUntil(agent, 110)).state
      return () => agent.dispose()
    })
    const expectRefused = (torn: CheckpointState, message: RegExp) => {
      expect(() => agent.setState(torn)).toThrow(message)
      expect(() => agent.setState(torn)).toThrow(TypeError)
      expect(agent.getState()).toEqual(untouched)
    }

    test.each([
      [
        ['version'],
        2,
        /state\.version: expected 3: .*the models of its run can be loaded, found 2/,
      ],
      [['agent'], 'nobody', /state\.agent: .*expected "\w+", found "nobody"/],
      [['seed'], '2', /state\.seed: .*expected "1", found "2"/],
      [['numEnvs'], 3, /state\.numEnvs: .*expected 2, found 3/],
      [['observationSpace'], 'Box', /state\.observationSpace: .*expected "Box\(.*found "Box"/],
      [['globalStep'], -1, /state\.globalStep: .*found -1/],
      [['globalStep'], 1.5, /state\.globalStep: .*found 1\.5/],
      [['initialized'], 1, /state\.initialized: .*boolean.*found 1/],
      [EXPLORATION.concat('s1'), 1, /state\.algorithm\.policy\.exploration\.s1: .*found 1/],
      [EXPLORATION.concat('seed'), '1/init', /exploration\.seed: expected "1\/exploration"/],
      [
        ['algorithm', 'optimizer', 'stepCount'],
        '9',
        /state\.algorithm\.optimizer\.stepCount: .*number.*found "9"/,
      ],
      [
        ['algorithm', 'optimizer', 'rule'],
        'sgd',
        /state\.algorithm\.optimizer\.rule: .*found "sgd"/,
      ],
      [['algorithm', 'more'], {}, /state\.algorithm: .*"more"/],
      [
        ['learning', 'run', 'environments', 'seeds'],
        ['a'],
        /learning\.run\.environments\.seeds: .*exactly 2.*found \["a"\]/,
      ],
      [
        ['learning', 'run', 'environments', 'saved', 'lengths'],
        [1],
        /learning\.run\.environments\.saved: the environments refuse it: .*lengths/,
      ],
      [['learning', 'more'], 1, /state\.learning: .*"more"/],
      [['more'], 1, /state: .*"more"/],
    ])('with %j = %j is refused, and nothing changes', (path, value, message) => {
      expectRefused(withField(state, path, value), message)
    })

    test('in the second environment leaves the first as it was', () => {
      const saved = savedEnvironments(state)
      const [first] = saved['envs'] as [object]
      const envs = ['learning', 'run', 'environments', 'saved', 'envs']
      const torn = withField(state, envs, [first, {}] as never)
      expectRefused(torn, /learning\.run\.environments\.saved: the environments refuse it/)
    })

    test('without any one of its fields is refused, and nothing changes', () => {
      const fields = fieldsOf(state.json)
      expect(fields.length).toBeGreaterThan(30)
      for (const path of fields) {
        expectRefused(withField(state, path, undefined), new RegExp(`state.*(${path.join('|')})`))
      }
    })

    test('with a tensor missing, reshaped, retyped or cut is refused, and nothing changes', () => {
      const names = Object.keys(state.tensors)
      expect(names.length).toBeGreaterThan(15)
      for (const name of names) {
        const tensor = state.tensors[name]!
        const { data, shape } = tensor
        const refused = (change: object | undefined, found: string) => {
          const torn = withTensor(state, name, change && { ...tensor, ...change })
          expectRefused(torn, new RegExp(`tensor "${name}": expected .*, found ${found}`))
        }
        refused(undefined, 'nothing')
        refused({ shape: [1, ...shape] }, `\\w+ \\[1, `)
        refused({ dtype: 'int16', data: Int16Array.from(data) }, 'int16')
        if (data.length > 0) refused({ data: data.slice(1) }, `${data.length - 1} \\w+ values`)
      }
    })

    test('with a tensor too many is refused, and nothing changes', () => {
      const more = { dtype: 'float32', shape: [1], data: new Float32Array(1) } as const
      const parts = ['', 'algorithm/', 'algorithm/optimizer/', 'algorithm/policy/', 'learning/']
      const within = ['run/', 'run/metrics/', 'algorithm/'].map((part) => `learning/${part}`)
      for (const name of [...parts, ...within].map((part) => `${part}more`))
        expectRefused(withTensor(state, name, more), new RegExp(`tensor "${name}": expected no`))
    })

    test.each(
      name === 'DQN'
        ? [
            ['replay', 'capacity', 1000, /replay\.capacity: .*expected 200, found 1000/],
            ['replay', 'size', 201, /replay\.size: .*<=200, found 201/],
            ['replay', 'position', 200, /replay\.position: .*<200, found 200/],
            ['replay', 'size', 100, /replay\.position: expected 100/],
          ]
        : ([
            ['rollouts.rollout', 'numSteps', 6, /rollout\.numSteps: .*<=5, found 6/],
            ['rollouts.rollout', 'steps', 5, /rollout: expected fewer steps than numSteps/],
            ['rollouts.rollout', 'numEnvs', 3, /rollout\.numEnvs: .*expected 2, found 3/],
          ] as const),
    )('with %s.%s = %j is refused, and nothing changes', (part, field, value, message) => {
      const path = ['learning', 'algorithm', ...part.split('.')]
      const torn = withField(state, [...path, field], value)
      expectRefused(torn, message)
      expectRefused(torn, new RegExp(path.join('\\.')))
    })

    test.each([-1, 0.5, Number.NaN])(
      'with %d values in a mean is refused, and nothing changes',
      (count) => {
        const name = 'learning/run/metrics/counts'
        const counts = state.tensors[name]!
        const torn = withTensor(state, name, { ...counts, data: counts.data.slice().fill(count) })
        expectRefused(torn, /learning\.run\.metrics\.counts: expected whole numbers from 0 on/)
      },
    )

    test('of an agent with other layers is refused', () => {
      const other = create({ env: cartPole, numEnvs: 2, network: { mlp: [8] } })
      expect(() => other.setState(state)).toThrow(
        /expected float32 \[(\d+, 8|8, \d+)\], found float32/,
      )
      other.dispose()
    })

    test('of an agent that learns is refused by one that only acts', () => {
      const { observationSpace, actionSpace } = agent
      const acting = create({ spaces: { observationSpace, actionSpace }, numEnvs: 2 })
      expect(() => acting.setState(state)).toThrow(/no environment to learn in/)
      acting.dispose()
    })
  })
})

function savedEnvironments(state: CheckpointState): Record<string, unknown> {
  const { learning } = state.json as { learning: { run: { environments: { saved: object } } } }
  return learning.run.environments.saved as Record<string, unknown>
}
