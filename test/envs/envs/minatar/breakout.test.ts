/** Breakout in situations worked out by hand; recorded play is replayed in test/golden. */

import type { JsonObject } from 'gymnasium-js'
import { describe, expect, test } from 'vitest'
import { breakout } from '../../../../envs/src/envs/minatar/breakout.ts'
import { DOWN, FIRE, LEFT, NOOP, RIGHT, UP } from '../../../../envs/src/envs/minatar/game.ts'
import { Situation } from './situation.ts'

const UP_LEFT = 0
const UP_RIGHT = 1
const DOWN_RIGHT = 2
const DOWN_LEFT = 3

/** The ball starts at the left edge in row 3, going down to the right. */
const situation = (patch: JsonObject = {}) => new Situation(breakout, patch, [0])
const ball = (game: Situation) => [game.get('ball_x'), game.get('ball_y'), game.get('ball_dir')]

describe('the start', () => {
  test('has three rows of bricks, the paddle in column 4 and the ball at an edge', () => {
    const game = situation()
    expect(game.asked).toEqual([[0, 2]])
    expect(game.cells('ball')).toEqual([[0, 3]])
    expect(game.cells('trail')).toEqual([[0, 3]])
    expect(game.cells('paddle')).toEqual([[4, 9]])
    const rows = game.cells('brick').map(([, y]) => y)
    expect(rows).toEqual([1, 2, 3].flatMap((y) => Array.from({ length: 10 }, () => y)))
    const other = new Situation(breakout, {}, [1])
    expect(ball(other)).toEqual([9, 3, DOWN_LEFT])
  })
})

describe('the ball', () => {
  test('moves one cell diagonally, its trail one step behind', () => {
    const game = situation()
    expect(game.play(NOOP, NOOP)).toEqual([0, 0])
    expect(game.cells('ball')).toEqual([[2, 5]])
    expect(game.cells('trail')).toEqual([[1, 4]])
  })

  test('turns at side walls, which costs it the step to the side', () => {
    const game = situation({ ball_x: 9, ball_y: 6, ball_dir: UP_RIGHT })
    game.step(NOOP)
    expect(ball(game)).toEqual([9, 5, UP_LEFT])
    game.patch({ ball_x: 0, ball_y: 5, ball_dir: DOWN_LEFT })
    game.step(NOOP)
    expect(ball(game)).toEqual([0, 6, DOWN_RIGHT])
  })

  test('turns at the ceiling, and in a corner at both', () => {
    const game = situation({ ball_x: 4, ball_y: 0, ball_dir: UP_RIGHT, brick_map: [] })
    game.play(NOOP)
    expect(ball(game)).toEqual([5, 0, DOWN_RIGHT])
    game.patch({ ball_x: 9, ball_y: 0, ball_dir: UP_RIGHT })
    game.play(NOOP)
    expect(ball(game)).toEqual([9, 0, DOWN_LEFT])
  })

  test('breaks a brick and turns back in its row', () => {
    const game = situation({ ball_x: 4, ball_y: 4, ball_dir: UP_RIGHT })
    expect(game.step(NOOP)).toBe(1)
    expect(ball(game)).toEqual([5, 4, DOWN_RIGHT])
    expect(game.cells('brick')).toHaveLength(29)
    expect(game.cells('brick')).not.toContainEqual([5, 3])
    expect(game.get('strike')).toBe(true)
    game.step(NOOP)
    expect(game.get('strike')).toBe(false)
  })

  test('flies through bricks after a hit until it has been in a cell without', () => {
    const bricks = [35, 26, 19]
    const game = situation({ ball_x: 4, ball_y: 4, ball_dir: 1, strike: true, brick_map: bricks })
    expect(game.play(NOOP, NOOP)).toEqual([0, 0])
    expect(ball(game)).toEqual([6, 2, UP_RIGHT])
    expect(game.get('strike')).toBe(true)
    expect(game.play(NOOP)).toEqual([0]) // (7, 1) is free
    expect(game.get('strike')).toBe(false)
    expect(game.get('brick_map')).toEqual([19, 26, 35])
    // (8, 0), the ceiling, the right wall: down to (9, 1), a brick.
    expect(game.play(NOOP, NOOP, NOOP)).toEqual([0, 0, 1])
    expect(ball(game)).toEqual([9, 0, UP_LEFT])
  })
})

describe('the paddle', () => {
  const above = { ball_x: 5, ball_y: 8, ball_dir: DOWN_RIGHT } // comes to (6, 9)

  test('mirrors the ball if it is where the ball was', () => {
    const game = situation({ ...above, pos: 5 })
    game.step(NOOP)
    expect(ball(game)).toEqual([6, 8, UP_RIGHT])
    game.step(NOOP)
    expect(ball(game)).toEqual([7, 7, UP_RIGHT])
  })

  test('sends the ball straight back if it is where the ball comes to', () => {
    const game = situation({ ...above, pos: 6 })
    game.step(NOOP)
    expect(ball(game)).toEqual([6, 8, UP_LEFT])
  })

  test.each([4, 7])('in column %i misses it', (pos) => {
    const game = situation({ ...above, pos })
    expect(game.step(NOOP)).toBe(0)
    expect(game.isOver).toBe(true)
    expect(ball(game)).toEqual([6, 9, DOWN_RIGHT])
  })

  test('moves before the ball does', () => {
    const game = situation({ ...above, pos: 4 })
    game.step(RIGHT)
    expect(game.isOver).toBe(false)
    expect(ball(game)).toEqual([6, 8, UP_RIGHT])
  })

  test('stays on the grid, and moves for left and right only', () => {
    const game = situation({ pos: 1, ball_y: 0 })
    game.play(LEFT, LEFT)
    expect(game.get('pos')).toBe(0)
    game.patch({ pos: 8, ball_y: 0 })
    game.play(RIGHT, RIGHT, UP, DOWN, FIRE, NOOP)
    expect(game.get('pos')).toBe(9)
  })
})

describe('the wall', () => {
  const empty = { ball_x: 5, ball_y: 8, ball_dir: DOWN_RIGHT, brick_map: [] }

  test('is whole again when the ball comes to the bottom row, hit or missed', () => {
    const hit = situation({ ...empty, pos: 6 })
    hit.step(NOOP)
    expect(hit.cells('brick')).toHaveLength(30)
    const missed = situation({ ...empty, pos: 0 })
    missed.step(NOOP)
    expect(missed.cells('brick')).toHaveLength(30)
    expect(missed.isOver).toBe(true)
  })

  test('stays as it is while a brick is left, or the ball is above', () => {
    const left = situation({ ...empty, pos: 6, brick_map: [17] })
    left.step(NOOP)
    expect(left.get('brick_map')).toEqual([17])
    const above = situation({ ...empty, ball_y: 7 })
    above.step(NOOP)
    expect(above.get('brick_map')).toEqual([])
  })
})
