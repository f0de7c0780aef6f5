/** PPO's own: when an update stops, what its first minibatch says, and its program on every way of running it. */
import { Box, Discrete, Rng, type Space } from 'gymnasium-js'
import { beforeAll, describe, expect, test } from 'vitest'
import { ppoUpdate } from '../../agents/index.ts'
import { useBackend } from '../../src/backend/index.ts'
import { createActorCritic, createOptimizer, mlp, observationEncoder } from '../../src/nn/index.ts'
import type { Metrics } from '../../src/logging/index.ts'
import { type ActionSpace, distributionOf } from '../../src/policies/index.ts'
import { smallPpo } from '../helpers/agents.ts'
import { constantGame, type Game, GameEnv } from '../helpers/environments.ts'
import { expectNear, normals } from '../helpers/tensors.ts'

beforeAll(() => useBackend('simd'))

/** Gradient steps of a run of a PPO with one row of metrics for each rollout: by the optimizer's own count. */
async function stepsOf(config: Parameters<typeof smallPpo>[0]): Promise<number> {
  const agent = smallPpo({ initializationSteps: 40, numSteps: 10, ...config })
  await agent.learn({ totalTimesteps: 80 }) // one warm-up and one rollout of 40
  const { json } = agent.getState()
  agent.dispose()
  return (json as { algorithm: { optimizer: { stepCount: number } } }).algorithm.optimizer.stepCount
}

describe('an update', () => {
  test('goes through its rollout in minibatches, epoch after epoch', async () => {
    expect(await stepsOf({ batchSize: 8, epochs: 3 })).toBe(15)
    expect(await stepsOf({ batchSize: 16, epochs: 2 })).toBe(6) // 16, 16 and the 8 that are left
    expect(await stepsOf({ batchSize: 100, epochs: 2 })).toBe(2)
  })

  test('stops when the policy has moved too far', async () => {
    const far = { batchSize: 8, epochs: 10, learningRate: 0.1 }
    const stopped = await stepsOf({ ...far, targetKl: 1e-4 })
    expect(stopped).toBeGreaterThan(1) // the first minibatch sees the policy that acted: no divergence
    expect(stopped).toBeLessThan(50)
    expect(await stepsOf({ ...far, targetKl: 1e9 })).toBe(50)
    expect(await stepsOf(far)).toBe(50)
  })

  test.each(['weight', 'none', 'layer'] as const)(
    'starts from the policy that acted: with "%s" its first minibatch diverges from nothing',
    async (normalization) => {
      const rows: Metrics[] = []
      const onMetrics = (_: number, row: Metrics) => void rows.push(row)
      const agent = smallPpo({
        normalization,
        initializationSteps: 40,
        numSteps: 10,
        batchSize: 40,
        epochs: 1,
        logInterval: 40,
      })
      await agent.learn({ totalTimesteps: 120, callbacks: [{ onMetrics }] })
      const kls = rows.flatMap((row) => row['losses/approx_kl'] ?? [])
      expect(kls.length).toBeGreaterThanOrEqual(2)
      for (const kl of kls) expect(Math.abs(kl)).toBeLessThan(1e-6)
      for (const row of rows) expect(row['losses/clip_fraction'] ?? 0).toBe(0)
      agent.dispose()
    },
  )
})

describe('the explained variance', () => {
  const GAMMA = 0.9
  const LAMBDA = 0.5
  /** Episodes of four steps, each of which earns what is written here. */
  const REWARDS = [1, -2, 0.5, 3]
  const scripted: Game = {
    observationSpace: new Discrete(4),
    start: () => 0,
    observe: (state) => state,
    play: (state) => ({ state: (state + 1) % 4, reward: REWARDS[state]!, terminated: state === 3 }),
  }

  /** 1 − Var(R − V) / Var(R) of an episode, whose returns are its advantages by GAE(λ) and its values. */
  function byHand(values: readonly number[], scale: number): number {
    const returns: number[] = []
    let trace = 0
    for (const t of [3, 2, 1, 0]) {
      const next = t === 3 ? 0 : values[t + 1]!
      trace = REWARDS[t]! * scale + GAMMA * next - values[t]! + GAMMA * LAMBDA * trace
      returns[t] = trace + values[t]!
    }
    const variance = (all: readonly number[]) => {
      const mean = all.reduce((sum, one) => sum + one, 0) / 4
      return all.reduce((sum, one) => sum + (one - mean) ** 2, 0) / 4
    }
    return 1 - variance(returns.map((one, t) => one - values[t]!)) / variance(returns)
  }

  test.each([1, 0.25])(
    'that is logged is that of each rollout under the critic that acted, rewards times %d',
    async (rewardScale) => {
      const rows: Metrics[] = []
      const values: number[][] = []
      const agent = smallPpo({
        env: () => new GameEnv(scripted),
        ...{ numEnvs: 1, numSteps: 8, initializationSteps: 8, logInterval: 8 },
        ...{ gamma: GAMMA, gaeLambda: LAMBDA, learningRate: 0.01, rewardScale },
      })
      const onMetrics = (_: number, row: Metrics) => void rows.push(row)
      const onStep = (step: number) => {
        if (step % 8 === 0) values.push([...agent.values(Int32Array.of(0, 1, 2, 3))])
      }
      await agent.learn({ totalTimesteps: 32, callbacks: [{ onMetrics, onStep }] })
      const logged = rows.map((row) => row['losses/explained_variance'])
      expect(logged[0]).toBeUndefined() // of the warm-up
      expect(logged).toHaveLength(4)
      for (const [k, found] of logged.slice(1).entries())
        expect(found).toBeCloseTo(byHand(values[k]!, rewardScale), 10)
      expect(new Set(logged).size).toBe(4) // the critic learned in between
      agent.dispose()
    },
  )

  test('is left out where the returns do not vary', async () => {
    const rows: Metrics[] = []
    const onMetrics = (_: number, row: Metrics) => void rows.push(row)
    const agent = smallPpo({ env: () => new GameEnv(constantGame) })
    await agent.learn({ totalTimesteps: 400, callbacks: [{ onMetrics }] })
    expect(rows.flatMap((row) => row['losses/value_loss'] ?? []).length).toBeGreaterThan(1)
    expect(rows.flatMap((row) => row['losses/explained_variance'] ?? [])).toEqual([])
    agent.dispose()
  })
})

describe('bad input', () => {
  test.each([
    [{ clip: 0 }, /clip is 0/],
    [{ epochs: 0 }, /epochs is 0/],
    [{ batchSize: 0 }, /batchSize is 0/],
    [{ targetKl: -1 }, /targetKl is -1/],
    [{ valueClip: 0 }, /valueClip is 0/],
  ])('%o is refused', (config, message) => {
    expect(() => smallPpo(config)).toThrow(message)
    expect(() => smallPpo(config)).toThrow(RangeError)
  })
})

const SPACES: readonly (readonly [string, ActionSpace])[] = [
  ['a choice', new Discrete(3)],
  ['continuous actions', new Box({ low: -1, high: 1, shape: [2] })],
]

describe.each(SPACES)('the program of an update of %s', (_, space) => {
  const rows = 12
  const parts = (seed: string) => {
    const distribution = distributionOf(space, { logStdInit: -0.5, scaleActions: true })
    const network = createActorCritic(mlp([16], 'tanh'), {
      inputShape: [4],
      outputs: distribution.numOutputs,
      policyOutputScale: 0.5,
      normalization: 'weight',
      sharedTrunk: false,
      actionParameters: distribution.parameters,
      rng: new Rng(seed),
    })
    const optimizer = createOptimizer(network.parameters, { name: 'adam' })
    const observations: Space = new Box({ low: -Infinity, high: Infinity, shape: [4] })
    const encoder = observationEncoder(observations, false)
    const numbers = { clip: 0.2, vfCoef: 0.5, maxGradNorm: 0.5, valueClip: 0.3 }
    return { network, distribution, optimizer, encoder, ...numbers }
  }
  const batchOf = (rng: Rng, actionSize: number) => ({
    obs: normals(rng, rows * 4),
    actions:
      space.kind === 'discrete'
        ? Int32Array.from({ length: rows }, () => rng.randInt(0, 3))
        : normals(rng, rows * actionSize),
    advantages: normals(rng, rows),
    returns: normals(rng, rows),
    oldValues: normals(rng, rows),
    oldLogProb: normals(rng, rows).map((x) => x / 10 - 1.5),
    entCoef: Float32Array.of(0.01),
  })
  const losses = async (backend: 'simd' | 'cpu') => {
    await useBackend(backend)
    const { optimizer, ...rest } = parts('same')
    const update = ppoUpdate({ optimizer, ...rest })
    const rng = new Rng('batches')
    const found = Array.from({ length: 8 }, () => {
      const batch = batchOf(rng, rest.distribution.actionSize)
      const { loss, approxKl, gradNorm } = update({ ...batch, ...optimizer.nextScalars(0.01) })
      return [loss[0]!, approxKl[0]!, gradNorm[0]!]
    })
    update.dispose()
    await useBackend('simd')
    return found.flat()
  }

  test('replayed on the backend that captures gives what the reference backend gives', async () => {
    expectNear(await losses('simd'), await losses('cpu'), 2e-4)
  })
})
