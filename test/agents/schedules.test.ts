/** Schedules of every agent: constants have the bits of numbers, functions and pieces are followed, files say what they cannot hold. */
import { describe, expect, test } from 'vitest'
import { memoryStore } from '../../src/storage/index.ts'
import { Dqn, Ppo } from '../../agents/index.ts'
import { cartPole, smallA2c, smallDqn, smallPpo, smallPqn } from '../helpers/agents.ts'

type Rows = Record<string, number>[]

/** What a metric was, row by row, and the digest in the end. */
async function course(agent: ReturnType<typeof smallDqn>, totalTimesteps = 600) {
  const rows: Rows = []
  await agent.learn({
    totalTimesteps,
    callbacks: { onMetrics: (timestep, row) => void rows.push({ timestep, ...row }) },
  })
  return { rows, digest: agent.digest() }
}

const AGENTS = [
  ['DQN', smallDqn],
  ['A2C', smallA2c],
  ['PPO', smallPpo],
  ['PQN', smallPqn],
] as unknown as [string, typeof smallDqn][]

describe.each(AGENTS)('the learning rate of %s', (_, make) => {
  const constant = { learningRateSchedule: 'constant' as const, seed: 3 }

  test('that is a constant function, or a single piece, has the bits of the number', async () => {
    const digests = await Promise.all(
      [5e-3, () => 5e-3, [[0.3, 5e-3]] as const].map(async (learningRate) => {
        const agent = make({ ...constant, learningRate })
        await agent.learn({ totalTimesteps: 400 })
        return agent.digest()
      }),
    )
    expect(new Set(digests).size).toBe(1)
  })

  test('that falls straight to 0 is the linear schedule, as function and as pieces', async () => {
    const linear = await course(
      make({ seed: 3, learningRate: 2 ** -8, learningRateSchedule: 'linear' }),
      512,
    )
    const remaining = await course(
      make({ seed: 3, learningRate: (left: number) => left * 2 ** -8 }),
      512,
    )
    const pieces: [number, number][] = [
      [0, 2 ** -8],
      [1, 0],
    ]
    const straight = await course(make({ seed: 3, learningRate: pieces }), 512)
    expect(remaining.digest).toBe(linear.digest)
    expect(straight.digest).toBe(linear.digest)
    const rates = remaining.rows.flatMap((row) => row['charts/learning_rate'] ?? [])
    expect(rates.length).toBeGreaterThan(2)
    expect(rates).toEqual([...rates].sort((a, b) => b - a))
  })
})

test('ε follows pieces and functions', async () => {
  for (const make of [smallDqn, smallPqn] as unknown as (typeof smallDqn)[]) {
    const epsilons = (rows: Rows) =>
      rows.flatMap((row) => (row['charts/epsilon'] === undefined ? [] : [row['charts/epsilon']]))
    const told = await course(
      make({ seed: 1, epsilonStart: 1, epsilonEnd: 0.25, explorationFraction: 0.5 }),
      512,
    )
    const pieces = await course(make({ seed: 1, epsilon: [[0, 1], [0.5, 0.25]] }), 512) // prettier-ignore
    expect(pieces.digest).toBe(told.digest)
    const steps = await course(
      make({ seed: 1, epsilon: (left: number) => (left > 0.5 ? 0.75 : 0.125) }),
      512,
    )
    expect(new Set(epsilons(steps.rows))).toEqual(new Set([0.75, 0.125]))
  }
})

test('the weight of the entropy bonus follows a function, and a constant one has the bits of a number', async () => {
  for (const make of [smallA2c, smallPpo]) {
    const digests = []
    for (const entCoef of [0.03, () => 0.03, (left: number) => 0.03 * left]) {
      const agent = make({ seed: 2, entCoef })
      await agent.learn({ totalTimesteps: 400 })
      digests.push(agent.digest())
    }
    expect(digests[1]).toBe(digests[0])
    expect(digests[2]).not.toBe(digests[0])
    const linear = make({ seed: 2, entCoef: 0.03, entCoefEnd: 0 })
    await linear.learn({ totalTimesteps: 400 })
    expect(linear.digest()).not.toBe(digests[0])
  }
})

test('PPO’s clipping range follows a function; at 0 nothing profits', async () => {
  const digest = async (clip: number | ((left: number) => number)) => {
    const agent = smallPpo({ seed: 2, clip, learningRate: 5e-3 })
    await agent.learn({ totalTimesteps: 400 })
    return agent.digest()
  }
  expect(await digest(() => 0.25)).toBe(await digest(0.25)) // whose bounds, 3/4 and 5/4, are exact
  expect(await digest((left) => 0.25 * left)).not.toBe(await digest(0.25))
  expect(await digest(() => 0)).not.toBe(await digest(0.25))
})

describe('what does not do', () => {
  test.each([
    [{ learningRate: -1 }, /^learningRate is -1: too small/],
    [{ learningRate: 'fast' }, /^learningRate is "fast": invalid input: expected number/],
    [{ learningRate: [] }, /^learningRate is \[\]/],
    [{ learningRate: [[0, 1e-3, 5]] }, /^learningRate\.0 is \[0,0\.001,5\]/],
    [{ learningRate: [[0, 1e-3], [50_000, 0]] }, /^learningRate\.1\.0 is 50000: too big/],
    [{ learningRate: [[0.5, 1e-3], [0, 0]] }, /in order of progress, which goes from 0 to 1/],
    [{ learningRate: [[0, Number.NaN]] }, /^learningRate\.0\.1 is NaN/],
    [{ epsilon: [[0, 1.5]] }, /^epsilon\.0\.1 is 1\.5: too big/],
    [{ epsilon: 2 }, /^epsilon is 2: too big/],
  ])('%j is refused', (options, message) => {
    expect(() => smallDqn(options as never)).toThrow(message)
  }) // prettier-ignore

  test.each([
    [{ learningRate: () => Number.NaN }, /learningRate\(1\) is NaN; give a function of the progress that remains/],
    [{ learningRate: (left: number) => left - 0.5 }, /learningRate\(0\) is -0\.5/],
    [{ learningRate: () => '1' as never }, /learningRate\(1\) is "1"/],
    [{ learningRate: () => 1n as never }, /learningRate\(1\) is 1n/],
    [{ learningRate: () => Promise.resolve(1) as never }, /learningRate\(1\) is a promise/],
    [{ epsilon: (left: number) => 2 - left }, /epsilon\(0\.\d+\) is 1\.\d+; .*from 0 to 1/],
  ])('%j gives no value', async (options, message) => {
    await expect(smallDqn(options).learn({ totalTimesteps: 300 })).rejects.toThrow(message)
  }) // prettier-ignore
})

describe('a file', () => {
  test('holds pieces, and of a function that there was one', async () => {
    const pieces = smallDqn({ learningRate: [[0, 1e-3], [1, 1e-4]] }) // prettier-ignore
    const store = memoryStore()
    await pieces.save(store)
    expect((await Dqn.load(store, { env: cartPole })).options.learningRate).toEqual([[0, 1e-3], [1, 1e-4]]) // prettier-ignore

    const trained = smallPpo({ clip: (left) => 0.2 * left, learningRate: () => 1e-3 })
    await trained.learn({ totalTimesteps: 400 })
    const folder = memoryStore()
    await trained.save(folder)
    const loaded = await Ppo.load(folder, { env: cartPole })
    expect(loaded.digest()).toBe(trained.digest())
    const obs = Float32Array.of(0, 0, 0.1, 0)
    expect(loaded.act(obs)).toBe(trained.act(obs))
    await expect(loaded.learn({ totalTimesteps: 800 })).rejects.toThrow(
      /learningRate was a function, which no file can hold; give it again in a program/,
    )
    const options = { clip: (left: number) => 0.2 * left, learningRate: () => 1e-3 }
    const given = await Ppo.load(folder, { env: cartPole, options })
    await given.learn({ totalTimesteps: 800 })
    expect(given.globalStep).toBe(800)
  })

  test('options at loading come over those of the file', async () => {
    const store = memoryStore()
    await smallDqn().save(store)
    expect((await Dqn.load(store, { options: { gamma: 0.5 } })).options.gamma).toBe(0.5)
    await expect(Dqn.load(store, { options: { gama: 0.5 } })).rejects.toThrow(
      /did you mean "gamma"/,
    )
  })
})
