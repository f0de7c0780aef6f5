/** What `wn-rl/act` computes has the bits of the agent on `simd`, for every agent, network, head and space. */
import { Rng, type Space } from 'gymnasium-js'
import { beforeAll, describe, expect, test } from 'vitest'
import type { NumericArray } from '../../src/backend/index.ts'
import { useBackend } from '../../src/backend/index.ts'
import { NORMALIZATIONS } from '../../src/nn/index.ts'
import type { FileStore } from '../../src/storage/index.ts'
import { dose } from '../helpers/dose.ts'
import {
  type AgentName,
  bothOf,
  CONVOLUTIONS,
  ENVIRONMENTS,
  flat,
  NETWORKS,
  samples,
  trained,
} from './trained.ts'

beforeAll(() => useBackend('simd'))

const ONES = 200
const BATCHES = [1, 7, 200]

/** Numbers by their bits: −0 is not 0, and NaN is NaN. */
function bits(values: ArrayLike<number>): Uint32Array {
  return new Uint32Array(Float32Array.from(values).buffer)
}

/** Asks both of them everything, about observations one by one and in batches. */
async function compare(name: AgentName, store: FileStore, space: Space): Promise<void> {
  const { agent, policy } = await bothOf(name, store)
  const plain = (await bothOf(name, store, 'plain')).policy
  const obs = samples(space, ONES)
  const all = flat(obs) as NumericArray
  const actions = obs.map((one) => agent.act(one as NumericArray))
  expect(obs.map((one) => policy.act(one))).toEqual(actions)
  expect(obs.map((one) => plain.act(one))).toEqual(actions)
  const answers = 'qValues' in agent ? agent.qValues(all) : agent.probabilities(all)
  expect(answers.every(Number.isFinite)).toBe(true)
  for (const own of [policy, plain]) {
    const asked =
      name === 'dqn'
        ? own.qValues(all)
        : own.actionSpace.kind === 'box'
          ? own.means(all)
          : own.probabilities(all)
    expect(bits(asked)).toEqual(bits(answers))
    if ('values' in agent) expect(bits(own.values(all))).toEqual(bits(agent.values(all)))
    for (const rows of BATCHES) {
      const some = flat(obs.slice(0, rows)) as NumericArray
      expect(own.actBatch(some)).toEqual(agent.actBatch(some, { deterministic: true }))
    }
  }
  // Draws, in the agent's order: a loaded agent explores from the stream of seed 1.
  const rng = new Rng(1).stream('exploration')
  const random = () => rng.random()
  const drawn = { deterministic: false }
  for (const one of obs.slice(0, 50))
    expect(policy.act(one, { ...drawn, random })).toEqual(agent.act(one as NumericArray, drawn))
  expect(policy.actBatch(all, { ...drawn, random })).toEqual(agent.actBatch(all, drawn))
  agent.dispose()
}

async function check(
  name: AgentName,
  env: keyof typeof ENVIRONMENTS,
  options: object,
): Promise<void> {
  const { store, space } = await trained(name, ENVIRONMENTS[env], options)
  await compare(name, store, space)
}

describe.each(NORMALIZATIONS)('normalization %s', (normalization) => {
  // Another half of them for each normalization.
  const turn = NORMALIZATIONS.indexOf(normalization)
  describe.each(dose(Object.entries(NETWORKS), 2, turn))('%s', (_, network) => {
    test.each(['dqn', 'a2c', 'ppo'] as const)('of %s acts with the same bits', (name) =>
      check(name, 'CartPole', { network, normalization }),
    )
  })

  describe.each(Object.entries(CONVOLUTIONS))('%s', (_, network) => {
    test.each(['dqn', 'ppo'] as const)('of %s acts with the same bits', (name) =>
      check(name, 'Breakout', { network, normalization }),
    )
  })

  test.each(['a2c', 'ppo'] as const)('%s with a shared trunk acts with the same bits', (name) =>
    check(name, 'CartPole', { network: NETWORKS.mlp, normalization, sharedTrunk: true }),
  )

  describe.each([true, false])('DQN, dueling %s', (dueling) => {
    test.each(['none', 'c51', 'quantile'])(
      'of distribution %s acts with the same bits',
      (distribution) =>
        check('dqn', 'CartPole', {
          ...{ network: NETWORKS.mlp, normalization, dueling, distribution },
          ...{ atoms: 11, vMin: -3, vMax: 40, epsilonEnd: 0.3 },
        }),
    )
  })
})

test.each([
  ['dqn', 'Taxi'],
  ['ppo', 'Taxi'],
  ['ppo', 'pairs'],
  ['a2c', 'pairs'],
  ['a2c', 'reach'],
  ['ppo', 'reach'],
  ['ppo', 'binary'],
  ['ppo', 'half bounded'],
  ['a2c', 'half bounded'],
  ['ppo', 'far off'],
  ['a2c', 'bytes'],
] as const)('%s on %s acts with the same bits', (name, env) => check(name, env, {}))

test.each([false, [1, 2, 3, 4]])(
  'observations scaled by %j have the same bits',
  (scaleObservations) => check('dqn', 'CartPole', { scaleObservations }),
)

test.each(['stacked CartPole', 'stacked Breakout'] as const)(
  'frames of %s have the same bits',
  (env) => check('dqn', env, { frameStack: 3 }),
)

test('a dueling network without a hidden layer of its own acts with the same bits', () =>
  check('dqn', 'CartPole', { network: NETWORKS['no hidden layer'], dueling: true }))

test('dueling streams above convolutions act with the same bits', () =>
  check('dqn', 'Breakout', {
    network: CONVOLUTIONS.minatarConv,
    dueling: true,
    normalization: 'batch',
  }))
