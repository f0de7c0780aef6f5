/** What an illegal action looks like to a network changes nothing: it is in no target, no loss and no choice. */
import * as tf from '@tensorflow/tfjs-core'
import { Box, Discrete, type ResetArgs, Wrapper } from 'gymnasium-js'
import { beforeAll, describe, expect, test } from 'vitest'
import type { A2c, Dqn, Ppo, Pqn } from '../../agents/index.ts'
import { useBackend } from '../../src/backend/index.ts'
import type { Network } from '../../src/nn/index.ts'
import { smallA2c, smallDqn, smallPpo, smallPqn } from '../helpers/agents.ts'
import { type Game, GameEnv } from '../helpers/environments.ts'
import { hostOf } from '../helpers/tensors.ts'

beforeAll(() => useBackend('simd'))

const ILLEGAL = 1
/** Four steps; the first or the last of three actions earns 1, as the bit that is shown says. */
const game: Game = {
  observationSpace: new Box({ low: -1, high: 1, shape: [3] }),
  actionSpace: new Discrete(3),
  start: (rng) => rng.randInt(0, 2),
  observe: (state) => Float32Array.of(state % 2 === 1 ? 1 : -1, 0.5, state / 8),
  play: (state, action) => ({
    state: (state * 3 + 2) % 8,
    reward: Number(action === 2 * (state % 2)),
    terminated: state === 5,
    truncated: state === 6,
  }),
}

/** The second action is never legal. */
class Masked extends Wrapper {
  constructor() {
    super(new GameEnv(game))
  }

  override reset(args?: ResetArgs) {
    return { ...super.reset(args), info: { actionMask: [1, 0, 1] } }
  }

  override step(action: unknown) {
    expect(action).not.toBe(ILLEGAL)
    return { ...super.step(action), info: { actionMask: [1, 0, 1] } }
  }
}

const env = () => new Masked()
const BAIT = 1000
const START = 120 // all agents have been initialized from data by then
const TOTAL = 600

interface Case {
  readonly make: () => Dqn | A2c | Ppo | Pqn
  /** Whose output ILLEGAL is the illegal action's. */
  readonly network: (agent: never) => Network
  /** Outputs per action. */
  readonly atoms?: number
}
const CASES: Readonly<Record<string, Case>> = {
  DQN: { make: () => smallDqn({ env }), network: (agent: Dqn) => agent.network },
  'DQN, double and n-step': {
    make: () => smallDqn({ env, doubleQ: true, nSteps: 3, prioritizedReplay: true }),
    network: (agent: Dqn) => agent.network,
  },
  'DQN with quantiles': {
    make: () => smallDqn({ env, distribution: 'quantile', atoms: 8 }),
    network: (agent: Dqn) => agent.network,
    atoms: 8,
  },
  A2C: {
    make: () => smallA2c({ env, entCoef: 0.01 }),
    network: (agent: A2c) => agent.policy,
  },
  PPO: {
    make: () => smallPpo({ env, entCoef: 0.01 }),
    network: (agent: Ppo) => agent.policy,
  },
  PQN: { make: () => smallPqn({ env }), network: (agent: Pqn) => agent.network },
  'PQN with weight normalization': {
    make: () => smallPqn({ env, normalization: 'weight' }),
    network: (agent: Pqn) => agent.network,
  },
}

describe.each(Object.entries(CASES))('%s', (_, { make, network, atoms = 1 }) => {
  const outputBias = (agent: Dqn | A2c | Ppo | Pqn) => {
    const { parameters, layers } = network(agent as never)
    return parameters[`${layers.length - 1}/b`]!
  }
  const isIllegal = (output: number) => Math.floor(output / atoms) === ILLEGAL

  /** All numbers of the final state but the illegal action's biases. */
  const run = async (bait: number) => {
    const agent = make()
    let before: readonly number[] = []
    const onStep = (step: number) => {
      if (step !== START) return
      const b = outputBias(agent)
      tf.tidy(() => {
        before = [...hostOf(b)]
        b.assign(tf.tensor1d(before.map((value, i) => value + (isIllegal(i) ? bait : 0))))
      })
    }
    await agent.learn({ totalTimesteps: TOTAL, callbacks: [{ onStep }] })
    const after = [...hostOf(outputBias(agent))]
    const { tensors } = agent.getState()
    const weights = Object.entries(tensors).flatMap(([name, { data }]) =>
      /\/(v|g|w)$/.test(name) ? Array.from(data, Number) : [],
    )
    agent.dispose()
    const legal = (values: readonly number[]) => values.filter((_value, i) => !isIllegal(i))
    const illegal = (values: readonly number[]) => values.filter((_value, i) => isIllegal(i))
    return { before, after, weights, legal, illegal }
  }

  test('learns the same, whatever an illegal action promises', async () => {
    const [plain, baited] = [await run(0), await run(BAIT)]
    expect(baited.weights).toEqual(plain.weights)
    expect(plain.weights.length).toBeGreaterThan(100)
    const { legal, illegal } = plain
    expect(legal(baited.after)).toEqual(legal(plain.after))
    // No gradient has reached it, while the legal ones were learned.
    expect(illegal(plain.after)).toEqual(illegal(plain.before))
    expect(illegal(baited.after)).toEqual(
      illegal(plain.before).map((value) => Math.fround(value + BAIT)),
    )
    expect(legal(plain.after)).not.toEqual(legal(plain.before))
  })
})
