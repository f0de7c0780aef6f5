/** The dose of test/agents/dqn-variants.test.ts in full: 100,000 steps of a masked environment. */
import { make } from 'gymnasium-js'
import { beforeAll, expect, test } from 'vitest'
import { Dqn, type DqnOptions } from '../../agents/index.ts'
import { useBackend } from '../../src/backend/index.ts'
import { evaluate } from '../../src/training/index.ts'
import { Watched } from '../helpers/masked.ts'

beforeAll(() => useBackend('simd'))

test.each<[string, Partial<DqnOptions>]>([
  ['plain', {}],
  [
    'rainbow',
    {
      distribution: 'c51',
      vMin: -100,
      vMax: 20,
      doubleQ: true,
      dueling: true,
      nSteps: 3,
      prioritizedReplay: true,
    },
  ],
])(
  'DQN takes no illegal action in 100,000 steps of Taxi, exploring or greedy (%s)',
  async (_, options) => {
    const watched: Watched[] = []
    const env = () => watched[watched.push(new Watched(make('Taxi-v4'))) - 1]!
    const agent = new Dqn({ env, numEnvs: 4, seed: 1, ...options })
    await agent.learn({ totalTimesteps: 100_000 })
    evaluate(agent, { makeEnv: env, episodes: 100, seed: 1 })
    const total = (of: (one: Watched) => number) => watched.reduce((sum, one) => sum + of(one), 0)
    expect(total(({ taken }) => taken)).toBeGreaterThan(100_000)
    expect(total(({ ruledOut }) => ruledOut)).toBeGreaterThan(100_000)
    expect(total(({ illegal }) => illegal)).toBe(0)
    agent.dispose()
  },
)
