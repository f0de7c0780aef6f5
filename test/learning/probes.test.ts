/**
 * Learning as a unit test: games that each need one thing more than the one before, with answers known on paper, by
 * every agent with every normalization. A small dose always, all of them under `npm run test:learning`.
 */
import { beforeAll, describe, expect, test } from 'vitest'
import { A2c, Dqn, type DqnOptions, Ppo, Pqn } from '../../agents/index.ts'
import { useBackend } from '../../src/backend/index.ts'
import { mlp, NORMALIZATIONS } from '../../src/nn/index.ts'
import { evaluate } from '../../src/training/index.ts'
import { IS_FULL } from '../helpers/dose.ts'
import {
  bitGame,
  constantGame,
  endsGame,
  type Game,
  GameEnv,
  leverGame,
  reachGame,
  shownGame,
  twoStepGame,
} from '../helpers/environments.ts'

beforeAll(() => useBackend('simd'))

type Normalizing = Pick<DqnOptions, 'normalization' | 'projection' | 'dataInitialization'>
type Options = Normalizing & { readonly gamma: number }
type Agent = Dqn | A2c | Ppo | Pqn

interface Learner {
  readonly name: string
  /** After learning. */
  readonly learned: (game: Game, options: Options) => Promise<Agent>
  /** What each state is worth; of DQN and PQN for both actions, side by side. @param obs [B, ...] */
  readonly values: (agent: Agent, obs: Float32Array | Int32Array) => Float32Array
  readonly valuesPerState: number
}

const ALL: readonly (readonly [string, Normalizing])[] = [
  ...NORMALIZATIONS.map((normalization) => [normalization, { normalization }] as const),
  ['weight, projected', { projection: true }],
  ['batch, projected', { normalization: 'batch', projection: true }],
  ['none, fitted to data', { normalization: 'none', dataInitialization: true }],
]
const VARIANTS = IS_FULL ? ALL : ALL.filter(([name]) => name === 'weight' || name === 'batch')

const ACTOR_CRITIC = {
  network: mlp([16], 'tanh'),
  learningRate: 0.01,
  learningRateSchedule: 'linear',
  initializationSteps: 128,
  gaeLambda: 0.9,
  statisticsMomentum: 0.9,
} as const

const ROLLOUT = { numSteps: 32, batchSize: 64, epochs: 4 } as const
type Reaching = Options & typeof ACTOR_CRITIC & { env: () => GameEnv; logStdInit: number }

/** Learns in 12,000 timesteps. @param create with the options that every game shares */
const learnedBy =
  (create: (options: Options & typeof ACTOR_CRITIC & { env: () => GameEnv }) => A2c | Ppo) =>
  async (game: Game, options: Options) => {
    const agent = create({ ...ACTOR_CRITIC, ...options, env: () => new GameEnv(game) })
    await agent.learn({ totalTimesteps: 12_000 })
    return agent
  }

const LEARNERS: readonly Learner[] = [
  {
    name: 'DQN',
    async learned(game, options) {
      const agent = new Dqn({
        env: () => new GameEnv(game),
        network: mlp([32]),
        learningRate: 0.01,
        learningRateSchedule: 'linear',
        batchSize: 32,
        learningStarts: 200,
        trainFrequency: 2,
        targetUpdateInterval: 50,
        explorationFraction: 1,
        epsilonEnd: 0.5,
        statisticsMomentum: 0.9,
        ...options,
      })
      await agent.learn({ totalTimesteps: 2000 })
      return agent
    },
    values: (agent, obs) => (agent as Dqn).qValues(obs),
    valuesPerState: 2,
  },
  {
    name: 'A2C',
    learned: learnedBy((options) => new A2c({ ...options, optimizer: 'adam', entCoef: 0.01 })),
    values: (agent, obs) => (agent as A2c).values(obs),
    valuesPerState: 1,
  },
  {
    name: 'PPO',
    learned: learnedBy((options) => new Ppo({ ...options, ...ROLLOUT, entCoef: 0.01 })),
    values: (agent, obs) => (agent as Ppo).values(obs),
    valuesPerState: 1,
  },
  {
    name: 'PQN',
    async learned(game, options) {
      const agent = new Pqn({
        env: () => new GameEnv(game),
        network: mlp([32]),
        learningRate: 0.01,
        numEnvs: 16, // statistics of batches are those of many episodes
        numSteps: 8,
        batchSize: 32,
        epochs: 4,
        initializationSteps: 128,
        explorationFraction: 1,
        epsilonEnd: 0.5,
        statisticsMomentum: 0.9,
        ...options,
      })
      await agent.learn({ totalTimesteps: 12_000 })
      return agent
    },
    values: (agent, obs) => (agent as Pqn).qValues(obs),
    valuesPerState: 2,
  },
]

const meanReturn = (agent: Agent, game: Game) =>
  evaluate(agent, { makeEnv: () => new GameEnv(game), episodes: 20, seed: 1 }).mean

/** The observations of states, one after the other. */
function shown(game: Game, states: readonly number[]): Float32Array | Int32Array {
  const obs = states.map((state) => game.observe(state))
  return typeof obs[0] === 'number'
    ? Int32Array.from(obs as number[])
    : Float32Array.from((obs as Float32Array[]).flatMap((one) => [...one]))
}

describe.each(LEARNERS)('$name', ({ learned, values, valuesPerState }) => {
  describe.each(VARIANTS)('with normalization %s', (_, normalizing) => {
    // γ = 0.5 in the last: the state that is cut off is worth γ · V(B) = 0.5, not γ times what the reset shows; the one
    // that terminates is worth its reward −5, not −5 + γ · V(B).
    test.each([
      ['a constant reward', constantGame, 0.9, [1, 1]],
      ['what is shown', shownGame, 0.9, [-1, 1]],
      [
        'truncation by the final observation and termination by nothing',
        endsGame,
        0.5,
        [0.5, 1, -5],
      ],
    ])('values %s', async (_title, game, gamma, want) => {
      const agent = await learned(game, { ...normalizing, gamma })
      const found = values(agent, shown(game, [...want.keys()]))
      expect(found).toHaveLength(want.length * valuesPerState)
      for (const [i, value] of found.entries())
        expect(Math.abs(value - want[Math.floor(i / valuesPerState)]!)).toBeLessThan(0.25)
      agent.dispose()
    })

    test.each([
      ['an action that always pays off', leverGame],
      ['the action that is shown to pay off', bitGame],
      ['the action that pays off a step later', twoStepGame],
    ])('learns %s', async (_title, game) => {
      const agent = await learned(game, { ...normalizing, gamma: 0.9 })
      expect(meanReturn(agent, game)).toBe(1)
      agent.dispose()
    })
  })
})

test.each(
  VARIANTS.flatMap(([name, normalizing]) => [
    ['A2C', name, (o: Reaching) => new A2c({ ...o, optimizer: 'adam' }), normalizing] as const,
    ['PPO', name, (o: Reaching) => new Ppo({ ...o, ...ROLLOUT }), normalizing] as const,
  ]),
)(
  '%s with normalization %s reaches a number that is shown',
  async (_, _name, create, normalizing) => {
    const learned = learnedBy((options) => create({ ...options, logStdInit: -1 }))
    const agent = await learned(reachGame, { ...normalizing, gamma: 0.9 })
    // An action that does not depend on what is shown earns −0.5 at best.
    expect(meanReturn(agent, reachGame)).toBeGreaterThan(-0.05)
    agent.dispose()
  },
)
