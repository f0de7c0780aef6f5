import { Box, Discrete } from 'gymnasium-js'
import { DiscretizeAction } from 'gymnasium-js/wrappers'
import { expect, test } from 'vitest'
import { actionRecorder } from '../action-recorder.ts'

const plane = () => actionRecorder(new Box({ low: [-2, 0], high: [2, 3] }))

test('plays the middles of the bins', () => {
  const inner = actionRecorder(new Box({ low: -2, high: 2, shape: [1] }))
  const env = new DiscretizeAction(inner, 10)
  expect(env.actionSpace.n).toBe(10)
  for (const action of [0, 3, 9]) env.step(action)
  expect(inner.got.map((action) => action[0])).toEqual([-1.8, -0.6, 1.8].map(Math.fround))
})

test('the last element changes fastest', () => {
  const inner = plane()
  const env = new DiscretizeAction(inner, [2, 3])
  for (let action = 0; action < 6; action++) env.step(action)
  expect(inner.got.map((action) => Array.from(action))).toEqual(
    [-1, 1].flatMap((x) => [0.5, 1.5, 2.5].map((y) => [x, y])),
  )
})

test('refuses what it cannot cut, and actions that are not there', () => {
  const env = new DiscretizeAction(plane(), 2)
  expect(() => env.step(4)).toThrow('action: expected an integer from 0 to 3, found 4')
  expect(() => new DiscretizeAction(plane(), [2])).toThrow(
    'bins is [2] for an action of 2 elements',
  )
  expect(() => new DiscretizeAction(plane(), 0)).toThrow('bins is [0, 0]')
  expect(() => new DiscretizeAction(actionRecorder(new Discrete(2)), 2)).toThrow('not a Box')
  const free = new Box({ low: -Infinity, high: 0, shape: [1] })
  expect(() => new DiscretizeAction(actionRecorder(free), 2)).toThrow('not bounded on both sides')
  const bytes = new Box({ low: 0, high: 9, shape: [1], dtype: 'uint8' })
  expect(() => new DiscretizeAction(actionRecorder(bytes), 2)).toThrow(
    'of integers; it takes floats',
  )
})
