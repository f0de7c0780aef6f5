/** Asterix in situations worked out by hand; recorded play is replayed in test/golden. */

import type { Json } from 'gymnasium-js'
import { describe, expect, test } from 'vitest'
import { asterix } from '../../../../envs/src/envs/minatar/asterix.ts'
import { DOWN, FIRE, LEFT, NOOP, RIGHT, UP } from '../../../../envs/src/envs/minatar/game.ts'
import { Situation } from './situation.ts'

const TO_THE_RIGHT = true
const TO_THE_LEFT = false
const GOLD = true
const ENEMY = false
const EMPTY: readonly null[] = Array.from({ length: 8 }, () => null)

/** Eight lanes, empty but for the given things: lane y - 1 holds what is in row y. */
function lanes(...things: readonly (readonly [x: number, y: number, ...rest: Json[]])[]): Json {
  return EMPTY.map((nothing, lane) => things.find(([, y]) => y === lane + 1) ?? nothing)
}

describe('things that come', () => {
  test('enter in step 11 and every tenth step from there', () => {
    const game = new Situation(asterix)
    for (let t = 1; t <= 10; t++) game.step(NOOP)
    expect(game.get('entities')).toEqual(EMPTY)
    game.step(NOOP, [0.49, 0.34, 2])
    // From column 0, by the move of all things that is due in step 11 as well.
    expect(game.get('entities')).toEqual(lanes([1, 3, TO_THE_RIGHT, ENEMY]))
    for (let t = 12; t <= 20; t++) game.step(NOOP)
    game.step(NOOP, [0.5, 0.33, 6])
    expect(game.get('entities')).toEqual(
      lanes([3, 3, TO_THE_RIGHT, ENEMY], [8, 8, TO_THE_LEFT, GOLD]),
    )
    expect(game.asked).toEqual([
      [0, 8],
      [0, 7],
    ])
  })

  test('enter lanes that are free only', () => {
    const entities = lanes([4, 1, TO_THE_RIGHT, GOLD], [4, 3, TO_THE_RIGHT, GOLD])
    const game = new Situation(asterix, { entities, spawn_timer: 0 })
    game.step(NOOP, [0, 0.9, 1]) // free rows 2, 4, 5, …
    expect(game.get('entities')).toEqual(
      lanes([4, 1, TO_THE_RIGHT, GOLD], [4, 3, TO_THE_RIGHT, GOLD], [0, 4, TO_THE_RIGHT, ENEMY]),
    )
  })

  test('draw direction and kind, but no lane, when all are taken', () => {
    const entities = [1, 2, 3, 4, 5, 6, 7, 8].map((y) => [1, y, TO_THE_RIGHT, ENEMY])
    const game = new Situation(asterix, { entities, spawn_timer: 0 })
    game.step(NOOP, [0.1, 0.1])
    expect(game.get('entities')).toEqual(entities)
    expect(game.asked).toEqual([])
  })
})

describe('the player', () => {
  test('stops at the edges and in the first and last lane', () => {
    const game = new Situation(asterix, { player_x: 1, player_y: 2 })
    game.play(LEFT, LEFT, UP, UP)
    expect([game.get('player_x'), game.get('player_y')]).toEqual([0, 1])
    game.patch({ player_x: 8, player_y: 7 })
    game.play(RIGHT, RIGHT, DOWN, DOWN)
    expect([game.get('player_x'), game.get('player_y')]).toEqual([9, 8])
    game.play(NOOP)
    expect([game.get('player_x'), game.get('player_y')]).toEqual([9, 8])
  })

  test('takes the gold that it steps on and the gold that comes to it', () => {
    const entities = lanes([6, 5, TO_THE_LEFT, GOLD])
    const steps = new Situation(asterix, { entities })
    expect(steps.step(RIGHT)).toBe(1)
    expect(steps.get('entities')).toEqual(EMPTY)
    const waits = new Situation(asterix, { entities, move_timer: 0 })
    expect(waits.step(FIRE)).toBe(1)
    expect(waits.get('entities')).toEqual(EMPTY)
    expect(waits.isOver).toBe(false)
  })

  test('dies of the enemy that it steps on and of the one that comes to it', () => {
    const entities = lanes([6, 5, TO_THE_LEFT, ENEMY])
    const steps = new Situation(asterix, { entities })
    expect([steps.step(RIGHT), steps.isOver]).toEqual([0, true])
    const waits = new Situation(asterix, { entities, move_timer: 0 })
    expect([waits.step(NOOP), waits.isOver]).toEqual([0, true])
  })

  test('moves before the things: it can step away, but not past an enemy', () => {
    const entities = lanes([6, 5, TO_THE_LEFT, ENEMY])
    const away = new Situation(asterix, { entities, move_timer: 0 })
    away.step(LEFT) // to 4, the enemy to 5
    expect(away.isOver).toBe(false)
    const past = new Situation(asterix, { entities, move_timer: 0 })
    past.step(RIGHT) // onto 6, from which the enemy then goes to 5
    expect(past.isOver).toBe(true)
  })

  test('is not touched by what is in its column in another lane', () => {
    const game = new Situation(asterix, { entities: lanes([5, 4, TO_THE_LEFT, ENEMY]) })
    expect([game.step(NOOP), game.isOver]).toEqual([0, false])
  })
})

test('things move every fifth step and are gone beyond the edge', () => {
  const entities = lanes([8, 1, TO_THE_RIGHT, ENEMY], [0, 2, TO_THE_LEFT, GOLD])
  const game = new Situation(asterix, { entities, spawn_timer: 100 })
  game.play(NOOP, NOOP, NOOP, NOOP, NOOP)
  expect(game.get('entities')).toEqual(entities)
  game.step(NOOP)
  expect(game.get('entities')).toEqual(lanes([9, 1, TO_THE_RIGHT, ENEMY]))
  game.play(NOOP, NOOP, NOOP, NOOP, NOOP)
  expect(game.get('entities')).toEqual(EMPTY)
})

describe('difficulty', () => {
  /** [spawn interval, move interval] after some steps in which nothing comes. */
  function intervalsAfter(steps: number, ramping: boolean): unknown[] {
    const game = new Situation(asterix)
    for (let t = 1; t <= steps; t++) {
      game.patch({ spawn_timer: 5 })
      game.step(NOOP, [], ramping)
    }
    return [game.get('spawn_speed'), game.get('move_speed')]
  }

  test('rises in steps 102 and 204, the second time in moves too', () => {
    expect(intervalsAfter(101, true)).toEqual([10, 5])
    expect(intervalsAfter(102, true)).toEqual([9, 5])
    expect(intervalsAfter(203, true)).toEqual([9, 5])
    expect(intervalsAfter(204, true)).toEqual([8, 4])
  })

  test('ends with everything in every step', () => {
    // Spawns: 9 rises to 1; moves: 5 to 1 at every second rise, the 8th.
    expect(intervalsAfter(102 * 8, true)).toEqual([2, 1])
    expect(intervalsAfter(102 * 12, true)).toEqual([1, 1])
  })

  test('stays as it is without ramping', () => {
    expect(intervalsAfter(300, false)).toEqual([10, 5])
  })
})

test('shows player, things by kind, and the cells behind them', () => {
  const entities = lanes(
    [0, 1, TO_THE_RIGHT, ENEMY], // came this step: nothing behind it
    [3, 2, TO_THE_RIGHT, ENEMY],
    [9, 3, TO_THE_LEFT, GOLD],
    [7, 8, TO_THE_LEFT, GOLD],
  )
  const game = new Situation(asterix, { entities, player_x: 2, player_y: 6 })
  expect(game.cells('player')).toEqual([[2, 6]])
  expect(game.cells('enemy')).toEqual([
    [0, 1],
    [3, 2],
  ])
  expect(game.cells('gold')).toEqual([
    [9, 3],
    [7, 8],
  ])
  expect(game.cells('trail')).toEqual([
    [2, 2],
    [8, 8],
  ])
})

test('a patch replaces what is in the lanes', () => {
  const game = new Situation(asterix, { entities: lanes([4, 1, TO_THE_RIGHT, GOLD]) })
  game.patch({ entities: lanes([0, 8, TO_THE_LEFT, ENEMY]) })
  expect(game.get('entities')).toEqual(lanes([0, 8, TO_THE_LEFT, ENEMY]))
})

test('refuses a patch with more lanes than there are, or a foreign name', () => {
  expect(() => new Situation(asterix, { entities: [...EMPTY, null] })).toThrow(/8 entities/)
  expect(() => new Situation(asterix, { playerX: 1 })).toThrow(/player_x/)
})
