/** What is not finite stops learning at once, and the error says where and shows what it was found in. */
import * as tf from '@tensorflow/tfjs-core'
import { Box, type StepResult, Wrapper } from 'gymnasium-js'
import { makeVector, VectorWrapper, type ActionArray, type VectorStep } from 'gymnasium-js/vector'
import { beforeAll, describe, expect, test } from 'vitest'
import { useBackend } from '../../src/backend/index.ts'
import { requireFinite, TrainingTrouble, Trouble } from '../../src/trouble.ts'
import { AGENTS, cartPole, smallDqn } from '../helpers/agents.ts'
import { GameEnv } from '../helpers/environments.ts'

beforeAll(() => useBackend('simd'))

/** Vector environments that do not look at their numbers, with one of them spoiled in one step. */
class Spoiled extends VectorWrapper {
  #steps = 0
  readonly #spoil: (step: VectorStep) => void

  constructor(spoil: (step: VectorStep) => void) {
    super(makeVector('CartPole-v1', 4))
    this.#spoil = spoil
  }

  override step(actions: ActionArray): VectorStep {
    const step = this.envs.step(actions)
    if (++this.#steps === 40) this.#spoil(step)
    return step
  }
}

async function troubleOf(learning: Promise<void>): Promise<TrainingTrouble> {
  const error: unknown = await learning.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(TrainingTrouble)
  return error as TrainingTrouble
}

describe.each(AGENTS)('$name', ({ name, create }) => {
  const agentName = name.toLowerCase()
  const totalTimesteps = 400

  test.each([
    ['a reward', 'rewards', 2, /env 2: reward is NaN/],
    ['an observation', 'nextObs', 3 * 4 + 1, /env 3: the observation is NaN, at element 1/],
    ['a final observation', 'finalObs', 1 * 4 + 2, /env 1: the final observation is NaN, at elem/],
  ] as const)('%s of NaN is found in its environment', async (_, array, at, message) => {
    const env = new Spoiled((step) => {
      const arrays = { rewards: step.rewards, nextObs: step.obs, finalObs: step.finalObs }
      arrays[array][at] = Number.NaN
      step.truncated[1] = 1
    })
    const agent = create({ env, seed: 7 })
    const trouble = await troubleOf(agent.learn({ totalTimesteps }))
    expect(trouble.message).toMatch(message)
    expect(trouble.message).toMatch(new RegExp(`^${agentName}: .* at timestep 160 \\(seed "7/env`))
    const environment = array === 'rewards' ? at : Math.floor(at / 4)
    expect(trouble).toMatchObject({ globalStep: 160, environment })
    expect(trouble.environmentSeed).toBe(`7/env/${environment}`)
    const { json, tensors } = trouble.evidence
    expect(json).toMatchObject({ globalStep: 160, environment })
    expect(Object.keys(tensors)).toEqual(
      expect.arrayContaining(['obs', 'actions', 'rewards', 'nextObs', 'terminated']),
    )
    expect(tensors['obs']!.shape).toEqual([4, 4])
    expect(tensors['actions']!.shape).toEqual([4])
    expect(tensors[array]!.data[at]).toBeNaN()
    expect(() => agent.getState()).toThrow(/stopped there by an error/)
    agent.dispose()
  })

  test('a final observation of an episode that goes on is nobody’s', async () => {
    const env = new Spoiled(({ finalObs, terminated, truncated }) => {
      for (let i = 0; i < 4; i++)
        if (!terminated[i] && !truncated[i]) finalObs.fill(Number.NaN, i * 4, i * 4 + 4)
    })
    const agent = create({ env })
    await agent.learn({ totalTimesteps })
    expect(agent.globalStep).toBe(totalTimesteps)
    agent.dispose()
  })

  test('a first observation of infinity is found', async () => {
    class Infinite extends VectorWrapper {
      override reset(...args: Parameters<VectorWrapper['reset']>) {
        const first = this.envs.reset(...args)
        first.obs[5] = Number.POSITIVE_INFINITY
        return first
      }
    }
    const agent = create({ env: new Infinite(makeVector('CartPole-v1', 4)) })
    const trouble = await troubleOf(agent.learn({ totalTimesteps }))
    expect(trouble.message).toMatch(/env 1: the first observation is Infinity, .*at timestep 0/)
    agent.dispose()
  })

  test('an environment that fails is named, with its seed and what it was asked', async () => {
    class Failing extends Wrapper {
      #steps = 0
      override step(action: unknown): StepResult {
        if (++this.#steps === 60) throw new Error('the robot fell off the table')
        return super.step(action)
      }
    }
    let made = 0
    const env = () => (made++ === 1 ? new Failing(cartPole()) : cartPole())
    const agent = create({ env, numEnvs: 3 })
    const trouble = await troubleOf(agent.learn({ totalTimesteps: 399 }))
    expect(trouble.message).toMatch(/env 1 .*: the robot fell off the table, at timestep 180/)
    expect(trouble).toMatchObject({ environment: 1, environmentSeed: '1/env/1', globalStep: 180 })
    expect(trouble.cause).toBeInstanceOf(Error)
    expect(Object.keys(trouble.evidence.tensors)).toEqual(['obs', 'actions'])
    agent.dispose()
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'a weight of %s is found by what comes of it',
    async (value) => {
      const agent = create({ numEnvs: 2 })
      const network = 'network' in agent ? agent.network : agent.policy
      const bias = network.parameters['2/b']!
      const onStep = (step: number) => {
        if (step === 200) tf.tidy(() => bias.assign(tf.fill(bias.shape, value)))
      }
      const trouble = await troubleOf(agent.learn({ totalTimesteps, callbacks: [{ onStep }] }))
      expect(trouble.message).toMatch(/(loss|Q-value|value|probability of an action) became/)
      expect(trouble.message).toMatch(/lower learningRate or set maxGradNorm/)
      expect(trouble.globalStep).toBeLessThan(220)
      const { obs } = trouble.evidence.tensors
      expect(obs!.shape).toEqual([obs!.shape[0], 4])
      agent.dispose()
    },
  )
})

test('weights that were scaled to one observation have a remedy of their own', async () => {
  const observationSpace = new Box({ low: -1, high: 1, shape: [4], dtype: 'float32' })
  const play = () => ({ state: 0, terminated: true })
  const observe = () => Float32Array.of(0.5, 0, 0, 1)
  const env = () => new GameEnv({ observationSpace, start: () => 0, observe, play })
  const agent = smallDqn({ env, seed: 1 })
  const bias = agent.network.parameters['2/b']!
  const onStep = (step: number) => {
    if (step === 200) tf.tidy(() => bias.assign(tf.fill(bias.shape, Infinity)))
  }
  const trouble = await troubleOf(agent.learn({ totalTimesteps: 400, callbacks: [{ onStep }] }))
  expect(trouble.message).toMatch(
    /became (Infinity|NaN) at timestep \d+; 16 of 16 units of a layer .* hardly differ: set dataInitialization/,
  )
})

describe('what an update reads back', () => {
  const batch = {
    rows: 2,
    batch: { obs: Float32Array.of(1, 2, 3, 4), actions: Int32Array.of(0, 1) },
  }

  test('passes while it is finite', () => {
    expect(() => requireFinite({ loss: -0, norm: 1e308 }, batch)).not.toThrow()
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'is trouble at %s, by the name of the first',
    (bad) => {
      const check = () => requireFinite({ loss: 1, 'gradient norm': bad, q: bad }, batch)
      expect(check).toThrow(new RegExp(`^the gradient norm became ${bad}$`)) // the loop knows the rest
      expect(check).toThrow(Trouble)
    },
  )

  test('is shown in copies, which later updates leave alone', () => {
    const trouble = new TrainingTrouble('told', { globalStep: 12, ...batch })
    batch.batch.obs.fill(0)
    expect(trouble.evidence.tensors).toEqual({
      obs: { dtype: 'float32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
      actions: { dtype: 'int32', shape: [2], data: Int32Array.of(0, 1) },
    })
  })
})
