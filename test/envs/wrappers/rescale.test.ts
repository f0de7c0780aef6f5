import fc from 'fast-check'
import { Box, make } from 'gymnasium-js'
import { RescaleAction, RescaleObservation } from 'gymnasium-js/wrappers'
import { expect, test } from 'vitest'
import { actionRecorder } from '../action-recorder.ts'
import { stub } from '../vector/stub-env.ts'

const inside = new Box({ low: [-2, 10], high: [2, 30] })

function rescaled(action: Float32Array, minAction: number, maxAction: number): Float32Array {
  const inner = actionRecorder(inside)
  new RescaleAction(inner, { minAction, maxAction }).step(action)
  return inner.got[0]!
}

test('maps the ends and the middle of an action onto those inside', () => {
  expect(rescaled(Float32Array.of(-1, 1), -1, 1)).toEqual(Float32Array.of(-2, 30))
  expect(rescaled(Float32Array.of(5, 2.5), 0, 10)).toEqual(Float32Array.of(0, 15))
})

test('continues an action beyond its bounds linearly', () => {
  expect(rescaled(Float32Array.of(2, -2), -1, 1)).toEqual(Float32Array.of(4, 0))
})

test('takes bounds per element', () => {
  const env = new RescaleAction(actionRecorder(inside), { minAction: [0, -1], maxAction: [1, 0] })
  expect(env.actionSpace.toString()).toBe('Box([0.0 -1.0], [1.0 0.0], (2,), float32)')
})

const bound = fc.float({ min: -1000, max: 1000, noNaN: true })
const interval = fc
  .tuple(bound, bound)
  .filter(([a, b]) => a !== b)
  .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const)
const share = fc.double({ min: 0, max: 1, noNaN: true })

test('an action in its space lands in the space inside', () => {
  fc.assert(
    fc.property(interval, interval, share, ([low, high], [minAction, maxAction], u) => {
      const inner = actionRecorder(new Box({ low, high, shape: [1] }))
      const env = new RescaleAction(inner, { minAction, maxAction })
      const action = Float32Array.of(minAction + (maxAction - minAction) * u)
      fc.pre(env.actionSpace.contains(action))
      env.step(action)
      expect(inner.actionSpace.explain(inner.got[0])).toBeUndefined()
    }),
  )
})

test('observations are rescaled back to what an action was', () => {
  fc.assert(
    fc.property(interval, share, ([low, high], u) => {
      fc.pre(high - low > 1e-3) // or float32 has too few numbers between them
      const inner = actionRecorder(new Box({ low, high, shape: [1] }))
      new RescaleAction(inner).step(Float32Array.of(2 * u - 1))
      const env = new RescaleObservation(stub(inner.actionSpace, inner.got[0]))
      const error = Math.abs(env.step(0).obs[0]! - Math.fround(2 * u - 1))
      // One rounding to float32 inside, seen at the scale of an interval of length 2.
      const step = 2 ** -23 * Math.max(Math.abs(low), Math.abs(high))
      expect(error).toBeLessThanOrEqual(2 ** -23 + (2 * step) / (high - low))
    }),
  )
})

test('pixels become float32 in [0, 1]', () => {
  const image = new Box({ low: 0, high: 255, shape: [3], dtype: 'uint8' })
  const env = new RescaleObservation(stub(image, Uint8Array.of(0, 51, 255)), { minObs: 0 })
  expect(env.observationSpace.toString()).toBe('Box(0.0, 1.0, (3,), float32)')
  expect(env.step(0).obs).toEqual(Float32Array.of(0, 0.2, 1))
})

test('an observation beyond its bounds is continued linearly', () => {
  const env = new RescaleObservation(stub(inside, Float32Array.of(4, 20)))
  expect(env.step(0).obs).toEqual(Float32Array.of(2, 0))
})

test('refuses unbounded and pointlike intervals, saying what to do', () => {
  const free = actionRecorder(new Box({ low: -Infinity, high: 1, shape: [1] }))
  expect(() => new RescaleAction(free)).toThrow('not bounded on both sides; put ClipAction outside')
  expect(() => new RescaleAction(actionRecorder(inside), { minAction: 1 })).toThrow(
    'single value 1',
  )
  expect(() => new RescaleAction(actionRecorder(inside), { minAction: 2 })).toThrow('low <= high')
  expect(() => new RescaleObservation(make('CartPole-v1'))).toThrow('use NormalizeObservation')
  const point = stub(new Box({ low: [0, 3], high: [1, 3] }), Float32Array.of(0, 3))
  expect(() => new RescaleObservation(point)).toThrow('element 1 has the single value 3')
})
