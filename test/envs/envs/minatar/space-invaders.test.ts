/** SpaceInvaders in situations worked out by hand; recorded play is replayed in test/golden. */

import { describe, expect, test } from 'vitest'
import { DOWN, FIRE, LEFT, NOOP, RIGHT, UP } from '../../../../envs/src/envs/minatar/game.ts'
import { spaceInvaders } from '../../../../envs/src/envs/minatar/space-invaders.ts'
import { Situation } from './situation.ts'

// Cells are y * 10 + x. Timers of 9 keep aliens still and silent for as many steps.
const CALM = { alien_move_timer: 9, alien_shot_timer: 9 }
const AFAR = 9 // an alien in the top right corner, so that no new wave comes
const WAVE = [0, 1, 2, 3].flatMap((y) => [2, 3, 4, 5, 6, 7].map((x) => 10 * y + x))

test('starts with 24 aliens that sweep to the left', () => {
  const game = new Situation(spaceInvaders)
  expect(game.get('alien_map')).toEqual(WAVE)
  expect(game.cells('alien')).toHaveLength(24)
  expect(game.cells('alien_left')).toEqual(game.cells('alien'))
  expect(game.cells('alien_right')).toEqual([])
  expect(game.cells('cannon')).toEqual([[5, 9]])
  game.patch({ alien_dir: 1 })
  expect(game.cells('alien_right')).toEqual(game.cells('alien'))
  expect(game.cells('alien_left')).toEqual([])
})

describe('the cannon', () => {
  test('stays on the grid, and moves for left and right only', () => {
    const game = new Situation(spaceInvaders, { pos: 1 })
    game.play(LEFT, LEFT)
    expect(game.get('pos')).toBe(0)
    game.patch({ pos: 8 })
    game.play(RIGHT, RIGHT, UP, DOWN, NOOP)
    expect(game.get('pos')).toBe(9)
  })

  test('fires every fifth step, into row 8', () => {
    const game = new Situation(spaceInvaders, { ...CALM, alien_map: [AFAR] })
    game.step(FIRE)
    expect(game.cells('friendly_bullet')).toEqual([[5, 8]])
    game.play(FIRE, FIRE, FIRE, FIRE)
    expect(game.get('f_bullet_map')).toEqual([45])
    game.step(FIRE)
    expect(game.get('f_bullet_map')).toEqual([35, 85])
  })

  test('is hit by a bullet that comes down to it, or under which it moves', () => {
    const bullets = { ...CALM, e_bullet_map: [85] }
    const stays = new Situation(spaceInvaders, { ...bullets, pos: 5 })
    stays.step(NOOP)
    expect(stays.isOver).toBe(true)
    const comes = new Situation(spaceInvaders, { ...bullets, pos: 4 })
    comes.step(RIGHT)
    expect(comes.isOver).toBe(true)
    const goes = new Situation(spaceInvaders, { ...bullets, pos: 5 })
    goes.step(LEFT)
    expect([goes.isOver, goes.get('e_bullet_map')]).toEqual([false, [95]])
    goes.step(NOOP)
    expect([goes.isOver, goes.get('e_bullet_map')]).toEqual([false, []])
  })

  test('is overrun by an alien that comes to it, or that it runs into', () => {
    const comes = new Situation(spaceInvaders, {
      alien_map: [94],
      alien_dir: 1,
      alien_move_timer: 0,
    })
    comes.step(NOOP)
    expect(comes.isOver).toBe(true)
    const runs = new Situation(spaceInvaders, { ...CALM, alien_map: [94] })
    runs.step(LEFT)
    expect(runs.isOver).toBe(true)
  })
})

describe('bullets', () => {
  test('of the cannon shoot aliens and are gone, or leave at the top', () => {
    const game = new Situation(spaceInvaders, {
      ...CALM,
      alien_map: [65, 75, AFAR],
      f_bullet_map: [85, 75, 3],
    })
    // 85 and 75 go up by one: both hit.
    expect(game.step(NOOP)).toBe(2)
    expect([game.get('alien_map'), game.get('f_bullet_map')]).toEqual([[AFAR], []])
  })

  test('pass an alien that comes down in the same step', () => {
    const game = new Situation(spaceInvaders, {
      alien_map: [40, 45], // 40 is at the edge: both come down
      alien_move_timer: 0,
      f_bullet_map: [55],
    })
    expect(game.step(NOOP)).toBe(0)
    expect([game.get('alien_map'), game.get('f_bullet_map')]).toEqual([[50, 55], [45]])
  })
})

describe('aliens', () => {
  test('sweep to the side when their timer is out, the oftener the fewer they are', () => {
    const game = new Situation(spaceInvaders, { alien_map: [22, 23, 34], alien_move_timer: 1 })
    game.step(NOOP)
    expect(game.get('alien_map')).toEqual([22, 23, 34])
    game.step(NOOP)
    expect(game.get('alien_map')).toEqual([21, 22, 33])
    expect(game.get('alien_move_timer')).toBe(2) // min(3 aliens, 12), less this step
    game.patch({ alien_map: WAVE, alien_dir: 1, alien_move_timer: 0 })
    game.step(NOOP)
    expect(game.get('alien_map')).toEqual(WAVE.map((cell) => cell + 1))
    expect(game.get('alien_move_timer')).toBe(11)
  })

  test.each([
    [-1, 1, [20, 41], [30, 51]],
    [1, -1, [29, 41], [39, 51]],
    [1, 1, [20, 41], [21, 42]],
    [-1, -1, [29, 41], [28, 40]],
  ])('moving by %i at an edge: then by %i, %j to %j', (before, after, from, to) => {
    const game = new Situation(spaceInvaders, {
      alien_map: from,
      alien_dir: before,
      alien_move_timer: 0,
    })
    game.step(NOOP)
    expect([game.get('alien_dir'), game.get('alien_map')]).toEqual([after, to])
    expect(game.isOver).toBe(false)
  })

  test('in row 9 that turn end the game and come in at the top', () => {
    const game = new Situation(spaceInvaders, { alien_map: [91, 40], alien_move_timer: 0, pos: 8 })
    game.step(NOOP)
    expect([game.isOver, game.get('alien_map')]).toEqual([true, [1, 50]])
  })

  test.each([
    ['the nearest', [13, 18], 5, 13],
    ['of two equally near the left', [13, 17], 5, 13],
    ['the nearest to the right', [12, 17], 5, 17],
    ['the lowest of a column', [3, 13, 33, 47], 4, 33],
    ['the one far off', [9], 0, 9],
    ['the one above', [0, 5, 9], 5, 5],
  ])('fire: %s', (_, aliens, pos, bullet) => {
    const game = new Situation(spaceInvaders, {
      alien_map: aliens,
      pos,
      alien_shot_timer: 0,
      alien_move_timer: 99,
    })
    game.step(NOOP)
    expect(game.get('e_bullet_map')).toEqual([bullet])
    game.step(NOOP)
    expect(game.get('e_bullet_map')).toEqual([bullet + 10])
    expect(game.get('alien_shot_timer')).toBe(8)
  })
})

describe('the next wave', () => {
  const last = { ...CALM, alien_map: [65], f_bullet_map: [75], e_bullet_map: [41], alien_dir: 1 }

  test('comes in the step that shoots the last alien, and all else stays', () => {
    const game = new Situation(spaceInvaders, last)
    expect(game.step(NOOP)).toBe(1)
    expect(game.get('alien_map')).toEqual(WAVE)
    expect([game.get('alien_dir'), game.get('e_bullet_map')]).toEqual([1, [51]])
    expect([game.get('alien_move_timer'), game.get('alien_shot_timer')]).toEqual([8, 8])
  })

  test('is faster by one step, with ramping, down to 6', () => {
    const game = new Situation(spaceInvaders, { ...last, enemy_move_interval: 7, ramp_index: 5 })
    game.step(NOOP)
    expect([game.get('enemy_move_interval'), game.get('ramp_index')]).toEqual([6, 6])
    game.patch(last)
    game.step(NOOP)
    expect([game.get('enemy_move_interval'), game.get('ramp_index')]).toEqual([6, 6])
    const flat = new Situation(spaceInvaders, last)
    flat.step(NOOP, [], false)
    expect([flat.get('enemy_move_interval'), flat.get('ramp_index')]).toEqual([12, 0])
  })
})
