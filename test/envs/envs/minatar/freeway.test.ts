/** Freeway in situations worked out by hand; recorded play is replayed in test/golden. */

import type { Json, JsonObject } from 'gymnasium-js'
import { describe, expect, test } from 'vitest'
import { freeway } from '../../../../envs/src/envs/minatar/freeway.ts'
import { DOWN, FIRE, LEFT, NOOP, RIGHT, UP } from '../../../../envs/src/envs/minatar/game.ts'
import { Situation } from './situation.ts'

type Car = readonly [x: number, y: number, timer: number, speed: number]

/** Speeds 1 2 3 4 5 1 1 1, all but that of lane 6 to the right: 1/2 is, what is below is not. */
const DRAWS = [1, 2, 3, 4, 5, 1, 1, 1, 0.5, 0.5, 0.9, 0.9, 0.9, 0.49, 0.9, 0.9]

/** Eight cars that stand in column 0 for long, but for the given ones. */
function cars(...given: readonly Car[]): Json {
  const parked = (y: number): Car => [0, y, 99, 1]
  return [1, 2, 3, 4, 5, 6, 7, 8].map((y) => given.find((car) => car[1] === y) ?? parked(y))
}

const situation = (patch: JsonObject = {}) => new Situation(freeway, patch, DRAWS)

describe('the start', () => {
  test('draws eight speeds, then eight directions', () => {
    const game = situation()
    expect(game.asked).toEqual(Array.from({ length: 8 }, () => [1, 6]))
    expect(game.get('cars')).toEqual([
      [0, 1, 1, 1],
      [0, 2, 2, 2],
      [0, 3, 3, 3],
      [0, 4, 4, 4],
      [0, 5, 5, 5],
      [0, 6, 1, -1],
      [0, 7, 1, 1],
      [0, 8, 1, 1],
    ])
    expect(game.cells('chicken')).toEqual([[4, 9]])
  })
})

describe('cars', () => {
  test('of speed k move every (k + 1)th step and come in again on the other side', () => {
    const game = situation()
    game.play(NOOP, NOOP, NOOP, NOOP, NOOP, NOOP)
    expect(game.cells('car')).toEqual([
      [3, 1],
      [2, 2],
      [1, 3],
      [1, 4],
      [1, 5],
      [7, 6], // 9 8 7
      [3, 7],
      [3, 8],
    ])
    game.patch({ cars: cars([9, 2, 0, 2], [0, 3, 0, -2]) })
    game.play(NOOP)
    expect(game.cells('car')).toContainEqual([0, 2])
    expect(game.cells('car')).toContainEqual([9, 3])
  })

  test('leave a trail behind them in the channel of their speed, around the edges', () => {
    const game = situation({ cars: cars([0, 2, 9, 5], [9, 3, 9, -5], [4, 5, 9, 2], [4, 6, 9, -4]) })
    expect(game.cells('speed5')).toEqual([
      [9, 2],
      [0, 3],
    ])
    expect(game.cells('speed2')).toEqual([[3, 5]])
    expect(game.cells('speed3')).toEqual([])
    expect(game.cells('speed4')).toEqual([[5, 6]])
  })

  test('send the chicken back before and after their own move', () => {
    const drivesOff = situation({ pos: 4, cars: cars([4, 4, 0, 1]) })
    drivesOff.step(NOOP)
    expect([drivesOff.get('pos'), drivesOff.cells('car')[3]]).toEqual([9, [5, 4]])
    const arrives = situation({ pos: 4, cars: cars([5, 4, 0, -1]) })
    arrives.step(NOOP)
    expect([arrives.get('pos'), arrives.cells('car')[3]]).toEqual([9, [4, 4]])
    const waits = situation({ pos: 4, cars: cars([3, 4, 1, 1], [4, 3, 1, 1], [4, 5, 1, 1]) })
    waits.step(NOOP)
    expect(waits.get('pos')).toBe(4)
  })
})

describe('the chicken', () => {
  test('moves at most every third step, first in the fourth', () => {
    const game = situation({ cars: cars() })
    const rows = [UP, UP, UP, UP, UP, UP, UP, DOWN, DOWN, DOWN].map((action) => {
      game.step(action)
      return game.get('pos')
    })
    expect(rows).toEqual([9, 9, 9, 8, 8, 8, 7, 7, 7, 8])
  })

  test('waits after a bump into the edge too, but not after other actions', () => {
    const game = situation({ cars: cars(), move_timer: 0 })
    game.play(NOOP, LEFT, RIGHT, FIRE)
    expect(game.get('move_timer')).toBe(0)
    game.step(DOWN)
    expect([game.get('pos'), game.get('move_timer')]).toEqual([9, 2])
  })

  test('steps onto a car that stands in its way', () => {
    const game = situation({ pos: 5, move_timer: 0, cars: cars([4, 4, 9, 1]) })
    game.step(UP)
    expect(game.get('pos')).toBe(9)
  })

  test('scores in row 0: back to row 9, new speeds, cars where they were', () => {
    const game = situation({ pos: 1, move_timer: 0, cars: cars([4, 1, 9, 1], [7, 8, 0, -3]) })
    expect(game.step(UP, DRAWS)).toBe(1)
    expect(game.get('pos')).toBe(9)
    expect(game.get('cars')).toEqual([
      [4, 1, 0, 1],
      [0, 2, 1, 2],
      [0, 3, 2, 3],
      [0, 4, 3, 4],
      [0, 5, 4, 5],
      [0, 6, 0, -1],
      [0, 7, 0, 1],
      [7, 8, 0, 1],
    ])
  })
})

test('ends with the step after the timer shows 0', () => {
  const game = situation({ cars: cars(), terminate_timer: 1 })
  game.step(NOOP)
  expect([game.get('terminate_timer'), game.isOver]).toEqual([0, false])
  game.step(NOOP)
  expect([game.get('terminate_timer'), game.isOver]).toEqual([-1, true])
})
