/** The doses of test/agents in full: 100,000 steps of a masked environment, exploring and greedy; a tenth in the check. */
import { make } from 'gymnasium-js'
import { beforeAll, expect, test } from 'vitest'
import { A2c, Dqn, type DqnOptions, Ppo, Pqn } from '../../agents/index.ts'
import { useBackend } from '../../src/backend/index.ts'
import { mlp } from '../../src/nn/index.ts'
import { evaluate } from '../../src/training/index.ts'
import { IS_FULL } from '../helpers/dose.ts'
import { Watched } from '../helpers/masked.ts'

beforeAll(() => useBackend('simd'))

const STEPS = IS_FULL ? 100_000 : 10_000
const RAINBOW: Partial<DqnOptions> = {
  distribution: 'c51',
  vMin: -100,
  vMax: 20,
  doubleQ: true,
  dueling: true,
  nSteps: 3,
  prioritizedReplay: true,
}
type MakeEnv = () => Watched

/** Small: what is looked at are the actions, not how good they are. */
const dqn = (env: MakeEnv, options: Partial<DqnOptions> = {}) =>
  new Dqn({ env, numEnvs: 4, seed: 1, network: mlp([32]), batchSize: 32, ...options })

test.each([
  ['DQN', (env: MakeEnv) => dqn(env)],
  ['DQN as rainbow', (env: MakeEnv) => dqn(env, RAINBOW)],
  ['DQN with quantiles', (env: MakeEnv) => dqn(env, { distribution: 'quantile', atoms: 16 })],
  ['A2C', (env: MakeEnv) => new A2c({ env, numEnvs: 4, seed: 1 })],
  ['PPO', (env: MakeEnv) => new Ppo({ env, numEnvs: 4, seed: 1 })],
  ['PQN', (env: MakeEnv) => new Pqn({ env, numEnvs: 4, seed: 1, network: mlp([32]) })],
])(
  `%s takes no illegal action in ${STEPS} steps of Taxi, nor in as many greedy ones`,
  async (_, agentOf) => {
    const watched: Watched[] = []
    const makeEnv = () => watched[watched.push(new Watched(make('Taxi-v4'))) - 1]!
    const total = (of: (one: Watched) => number) => watched.reduce((sum, one) => sum + of(one), 0)
    const agent = agentOf(makeEnv)
    await agent.learn({ totalTimesteps: STEPS })
    expect(total(({ taken }) => taken)).toBe(STEPS)
    // Episodes last from a few steps to 200, as well as the agent has learned.
    for (let seed = 1; total(({ taken }) => taken) < 2 * STEPS; seed++)
      evaluate(agent, { makeEnv, episodes: 500, seed })
    expect(total(({ ruledOut }) => ruledOut)).toBeGreaterThan(2 * STEPS)
    expect(total(({ illegal }) => illegal)).toBe(0)
    agent.dispose()
  },
)
