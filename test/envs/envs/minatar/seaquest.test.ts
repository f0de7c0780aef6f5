/** Seaquest in situations worked out by hand; recorded play is replayed in test/golden. */

import { Rng } from 'gymnasium-js'
import type { Json, JsonObject } from 'gymnasium-js'
import { describe, expect, test } from 'vitest'
import { act, SHARED_WORDS, TERMINAL } from '../../../../envs/src/envs/minatar/game.ts'
import { DOWN, FIRE, LEFT, NOOP, RIGHT, UP } from '../../../../envs/src/envs/minatar/game.ts'
import { seaquest } from '../../../../envs/src/envs/minatar/seaquest.ts'
import { toList } from '../../../../envs/src/envs/minatar/variables.ts'
import { patchVariables, readVariables } from '../../../../envs/src/envs/minatar/variables.ts'
import { Situation } from './situation.ts'

const TO_THE_RIGHT = true
const TO_THE_LEFT = false

/** The player at (5, 4), looking right, below the surface; nothing comes for a long while. */
function dived(patch: JsonObject = {}): Situation {
  const here = { sub_x: 5, sub_y: 4, sub_or: TO_THE_RIGHT, surface: false }
  return new Situation(seaquest, { ...here, e_spawn_timer: 9999, d_spawn_timer: 9999, ...patch })
}

function position(game: Situation): unknown[] {
  return [game.get('sub_x'), game.get('sub_y'), game.get('sub_or')]
}

describe('the player', () => {
  test('turns as it moves sideways and stops at edges, surface and ground', () => {
    const game = dived({ sub_x: 1, sub_y: 7 })
    game.play(LEFT, LEFT, DOWN, DOWN)
    expect(position(game)).toEqual([0, 8, TO_THE_LEFT])
    game.patch({ sub_x: 8, sub_y: 1, diver_count: 1 })
    game.play(RIGHT, RIGHT, UP, UP)
    expect(position(game)).toEqual([9, 0, TO_THE_RIGHT])
  })

  test('fires every fifth step; the bullet flies on in the step of the shot', () => {
    const game = dived({ sub_x: 3 })
    game.step(FIRE)
    expect(game.get('f_bullets')).toEqual([[4, 4, TO_THE_RIGHT]])
    game.play(FIRE, FIRE, FIRE, FIRE)
    expect(game.get('f_bullets')).toEqual([[8, 4, TO_THE_RIGHT]])
    game.step(FIRE)
    expect(game.get('f_bullets')).toEqual([
      [9, 4, TO_THE_RIGHT],
      [4, 4, TO_THE_RIGHT],
    ])
    game.step(NOOP)
    expect(game.get('f_bullets')).toEqual([[5, 4, TO_THE_RIGHT]])
  })

  test('takes divers aboard that it meets, up to six', () => {
    const divers = [
      [5, 4, TO_THE_RIGHT, 3], // where it is
      [4, 4, TO_THE_RIGHT, 0], // comes to it
      [5, 3, TO_THE_LEFT, 3], // above
    ]
    const game = dived({ divers, diver_count: 4 })
    game.step(NOOP)
    expect([game.get('diver_count'), game.get('divers')]).toEqual([6, [[5, 3, TO_THE_LEFT, 2]]])
    game.step(UP)
    expect([game.get('diver_count'), game.get('divers')]).toEqual([6, [[5, 3, TO_THE_LEFT, 1]]])
  })

  test('with room for one takes the diver who came last: lists are walked from the back', () => {
    const divers = [
      [5, 4, TO_THE_RIGHT, 3],
      [5, 4, TO_THE_LEFT, 3],
    ]
    const game = dived({ divers, diver_count: 5 })
    game.step(NOOP)
    expect(game.get('divers')).toEqual([[5, 4, TO_THE_RIGHT, 2]])
  })
})

describe("the player's bullets", () => {
  test('kill one enemy each, the first in the list, fish before subs', () => {
    const e_fish = [
      [7, 4, TO_THE_LEFT, 5],
      [7, 4, TO_THE_LEFT, 3],
    ]
    const e_subs = [[7, 4, TO_THE_LEFT, 2, 9]]
    const bullet = [6, 4, TO_THE_RIGHT]
    const game = dived({ e_fish, e_subs, f_bullets: [bullet] })
    expect(game.step(NOOP)).toBe(1)
    expect(game.get('f_bullets')).toEqual([])
    expect(game.get('e_fish')).toEqual([[7, 4, TO_THE_LEFT, 2]])
    expect(game.get('e_subs')).toEqual([[7, 4, TO_THE_LEFT, 1, 8]])
    game.patch({ f_bullets: [bullet, bullet, bullet] })
    expect(game.step(NOOP)).toBe(2)
    expect(game.get('f_bullets')).toEqual([[7, 4, TO_THE_RIGHT]])
    expect([game.get('e_fish'), game.get('e_subs')]).toEqual([[], []])
  })

  test('kill what swims into them, one each', () => {
    const e_fish = [
      [7, 4, TO_THE_LEFT, 0],
      [8, 4, TO_THE_LEFT, 0],
    ]
    const game = dived({ sub_x: 0, e_fish, f_bullets: [[5, 4, TO_THE_RIGHT]] })
    expect(game.step(NOOP)).toBe(1)
    expect(game.get('e_fish')).toEqual([[7, 4, TO_THE_LEFT, 5]])
    expect(game.get('f_bullets')).toEqual([])
  })

  test('of two equal ones the first goes, and the order of the list tells', () => {
    // From the back: (4, 5) flies on to (5, 5) and kills; equal to it is the first of the list.
    const f_bullets = [
      [5, 5, TO_THE_RIGHT],
      [1, 1, TO_THE_RIGHT],
      [4, 5, TO_THE_RIGHT],
    ]
    const game = dived({ f_bullets, e_fish: [[5, 5, TO_THE_RIGHT, 5]] })
    expect(game.step(NOOP)).toBe(1)
    expect(game.get('f_bullets')).toEqual([
      [2, 1, TO_THE_RIGHT],
      [6, 5, TO_THE_RIGHT],
    ])
  })
})

describe('enemies', () => {
  test('come in step 21 and every twentieth from there', () => {
    const game = new Situation(seaquest)
    for (let t = 1; t <= 20; t++) game.step(NOOP)
    game.step(NOOP, [0.49, 0.34, 8])
    expect(game.get('e_fish')).toEqual([[0, 8, TO_THE_RIGHT, 4]])
    expect(game.asked).toEqual([[1, 9]])
    game.patch({ e_spawn_timer: 0 })
    game.step(NOOP, [0.5, 0.33, 1])
    expect(game.get('e_subs')).toEqual([[9, 1, TO_THE_LEFT, 4, 9]])
    expect(game.get('e_spawn_timer')).toBe(19)
  })

  test('do not come against an enemy of their row', () => {
    const e_fish = [[3, 2, TO_THE_RIGHT, 5]]
    const e_subs = [[3, 6, TO_THE_LEFT, 5, 9]]
    for (const [direction, y, comes] of [
      [0.9, 2, false],
      [0.1, 2, true],
      [0.1, 6, false],
      [0.9, 6, true],
      [0.9, 7, true],
    ] as const) {
      const game = dived({ e_fish, e_subs, e_spawn_timer: 0 })
      game.step(NOOP, [direction, 0.9, y])
      expect(game.get('e_fish'), `row ${y}, direction ${direction}`).toHaveLength(comes ? 2 : 1)
      expect(game.get('e_spawn_timer')).toBe(19)
    }
  })

  test('move every sixth step and are gone beyond the edge, as divers are', () => {
    const fish = [8, 1, TO_THE_RIGHT, 0]
    const diver = [1, 2, TO_THE_LEFT, 0]
    const game = dived({ e_fish: [fish], divers: [diver] })
    game.step(NOOP)
    expect(game.get('e_fish')).toEqual([[9, 1, TO_THE_RIGHT, 5]])
    expect(game.get('divers')).toEqual([[0, 2, TO_THE_LEFT, 5]])
    game.play(NOOP, NOOP, NOOP, NOOP, NOOP)
    expect(game.get('e_fish')).toEqual([[9, 1, TO_THE_RIGHT, 0]])
    game.step(NOOP)
    expect([game.get('e_fish'), game.get('divers')]).toEqual([[], []])
  })

  test('fire, if subs, every eleventh step, also in the step in which they go', () => {
    const game = dived({ e_subs: [[6, 1, TO_THE_LEFT, 5, 0]] })
    game.step(NOOP)
    expect(game.get('e_bullets')).toEqual([[5, 1, TO_THE_LEFT]])
    expect(game.get('e_subs')).toEqual([[6, 1, TO_THE_LEFT, 4, 10]])
    for (let t = 2; t <= 11; t++) game.step(NOOP)
    expect(game.get('e_bullets')).toEqual([])
    game.step(NOOP)
    // It moved in steps 6 and 12, to column 4.
    expect(game.get('e_bullets')).toEqual([[3, 1, TO_THE_LEFT]])
    const shot = dived({
      e_subs: [[8, 1, TO_THE_LEFT, 0, 0]],
      f_bullets: [[6, 1, TO_THE_RIGHT]],
    })
    expect(shot.step(NOOP)).toBe(1)
    expect([shot.get('e_subs'), shot.get('e_bullets')]).toEqual([[], [[6, 1, TO_THE_LEFT]]])
  })

  const around: readonly (readonly [string, JsonObject])[] = [
    ['fish', { e_fish: [[6, 4, TO_THE_LEFT, 0]] }],
    ['sub', { e_subs: [[6, 4, TO_THE_LEFT, 0, 9]] }],
    ['bullet', { e_bullets: [[6, 4, TO_THE_LEFT]] }],
  ]
  test.each(around)('end the game when a %s comes or is met', (_, enemy) => {
    for (const [action, over] of [
      [NOOP, true], // it comes to (5, 4)
      [RIGHT, true], // the player steps on it, then it moves on
      [LEFT, false],
      [UP, false],
    ] as const) {
      const game = dived(enemy)
      expect(game.step(action)).toBe(0)
      expect(game.isOver, `action ${action}`).toBe(over)
    }
  })
})

test('divers come in step 31 and every thirtieth from there', () => {
  const game = dived({ d_spawn_timer: 30 })
  for (let t = 1; t <= 30; t++) game.step(NOOP)
  game.step(NOOP, [0.5, 7])
  expect(game.get('divers')).toEqual([[9, 7, TO_THE_LEFT, 4]])
  expect(game.asked).toEqual([[1, 9]])
  expect(game.get('d_spawn_timer')).toBe(29)
})

describe('oxygen', () => {
  test('lasts 200 steps below the surface, and is not used up at it', () => {
    const game = new Situation(seaquest, { e_spawn_timer: 9999, d_spawn_timer: 9999 })
    game.play(NOOP, NOOP, FIRE)
    expect(game.get('oxygen')).toBe(200)
    game.step(DOWN)
    for (let t = 2; t <= 200; t++) game.step(NOOP)
    expect([game.get('oxygen'), game.isOver]).toEqual([0, false])
    game.step(NOOP)
    expect(game.isOver).toBe(true)
  })

  test('is filled up at the surface for one diver, once per visit', () => {
    const game = dived({ sub_y: 1, oxygen: 50, diver_count: 3 })
    game.play(UP, NOOP, UP)
    expect([game.get('oxygen'), game.get('diver_count')]).toEqual([200, 2])
    game.play(DOWN, UP)
    expect([game.get('oxygen'), game.get('diver_count')]).toEqual([200, 1])
  })

  test('ends the game at the surface with no diver', () => {
    const game = dived({ sub_y: 1, oxygen: 50 })
    game.step(UP)
    expect([game.isOver, game.get('oxygen')]).toEqual([true, 50])
  })

  test('six divers are paid by the lit cells, and the surfacing after it is free', () => {
    const game = dived({ sub_y: 1, oxygen: 139, diver_count: 6 })
    expect(game.cells('oxygen_guage')).toHaveLength(6) // 139 / 20
    expect(game.step(UP)).toBe(6)
    expect([game.get('oxygen'), game.get('diver_count')]).toEqual([200, -1])
    expect(game.cells('diver_guage')).toEqual([])
    expect(game.play(DOWN, UP)).toEqual([0, 0])
    expect([game.isOver, game.get('diver_count')]).toEqual([false, -2])
  })
})

describe('difficulty', () => {
  /** [steps between enemies, their wait] after some surfacings. */
  function after(surfacings: number, ramping: boolean): unknown[] {
    const game = dived({ sub_y: 1, diver_count: 99 })
    for (let i = 0; i < surfacings; i++) {
      game.step(UP, [], ramping)
      game.step(DOWN, [], ramping)
    }
    return [game.get('e_spawn_speed'), game.get('move_speed')]
  }

  test('rises with each surfacing, in moves with every second', () => {
    expect(after(1, true)).toEqual([19, 5])
    expect(after(2, true)).toEqual([18, 4])
    expect(after(6, true)).toEqual([14, 2])
    expect(after(18, true)).toEqual([2, 2])
    expect(after(30, true)).toEqual([1, 2])
  })

  test('stays as it is without ramping', () => {
    expect(after(6, false)).toEqual([20, 5])
  })
})

test('shows everything in its channel, with trails and gauges', () => {
  const game = dived({
    f_bullets: [[7, 4, TO_THE_RIGHT]],
    e_bullets: [[1, 2, TO_THE_LEFT]],
    e_fish: [[0, 1, TO_THE_RIGHT, 5]],
    e_subs: [[2, 2, TO_THE_LEFT, 5, 9]],
    divers: [[4, 6, TO_THE_RIGHT, 5]],
    diver_count: 2,
    oxygen: 45,
  })
  expect(game.cells('sub_front')).toEqual([[5, 4]])
  expect(game.cells('sub_back')).toEqual([[4, 4]])
  expect(game.cells('friendly_bullet')).toEqual([[7, 4]])
  expect(game.cells('enemy_bullet')).toEqual([[1, 2]])
  expect(game.cells('enemy_fish')).toEqual([[0, 1]])
  expect(game.cells('enemy_sub')).toEqual([[2, 2]])
  expect(game.cells('diver')).toEqual([[4, 6]])
  expect(game.cells('trail')).toEqual([
    [3, 2],
    [3, 6],
  ])
  expect(game.cells('oxygen_guage')).toEqual([
    [0, 9],
    [1, 9],
  ])
  expect(game.cells('diver_guage')).toEqual([
    [7, 9],
    [8, 9],
  ])
})

test('gives back every list as it was put in', () => {
  const lists: JsonObject = {
    f_bullets: [[0, 0, TO_THE_LEFT]],
    e_bullets: [[9, 8, TO_THE_RIGHT]],
    e_fish: [[3, 1, TO_THE_LEFT, 0]],
    e_subs: [[9, 8, TO_THE_RIGHT, 5, 10]],
    divers: [[0, 7, TO_THE_LEFT, 5]],
  }
  const game = new Situation(seaquest, lists)
  game.patch(lists) // replaces, and does not add
  for (const [name, list] of Object.entries(lists)) expect(game.get(name)).toEqual(list)
})

test('a list takes as many things as it has room for, and refuses one more', () => {
  const capacities = { f_bullets: 12, e_bullets: 80, e_fish: 64, e_subs: 64, divers: 12 }
  for (const [name, capacity] of Object.entries(capacities)) {
    const crowd: Json[] = Array.from({ length: capacity }, () => [3, 1, TO_THE_LEFT])
    expect(new Situation(seaquest, { [name]: crowd }).get(name)).toHaveLength(capacity)
    expect(() => new Situation(seaquest, { [name]: [...crowd, crowd[0]!] })).toThrow(RangeError)
  }
})

test('the fullest sea fits into the lists', () => {
  const state = new Int32Array(SHARED_WORDS + seaquest.stateSize)
  const rng = new Rng(1)
  seaquest.reset(state, 0, rng)
  let mostEnemies = 0
  let mostBullets = 0
  for (let t = 0; t < 4000; t++) {
    // An enemy in every step, of the slowest: more than play can bring.
    patchVariables(seaquest, state, 0, {
      e_spawn_speed: 1,
      move_speed: 5,
      diver_count: 5,
      oxygen: 200,
    })
    state[TERMINAL] = 0
    act(seaquest, state, 0, rng.randInt(0, 6), rng, 0.1, true)
    const { e_fish, e_subs, e_bullets } = readVariables(seaquest.variables, state, 0)
    mostEnemies = Math.max(mostEnemies, toList(e_fish ?? []).length + toList(e_subs ?? []).length)
    mostBullets = Math.max(mostBullets, toList(e_bullets ?? []).length)
  }
  expect(mostEnemies).toBeGreaterThan(30) // else this would show nothing
  expect(mostEnemies).toBeLessThanOrEqual(60)
  expect(mostBullets).toBeLessThanOrEqual(69)
})
