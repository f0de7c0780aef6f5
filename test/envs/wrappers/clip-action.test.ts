import { Box, Discrete } from 'gymnasium-js'
import { ClipAction } from 'gymnasium-js/wrappers'
import { expect, test } from 'vitest'
import { actionRecorder } from '../action-recorder.ts'

test('clips each element to its own bounds and leaves the caller his array', () => {
  const inner = actionRecorder(new Box({ low: [-1, 0], high: [1, 5] }))
  const env = new ClipAction(inner)
  const action = Float32Array.of(-3, 7)
  env.step(action)
  env.step(Float32Array.of(0.5, 2))
  expect(inner.got).toEqual([Float32Array.of(-1, 5), Float32Array.of(0.5, 2)])
  expect(action).toEqual(Float32Array.of(-3, 7))
})

test('its space is unbounded, and all of the range for integers', () => {
  const reals = new ClipAction(actionRecorder(new Box({ low: -1, high: 1, shape: [2] })))
  expect(reals.actionSpace.toString()).toBe('Box(-inf, inf, (2,), float32)')
  const bytes = new ClipAction(
    actionRecorder(new Box({ low: 3, high: 9, shape: [1], dtype: 'uint8' })),
  )
  expect(bytes.actionSpace.toString()).toBe('Box(0, 255, (1,), uint8)')
})

test('leaves NaN for the environment to refuse', () => {
  const inner = actionRecorder(new Box({ low: -1, high: 1, shape: [1] }))
  new ClipAction(inner).step(Float32Array.of(NaN))
  expect(inner.got).toEqual([Float32Array.of(NaN)])
})

test('refuses choices and arrays of the wrong type', () => {
  expect(() => new ClipAction(actionRecorder(new Discrete(2)))).toThrow('is Discrete(2), not a Box')
  const env = new ClipAction(actionRecorder(new Box({ low: -1, high: 1, shape: [1] })))
  expect(() => env.step(new Float32Array(2))).toThrow(
    'the action is Float32Array(2); pass a Float32Array(1)',
  )
})
