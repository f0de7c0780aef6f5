/**
 * Replays recorded play of the five MinAtar games: the recorded draws are handed back one by one,
 * and rewards, ends, sticky steps, variables and the hash of every state must be as recorded.
 */

import { MinAtar } from 'gymnasium-js'
import type { JsonObject, MinAtarGameName, RandomSource } from 'gymnasium-js'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { readNumbers } from '../../envs/src/json.ts'
import { LAST_ACTION } from '../../envs/src/envs/minatar/game.ts'
import { fnv1a64 } from './fnv.ts'
import { describeGolden } from './golden.ts'

const drawSchema = z.union([z.number(), z.tuple([z.number(), z.number(), z.number()])])
type Draw = z.infer<typeof drawSchema>

const variablesSchema = z.record(z.string(), z.json())

const episodeSchema = z.object({
  name: z.string(),
  last_action_at_start: z.number(),
  n_steps: z.number(),
  terminal_at: z.number().nullable(),
  return: z.number(),
  difficulty_ramp_at_end: z.number().nullable(),
  actions: z.string(),
  rewards: z.array(z.tuple([z.number(), z.number()])),
  sticky_at: z.array(z.number()),
  hashes: z.string(),
  states: z.record(z.string(), z.array(z.number())),
  vars: z.record(z.string(), variablesSchema),
  draws: z.array(z.array(drawSchema)),
  patch: variablesSchema.optional(),
})
type Episode = z.infer<typeof episodeSchema>

const minAtarSchema = z.object({
  meta: z.object({
    channels: z.record(z.string(), z.number()),
    state_shape: z.array(z.number()),
    num_actions: z.number(),
    minimal_action_set: z.array(z.number()),
    default_sticky_action_prob: z.number(),
    default_difficulty_ramping: z.boolean(),
  }),
  runs: z.array(
    z.object({
      name: z.string(),
      sticky_action_prob: z.number(),
      difficulty_ramping: z.boolean(),
      episodes: z.array(episodeSchema),
    }),
  ),
})

/** Hands back recorded draws and refuses any that was not recorded as it is asked for. */
class RecordedDraws implements RandomSource {
  #draws: readonly Draw[] = []
  #used = 0
  #when = ''

  load(draws: readonly Draw[], when: string): void {
    this.#draws = draws
    this.#used = 0
    this.#when = when
  }

  random(): number {
    const draw = this.#next('random()')
    if (typeof draw !== 'number') {
      expect.fail(`${this.#when}: random(), but recorded is ${JSON.stringify(draw)}`)
    }
    return draw
  }

  randInt(lo: number, hi: number): number {
    const draw = this.#next(`randInt(${lo}, ${hi})`)
    if (typeof draw === 'number' || draw[0] !== lo || draw[1] !== hi) {
      expect.fail(`${this.#when}: randInt(${lo}, ${hi}), but recorded is ${JSON.stringify(draw)}`)
    }
    return draw[2]
  }

  expectNoneLeft(): void {
    const left = this.#draws.length - this.#used
    if (left > 0) expect.fail(`${this.#when}: ${left} of ${this.#draws.length} draws left over`)
  }

  #next(asked: string): Draw {
    return this.#draws[this.#used++] ?? expect.fail(`${this.#when}: ${asked} was not recorded`)
  }
}

const GAMES: readonly MinAtarGameName[] = [
  'asterix',
  'breakout',
  'freeway',
  'seaquest',
  'space_invaders',
]

for (const game of GAMES) {
  describeGolden(`minatar_${game}.json`, minAtarSchema, ({ meta, runs }) => {
    test('has the recorded channels, actions and defaults', () => {
      const env = new MinAtar({ game })
      expect(env.observationSpace.shape).toEqual(meta.state_shape)
      expect(Object.fromEntries(env.game.channels.map((name, c) => [name, c]))).toEqual(
        meta.channels,
      )
      expect(env.actionSpace.n).toBe(meta.num_actions)
      expect(env.game.minimalActions).toEqual(meta.minimal_action_set)
      expect(env.stickyActionProb).toBe(meta.default_sticky_action_prob)
      expect(env.difficultyRamping).toBe(meta.default_difficulty_ramping)
    })

    test.each(runs.map((run) => [run.name, run] as const))('%s', (_, run) => {
      const draws = new RecordedDraws()
      const env = new MinAtar(
        {
          game,
          stickyActionProb: run.sticky_action_prob,
          difficultyRamping: run.difficulty_ramping,
        },
        draws,
      )
      expect(run.episodes.length).toBeGreaterThan(0)
      for (const episode of run.episodes) replayEpisode(env, draws, episode)
    })
  })
}

function replayEpisode(env: MinAtar, draws: RecordedDraws, episode: Episode): void {
  const { name, actions, n_steps, terminal_at } = episode
  expect([actions.length, episode.draws.length, episode.hashes.length]).toEqual([
    n_steps,
    n_steps + 1,
    16 * (n_steps + 1),
  ])
  expect(lastAction(env), `${name}: last action at start`).toBe(episode.last_action_at_start)
  draws.load(episode.draws[0]!, `${name}, reset`)
  let { obs } = env.reset()
  draws.expectNoneLeft()
  if (episode.patch !== undefined) {
    env.patch(episode.patch)
    obs = env.observation()
  }
  expectState(env, obs, episode, 0)

  const rewards = new Map(episode.rewards)
  let sum = 0
  let effective = episode.last_action_at_start
  for (let t = 1; t <= n_steps; t++) {
    const what = `${name}, t ${t}`
    const action = Number(actions[t - 1])
    if (!episode.sticky_at.includes(t)) effective = action
    draws.load(episode.draws[t]!, what)
    const step = env.step(action)
    draws.expectNoneLeft()
    sum += step.reward
    expect(step.reward, `${what}: reward`).toBe(rewards.get(t) ?? 0)
    expect(step.terminated, `${what}: terminated`).toBe(terminal_at !== null && t >= terminal_at)
    expect(step.truncated, `${what}: truncated`).toBe(false)
    expect(lastAction(env), `${what}: effective action`).toBe(effective)
    expectState(env, step.obs, episode, t)
  }
  expect(sum, `${name}: return`).toBe(episode.return)
}

function lastAction(env: MinAtar): number {
  const state = env.getState()
  const words = state['state']
  return readNumbers(state, 'state', Array.isArray(words) ? words.length : 0)[LAST_ACTION]!
}

function expectState(env: MinAtar, obs: Uint8Array, episode: Episode, t: number): void {
  const what = `${episode.name}, t ${t}`
  const variables = episode.vars[String(t)]
  if (variables !== undefined) {
    const got: JsonObject = env.variables()
    expect(got, `${what}: variables`).toEqual(variables)
  }
  const state = episode.states[String(t)]
  if (state !== undefined) expect(indicesOfOnes(obs), `${what}: state`).toEqual(state)
  const hash = episode.hashes.slice(16 * t, 16 * (t + 1))
  if (fnv1a64(obs) === hash) return
  const shown = JSON.stringify(env.variables())
  expect.fail(`${what}: the state's hash differs; ones ${indicesOfOnes(obs).join()}; ${shown}`)
}

function indicesOfOnes(obs: Uint8Array): number[] {
  const ones: number[] = []
  for (const [index, value] of obs.entries()) if (value !== 0) ones.push(index)
  return ones
}
