/** Text drawings, by hand. */
import { expect, test } from 'vitest'
import { degrees, plot } from '../../../envs/src/rendering/plot.ts'
import { acrobotText } from '../../../envs/src/rendering/views/acrobot.ts'
import { cartPoleText } from '../../../envs/src/rendering/views/cartpole.ts'
import { minAtarText } from '../../../envs/src/rendering/views/minatar.ts'
import { mountainCarText } from '../../../envs/src/rendering/views/mountain-car.ts'
import { pendulumText } from '../../../envs/src/rendering/views/pendulum.ts'

/** [row, column] of a sign. */
function find(text: string, sign: string): [number, number] {
  const rows = text.split('\n')
  const row = rows.findIndex((line) => line.includes(sign))
  return [row, rows[row]!.indexOf(sign)]
}

test('plot has x to the right, y upwards, and leaves out what lies beyond', () => {
  const corners = [
    [-1, 1, 'a'],
    [1, 1, 'b'],
    [-1, -1, 'c'],
    [0, 0, 'd'],
    [2, 0, 'e'],
    [0, -2, 'f'],
  ] as const
  const text = plot(corners, 1)
  expect(['a', 'b', 'c', 'd'].map((sign) => find(text, sign))).toEqual([
    [0, 0],
    [0, 24],
    [12, 0],
    [6, 12],
  ])
  expect(text).not.toMatch(/[ef]/)
})

test('degrees are whole, from -180 to 180, and never -0', () => {
  expect([0.5, -0.001, Math.PI / 2, (3 * Math.PI) / 2, -7 * Math.PI].map(degrees)).toEqual([
    '29',
    '0',
    '90',
    '-90',
    '-180',
  ])
})

test('a pendulum turned counterclockwise by a quarter points to the left', () => {
  expect(find(pendulumText(0, 0), 'O')).toEqual([0, 12])
  expect(find(pendulumText(Math.PI / 2, 0), 'O')).toEqual([6, 0])
  expect(pendulumText(Math.PI / 2, 1)).toContain('theta 90 deg, theta_dot 1.000 rad/s')
})

test('an acrobot hangs down at rest, and its arm lifts to the right', () => {
  expect(find(acrobotText(0, 0), 'O')).toEqual([12, 12])
  expect(find(acrobotText(0, Math.PI / 2), 'O')).toEqual([9, 18]) // (1, -1) of 2 each way
})

test('the car of MountainCar stands in the valley, the flag on the hill', () => {
  const text = mountainCarText(-Math.PI / 6, 0, 0.5)
  const [carRow, carColumn] = find(text, '#')
  const [flagRow, flagColumn] = find(text, 'P')
  expect(carRow).toBe(11)
  expect(carColumn).toBe(23) // 0.676 of 1.8, in 60 steps
  expect(flagRow).toBe(0)
  expect(flagColumn).toBe(57) // 1.7 of 1.8
  expect(text).toContain('position -0.524, velocity 0.0000')
})

test('the cart of CartPole stands at its place, its pole leaning', () => {
  const text = cartPoleText([1, 0, Math.PI / 30, 0]) // 6 of 12 degrees: half a column a row
  expect(find(text, '#')).toEqual([4, 34])
  expect(find(text, '|')).toEqual([0, 36])
  expect(text).toContain('x 1.000 m, theta 6.0 deg')
})

test('MinAtar shows the last channel of a cell, and what the numbers mean', () => {
  const obs = new Uint8Array(200)
  obs.set([1, 1], 2 * 12) // both channels at (2, 1)
  const lines = minAtarText(['player', 'enemy'], obs).split('\n')
  expect(lines[1]).toBe('. . 1 . . . . . . .')
  expect(lines[10]).toBe('0 player, 1 enemy')
})
