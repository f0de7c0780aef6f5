/**
 * Options that size something: absurd values are refused by name before anything is made, large ones that work are not,
 * and an estimate is what is allocated.
 */
import * as tf from '@tensorflow/tfjs-core'
import { make } from 'gymnasium-js'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { Dqn, Ppo } from '../../agents/index.ts'
import { createReplay } from '../../src/buffers/index.ts'
import { minatarConv, mlp, observationEncoder } from '../../src/nn/index.ts'
import { evaluate } from '../../src/training/index.ts'
import { cartPole, smallA2c, smallDqn, smallPpo, smallPqn } from '../helpers/agents.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

const breakout = () => make('MinAtar/Breakout-v1')
const create = { dqn: smallDqn, a2c: smallA2c, ppo: smallPpo, pqn: smallPqn }
type Name = keyof typeof create

/** Makes the agent and asks whether it would learn for so long. */
function check(agent: Name, options: object, totalTimesteps: number): void {
  const made = create[agent](options)
  try {
    made.checkBudget(totalTimesteps)
  } finally {
    made.dispose()
  }
}

/** Of the arrays that it makes: the most of several times, since arrays of before may be collected meanwhile. */
function bytesOf(make: () => unknown): number {
  const kept: unknown[] = []
  const grown = Array.from({ length: 4 }, () => {
    const before = process.memoryUsage().arrayBuffers
    kept.push(make())
    return process.memoryUsage().arrayBuffers - before
  })
  expect(kept).toHaveLength(4)
  return Math.max(...grown)
}

/** Room for so many bytes. */
function haveMemory(bytes: number): void {
  vi.spyOn(process, 'availableMemory').mockReturnValue(Math.round(bytes))
}

describe('an absurd value is refused by name, with what it takes and what there is', () => {
  test.each<[Name, object, RegExp]>([
    ['dqn', { numEnvs: 1e7 }, /^numEnvs is 10000000, /],
    ['ppo', { numEnvs: 1e9 }, /^numEnvs is 1000000000, /],
    ['pqn', { numEnvs: 1e7 }, /^numEnvs is 10000000, /],
    ['dqn', { network: mlp([1e9]) }, /^network is 1000000000 units wide, /],
    ['a2c', { network: mlp([16, 1e9]) }, /^network is 1000000000 units wide, /],
    ['ppo', { network: mlp([1e9]), sharedTrunk: true }, /^network is 1000000000 units wide, /],
    ['pqn', { network: mlp([1e6, 1e6]) }, /^network is 1000000 units wide, /],
    ['dqn', { distribution: 'c51', atoms: 1e9 }, /^atoms is 1000000000, /],
    ['dqn', { distribution: 'quantile', atoms: 1e9, dueling: true }, /^atoms is 1000000000, /],
    ['dqn', { bufferSize: 1e12 }, /^bufferSize is 1000000000000, /],
    ['dqn', { bufferSize: 1e12, prioritizedReplay: true }, /^bufferSize is 1000000000000, /],
    ['dqn', { env: breakout, bufferSize: 1e11 }, /^bufferSize is 100000000000, /],
    ['dqn', { bufferSize: 1e9, batchSize: 1e9 }, /^batchSize is 1000000000, /],
    ['dqn', { initializationBatch: 1e9 }, /^initializationBatch is 1000000000, /],
    ['a2c', { numSteps: 1e9 }, /^numSteps is 1000000000, /],
    ['ppo', { numSteps: 1e9 }, /^numSteps is 1000000000, /],
    ['ppo', { numSteps: 1e9, batchSize: 4e9 }, /^batchSize is 4000000000, /],
    ['a2c', { initializationSteps: 1e9 }, /^initializationSteps is 1000000000, /],
  ])('%s %j', (agent, options, message) => {
    const numTensors = tf.memory().numTensors
    const checked = () => check(agent, options, 4e12)
    expect(checked).toThrow(message)
    expect(checked).toThrow(RangeError)
    expect(checked).toThrow(
      /needs \d+\.\d GiB with all else, but only \d+\.\d GiB .*; choose a smaller /,
    )
    expect(tf.memory().numTensors).toBe(numTensors)
  })

  test('an array that is longer than the engine makes', () => {
    vi.spyOn(process, 'availableMemory').mockReturnValue(2 ** 60)
    const options = { env: breakout, bufferSize: 2 ** 52 }
    expect(() => check('dqn', options, 4e12)).toThrow(
      /^bufferSize is 4503599627370496, which needs an array of \d+ numbers, too long here; /,
    )
  })

  test('episodes of an evaluation, and copies of the environment for them', () => {
    const agent = smallDqn()
    const played = { makeEnv: cartPole, seed: 1 }
    expect(() => evaluate(agent, { ...played, episodes: 1e9 })).toThrow(/^episodes is 1000000000, /)
    const copies = { episodes: 1e8, evalEnvs: 1e8 }
    expect(() => evaluate(agent, { ...played, ...copies })).toThrow(/^evalEnvs is 100000000, /)
    agent.dispose()
  })

  test('tensors beyond what WebAssembly holds, on a backend that lives there', () => {
    haveMemory(2 ** 40)
    const options = { bufferSize: 2 ** 24, batchSize: 2 ** 24 }
    const agent = smallDqn(options)
    expect(() => agent.checkBudget(4e12)).toThrow(
      /^batchSize is 16777216, .* 4\.0 GiB on the backend simd \(cpu and tensorflow have more\)/,
    )
    expect(() => agent.checkBudget(4e12, { backend: 'cpu' })).not.toThrow()
    agent.dispose()
  })

  test('copies are not made', () => {
    let made = 0
    const env = () => {
      made++
      return cartPole()
    }
    expect(() => new Ppo({ env, numEnvs: 1e8 })).toThrow(/^numEnvs/)
    expect(made).toBe(1)
  })
})

describe('a large value that works is taken', () => {
  test.each<[Name, object]>([
    ['dqn', { numEnvs: 10_000 }],
    ['dqn', { network: mlp([20_000]) }],
    ['dqn', { distribution: 'quantile', atoms: 10_000 }],
    ['dqn', { bufferSize: 10_000_000 }],
    ['dqn', { env: breakout, bufferSize: 10_000_000 }],
    ['dqn', { bufferSize: 100_000, batchSize: 10_000, initializationBatch: 10_000 }],
    ['dqn', { nSteps: 1e9 }],
    ['a2c', { numSteps: 10_000 }],
    ['ppo', { numSteps: 100_000 }],
    ['ppo', { batchSize: 1e9 }],
    ['pqn', { initializationSteps: 100_000 }],
  ])('%s %j', (agent, options) => {
    expect(() => check(agent, options, 4_000_000)).not.toThrow()
  })

  test('a rollout is no longer than the budget, whatever is asked for', () => {
    expect(() => check('ppo', { numSteps: 1e9, batchSize: 1e9 }, 4000)).not.toThrow()
  })
})

describe('an estimate is what is allocated, within a fifth', () => {
  const capacity = 400_000

  test.each([
    ['pairs', cartPole, false, {}],
    ['masks', cartPole, true, {}],
    ['priorities', cartPole, false, { prioritizedReplay: true }],
    ['bits', breakout, true, {}],
  ])('of replay: %s', (_, env, hasMasks, options) => {
    const agent = smallDqn({ env, bufferSize: capacity, network: mlp([1]), ...options })
    const { observationSpace, actionSpace } = agent
    const actual = bytesOf(() =>
      createReplay(agent.options, {
        observationSpace,
        encoder: observationEncoder(observationSpace, true),
        numEnvs: 1,
        obsLike: env === cartPole ? new Float32Array(0) : new Uint8Array(0),
        numActions: hasMasks ? actionSpace.n : undefined,
      }),
    )
    haveMemory(1.2 * actual)
    expect(() => agent.checkBudget(1e6, { hasMasks })).not.toThrow()
    haveMemory(0.8 * actual)
    expect(() => agent.checkBudget(1e6, { hasMasks })).toThrow(/^bufferSize is 400000, /)
    agent.dispose()
  })

  test.each([
    ['mlp', { network: mlp([400, 300]) }],
    ['a wide layer', { network: mlp([50_000]) }],
    ['plain weights', { network: mlp([400, 300]), normalization: 'none' }],
    ['batch normalization', { network: mlp([400, 300]), normalization: 'batch' }],
    ['layer normalization', { network: mlp([400, 300]), normalization: 'layer' }],
    ['another optimizer', { network: mlp([400, 300]), optimizer: 'rmsprop' }],
    ['atoms', { network: mlp([64]), distribution: 'c51', atoms: 1000 }],
    ['a convolution', { network: minatarConv(), env: breakout }],
  ] as const)('of networks: %s', (_, options) => {
    const make = () => new Dqn({ env: cartPole, seed: 1, ...options })
    const before = tf.memory().numBytes
    const agent = make()
    const actual = tf.memory().numBytes - before
    agent.dispose()
    haveMemory(1.2 * actual)
    make().dispose()
    haveMemory(0.8 * actual)
    expect(make).toThrow(/^(network|atoms) is /)
  })
})
