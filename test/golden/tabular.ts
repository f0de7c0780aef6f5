/**
 * Replays what was recorded from Gymnasium's toy text with tables: transition tables and their
 * hashes, and episodes from recorded draws with nothing left over.
 */

import { createHash } from 'node:crypto'
import { CliffWalking, FrozenLake, Taxi, decodeTaxi, encodeTaxi } from 'gymnasium-js'
import { generateRandomMap, make, spec } from 'gymnasium-js'
import type { CompleteEnv, RandomSource, TabularEnv, TransitionTable } from 'gymnasium-js'
import { TimeLimit } from 'gymnasium-js/wrappers'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { FROZEN_LAKE_MAPS, hasWay } from '../../envs/src/envs/toy-text/frozen-lake-map.ts'
import { categoricalIndex, cumulativeSum } from '../../envs/src/envs/toy-text/tabular.ts'
import { fnv1a64 } from './fnv.ts'
import { describeGolden, expectClose } from './golden.ts'
import { RecordedDraws, camelCase, drawSchema, flag, kwargsSchema } from './toy-text-draws.ts'

const outcomesSchema = z.array(z.tuple([z.number(), z.number(), z.number(), flag]))
const tableSchema = z.array(z.array(outcomesSchema))
const hashSchema = z.object({
  bytes: z.number(),
  lines: z.number(),
  fnv1a64: z.string(),
  sha256: z.string(),
})
const episodeSchema = z.object({
  env: z.string(),
  name: z.string(),
  kwargs: kwargsSchema,
  max_episode_steps: z.number().nullable(),
  n_steps: z.number(),
  terminated_at: z.number().nullable(),
  truncated_at: z.number().nullable(),
  return: z.number(),
  obs: z.array(z.number()),
  actions: z.array(z.number()),
  rewards: z.array(z.number()),
  prob: z.array(z.number()),
  action_mask: z.array(z.string()).optional(),
  draws: z.array(z.array(drawSchema)),
})
type Episode = z.infer<typeof episodeSchema>

function recorded(table: TransitionTable): z.infer<typeof tableSchema> {
  return table.map((row) =>
    row.map((outcomes) =>
      outcomes.map((o) => [o.probability, o.nextState, o.reward, o.terminated ? 1 : 0]),
    ),
  )
}

/** The text over which the recorded hashes of a table run, hashed. */
function hashTable(table: TransitionTable): z.infer<typeof hashSchema> {
  const lines = recorded(table).flatMap((row, s) =>
    row.flatMap((outcomes, a) =>
      outcomes.map(([p, next, reward, end], k) =>
        [s, a, k, Math.round(p * 1e6), next, Math.trunc(reward), end].join(','),
      ),
    ),
  )
  const text = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(''))
  return {
    bytes: text.length,
    lines: lines.length,
    fnv1a64: fnv1a64(text),
    sha256: createHash('sha256').update(text).digest('hex'),
  }
}

const TABULAR = { FrozenLake, CliffWalking, Taxi }

function build(episode: Episode, source: RandomSource): CompleteEnv<number, number> {
  const { env: id, kwargs } = episode
  const registered = spec(id)
  const options = { ...registered.kwargs, ...camelCase(kwargs) }
  const built = make(id, options).unwrapped
  const constructor = Object.values(TABULAR).find((candidate) => built instanceof candidate)
  if (constructor === undefined) expect.fail(`${id} is not tabular`)
  const env = new constructor(options, source)
  return episode.max_episode_steps === null ? env : new TimeLimit(env, episode.max_episode_steps)
}

function replay(episode: Episode): void {
  const draws = new RecordedDraws()
  const env = build(episode, draws)
  const expectInfo = (info: Readonly<Record<string, unknown>>, t: number) => {
    expect(info['prob'], `t ${t}: prob`).toBe(episode.prob[t])
    if (episode.action_mask === undefined) return
    expect(Array.from(z.array(flag).parse(info['actionMask'])).join('')).toBe(
      episode.action_mask[t],
    )
  }
  draws.load(episode.draws[0]!, 'reset')
  const { obs, info } = env.reset()
  expect(obs).toBe(episode.obs[0])
  expectInfo(info, 0)
  draws.expectNoneLeft()
  let sum = 0
  for (const [i, action] of episode.actions.entries()) {
    const t = i + 1
    draws.load(episode.draws[t]!, `t ${t}`)
    const step = env.step(action)
    draws.expectNoneLeft()
    const ends = [t === episode.terminated_at, t === episode.truncated_at]
    expect([t, step.obs, step.reward]).toEqual([t, episode.obs[t], episode.rewards[i]])
    expect([t, step.terminated, step.truncated]).toEqual([t, ...ends])
    expectInfo(step.info, t)
    sum += step.reward
  }
  expect(episode.actions.length).toBe(episode.n_steps)
  expectClose([sum], [episode.return], 1e-12, 'return')
}

function describeEpisodes(episodes: readonly Episode[]): void {
  test.each(episodes.map((episode) => [`${episode.env} ${episode.name}`, episode] as const))(
    '%s: every step from the recorded draws, with nothing left over',
    (_, episode) => replay(episode),
  )
}

const frozenLakeSchema = z.object({
  standard_maps: z.record(z.string(), z.array(z.string())),
  configs: z.record(
    z.string(),
    z.object({
      kwargs: kwargsSchema,
      map: z.array(z.string()),
      nS: z.number(),
      nA: z.number(),
      initial_state_distrib: z.array(z.number()),
      P_hash: hashSchema,
      P: tableSchema,
    }),
  ),
  episodes: z.array(episodeSchema),
  is_valid: z.array(z.tuple([z.array(z.string()), z.boolean()])),
  random_maps: z.array(z.object({ size: z.number(), p: z.number(), board: z.array(z.string()) })),
  categorical_sample: z.array(z.tuple([z.array(z.number()), z.number(), z.number()])),
})

describeGolden('frozenlake.json', frozenLakeSchema, (data) => {
  test('the standard maps', () => {
    expect(FROZEN_LAKE_MAPS).toEqual(data.standard_maps)
  })

  test.each(Object.entries(data.configs))('%s: table, hashes and start', (_, config) => {
    const env = new FrozenLake(camelCase(config.kwargs))
    expect(env.map).toEqual(config.map)
    expectTable(env, config)
    expect(Array.from(env.startDistribution)).toEqual(config.initial_state_distrib)
  })

  describeEpisodes(data.episodes)

  test.each(data.is_valid)('the map %j has a way: %s', (map, valid) => {
    expect(hasWay(map)).toBe(valid)
  })

  test.each(data.random_maps)('random maps look like $board', ({ size, p, board }) => {
    for (const map of [board, generateRandomMap({ size, frozen: p, seed: 1 })]) {
      expect([map.length, ...map.map((row) => row.length)]).toEqual(Array(size + 1).fill(size))
      expect(map.join('')).toMatch(/^S[FH]*G$/)
      expect(hasWay(map)).toBe(true)
    }
  })

  test('draws an index by running sums', () => {
    for (const [probabilities, u, index] of data.categorical_sample) {
      expect(categoricalIndex(cumulativeSum(probabilities), u)).toBe(index)
    }
  })
})

interface RecordedTable {
  readonly nS: number
  readonly nA: number
  readonly P: z.infer<typeof tableSchema>
  readonly P_hash: z.infer<typeof hashSchema>
}

function expectTable(env: TabularEnv, { nS, nA, P, P_hash }: RecordedTable): void {
  expect([env.observationSpace.n, env.actionSpace.n]).toEqual([nS, nA])
  expect(recorded(env.transitions)).toEqual(P)
  expect(hashTable(env.transitions)).toEqual(P_hash)
}

const cliffSchema = z.object({
  configs: z.record(
    z.string(),
    z.object({
      nS: z.number(),
      nA: z.number(),
      start: z.number(),
      P_hash: hashSchema,
      P: tableSchema,
    }),
  ),
  episodes: z.array(episodeSchema),
})

describeGolden('cliffwalking.json', cliffSchema, ({ configs, episodes }) => {
  test.each(Object.entries(configs))('%s: table, hashes and start', (id, config) => {
    const env = new CliffWalking(spec(id).kwargs)
    expectTable(env, config)
    expect(env.reset().obs).toBe(config.start)
  })

  describeEpisodes(episodes)
})

const taxiTableSchema = z.object({
  kwargs: kwargsSchema,
  P_hash: hashSchema,
  initial_state_count: z.number(),
  initial_state_prob: z.number(),
  initial_states: z.array(z.number()),
  rows: z.array(z.tuple([z.number(), z.array(outcomesSchema)])),
  next_state: z.array(z.number()).optional(),
  reward: z.array(z.number()).optional(),
  terminated_at_state_action: z.array(z.tuple([z.number(), z.number()])).optional(),
  action_mask: z.array(z.string()).optional(),
})

const taxiSchema = z.object({
  map: z.array(z.string()),
  locs: z.array(z.tuple([z.number(), z.number()])),
  encode: z.array(z.tuple([z.number(), z.number(), z.number(), z.number(), z.number()])),
  tables: z.record(z.string(), taxiTableSchema),
  episodes: z.array(episodeSchema),
})

describeGolden('taxi.json', taxiSchema, ({ encode, tables, episodes }) => {
  test('encodes and decodes states', () => {
    for (const [row, column, passenger, destination, state] of encode) {
      expect(encodeTaxi({ row, column, passenger, destination })).toBe(state)
      expect(decodeTaxi(state)).toEqual({ row, column, passenger, destination })
    }
  })

  test.each(Object.entries(tables))('%s: rows and hashes of the table', (_, table) => {
    const { transitions } = new Taxi(camelCase(table.kwargs))
    const ours = recorded(transitions)
    for (const [state, row] of table.rows) expect([state, ours[state]]).toEqual([state, row])
    expect(hashTable(transitions)).toEqual(table.P_hash)
  })

  test.each(Object.entries(tables))('%s: start states', (_, table) => {
    const start = Array.from(new Taxi(camelCase(table.kwargs)).startDistribution)
    const states = start.flatMap((p, state) => (p > 0 ? [state] : []))
    expect(states).toEqual(table.initial_states)
    expect(states.length).toBe(table.initial_state_count)
    expect(new Set(start)).toEqual(new Set([0, table.initial_state_prob]))
  })

  const flat = Object.entries(tables).filter(([, table]) => table.next_state !== undefined)
  test.each(flat)('%s: flat table', (_, table) => {
    const outcomes = recorded(new Taxi(camelCase(table.kwargs)).transitions).flat(2)
    expect(outcomes.map(([, next]) => next)).toEqual(table.next_state)
    expect(outcomes.map(([, , reward]) => reward)).toEqual(table.reward)
    const ends = outcomes.flatMap(([, , , end], i) =>
      end === 1 ? [[Math.floor(i / 6), i % 6]] : [],
    )
    expect(ends).toEqual(table.terminated_at_state_action)
  })

  const masked = Object.entries(tables).filter(([, table]) => table.action_mask !== undefined)
  test.each(masked)('%s: action masks', (_, table) => {
    const env = new Taxi(camelCase(table.kwargs))
    const masks = table.action_mask!.map((__, state) => env.actionMask(state).join(''))
    expect(masks).toEqual(table.action_mask)
  })

  describeEpisodes(episodes)
})
