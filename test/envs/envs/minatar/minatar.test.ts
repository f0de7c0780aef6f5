/** What all MinAtar games share; the rules of each are tested beside this file and in test/golden. */

import { MinAtar, Rng, make } from 'gymnasium-js'
import type { MinAtarOptions, RandomSource } from 'gymnasium-js'
import { describe, expect, test } from 'vitest'
import { DOWN, LEFT, NOOP, RIGHT } from '../../../../envs/src/envs/minatar/game.ts'
import { MINATAR_GAMES } from '../../../../envs/src/envs/minatar/games.ts'
import { viaJson } from '../../via-json.ts'

/** Hands out the given sticky draws, then 0.99; integers are the lowest. */
class Sticky implements RandomSource {
  readonly #draws: number[]
  count = 0

  constructor(...draws: number[]) {
    this.#draws = draws
  }

  random(): number {
    this.count++
    return this.#draws.shift() ?? 0.99
  }

  randInt(lo: number): number {
    return lo
  }
}

const breakout = (options: Partial<MinAtarOptions>, source: RandomSource) =>
  new MinAtar({ game: 'breakout', ...options }, source)

describe('sticky actions', () => {
  test('repeat the action that took effect last while the draw is below the probability', () => {
    const env = breakout({ stickyActionProb: 0.3 }, new Sticky(0.3, 0.29, 0, 0.3))
    env.reset()
    const columns = [RIGHT, LEFT, LEFT, LEFT].map((action) => {
      env.step(action)
      return env.variables()['pos']
    })
    expect(columns).toEqual([5, 6, 7, 6])
  })

  test('draw once a step, at probability 0 and after the end too', () => {
    const source = new Sticky(0, 0, 0)
    const env = breakout({ stickyActionProb: 0 }, source)
    env.reset()
    env.step(RIGHT)
    expect([env.variables()['pos'], source.count]).toEqual([5, 1])
    env.patch({ terminal: true })
    const before = env.variables()
    const { reward, terminated, truncated } = env.step(LEFT)
    expect([reward, terminated, truncated, source.count]).toEqual([0, true, false, 2])
    expect(env.variables()).toEqual(before)
  })

  test('outlive the episode, but not a seed', () => {
    const env = breakout({ stickyActionProb: 0.5 }, new Sticky(0.9, 0.1))
    env.reset()
    env.step(RIGHT)
    env.reset()
    env.step(NOOP)
    expect(env.variables()['pos']).toBe(5)
    env.reset({ seed: 1 })
    const fresh = breakout({ stickyActionProb: 0.5 }, new Sticky())
    fresh.reset({ seed: 1 })
    expect(env.getState()).toEqual(fresh.getState())
  })
})

describe('the minimal action set', () => {
  test('numbers the actions that do something', () => {
    const env = breakout({ useMinimalActionSet: true, stickyActionProb: 0 }, new Sticky())
    env.reset()
    env.step(2)
    expect(env.variables()['pos']).toBe(5)
    env.step(1)
    expect(env.variables()['pos']).toBe(4)
    expect(() => env.step(3)).toThrow(
      'MinAtar Breakout: action is 3; pass 0 (no-op), 1 (left) or 2 (right)',
    )
    const freeway = make('MinAtar/Freeway-v1', { stickyActionProb: 0 })
    freeway.reset({ seed: 1 })
    expect(freeway.actionSpace.toJSON()).toEqual({ kind: 'discrete', n: 3, start: 0 })
  })

  test.each(Object.keys(MINATAR_GAMES))('of %s holds ascending actions', (name) => {
    const game = MINATAR_GAMES[name as keyof typeof MINATAR_GAMES]
    expect(game.minimalActions[0]).toBe(NOOP)
    expect([...game.minimalActions].sort()).toEqual(game.minimalActions)
  })
})

describe('options', () => {
  test('are refused with the remedy', () => {
    const build = (options: object) => () => new MinAtar({ game: 'breakout', ...options })
    expect(build({ game: 'pong' })).toThrow(/game is 'pong'; pass one of 'asterix', 'breakout'/)
    expect(build({ stickyActionProb: 1.1 })).toThrow(
      'stickyActionProb is 1.1; pass a number from 0 to 1',
    )
    expect(build({ stickyActionProb: NaN })).toThrow(RangeError)
    expect(build({ difficultyRamping: 1 })).toThrow('difficultyRamping is 1; pass one of')
    expect(build({ useMinimalActionSet: 'no' })).toThrow(RangeError)
    expect(build({ stickyProb: 0 })).toThrow("did you mean 'stickyActionProb'?")
    expect(() => new MinAtar({ game: 'breakout' }).reset({ options: { x: 1 } })).toThrow(TypeError)
  })

  test('reach the game: without ramping SpaceInvaders keeps its pace', () => {
    const paces = [true, false].map((difficultyRamping) => {
      const env = new MinAtar({ game: 'space_invaders', difficultyRamping })
      env.reset()
      env.patch({ alien_map: [65], f_bullet_map: [75], alien_move_timer: 9 })
      expect(env.step(DOWN).reward).toBe(1)
      return env.variables()['enemy_move_interval']
    })
    expect(paces).toEqual([11, 12])
  })
})

describe.each(Object.keys(MINATAR_GAMES))('%s', (name) => {
  const game = name as keyof typeof MINATAR_GAMES

  test('gives patch what variables gives, and nothing changes', () => {
    const env = new MinAtar({ game })
    const rng = new Rng(3)
    env.reset({ seed: 2 })
    for (let t = 0; t < 60; t++) if (env.step(rng.randInt(0, 6)).terminated) env.reset()
    const other = new MinAtar({ game })
    other.reset()
    other.patch(viaJson(env.variables()))
    expect(other.variables()).toEqual(env.variables())
    expect(other.observation()).toEqual(env.observation())
    expect(() => {
      env.patch({ lives: 3 })
    }).toThrow(/unknown argument 'lives'/)
  })

  test('draws the grid with a legend', () => {
    const env = new MinAtar({ game, renderMode: 'ansi' })
    env.reset({ seed: 1 })
    const text = env.render()
    if (typeof text !== 'string') expect.fail('no text')
    const lines = text.split('\n')
    expect(lines).toHaveLength(11)
    expect(lines.slice(0, 10).every((line) => /^([.\d] ){9}[.\d] ?$/.test(line))).toBe(true)
    expect(lines[10]).toContain(`0 ${env.game.channels[0]!}`)
  })

  test('hands out observations that later steps leave alone', () => {
    const env = new MinAtar({ game })
    const rng = new Rng(8)
    env.reset({ seed: 8 })
    const first = env.observation()
    const copy = first.slice()
    for (let t = 0; t < 300; t++) if (env.step(rng.randInt(0, 6)).terminated) env.reset()
    expect(first).toEqual(copy)
  })
})
