import { Box, Dict, Discrete, Tuple } from 'gymnasium-js'
import { FlattenObservation } from 'gymnasium-js/wrappers'
import { expect, test } from 'vitest'
import { stub } from '../vector/stub-env.ts'

function flattened(...[space, obs]: Parameters<typeof stub>) {
  const env = new FlattenObservation(stub(space, obs))
  env.reset()
  return { space: env.observationSpace, obs: env.step(0).obs }
}

test('a choice becomes one-hot', () => {
  const { space, obs } = flattened(new Discrete(3, 5), 6)
  expect(space.toString()).toBe('Box(0.0, 1.0, (3,), float32)')
  expect(obs).toEqual(Float32Array.of(0, 1, 0))
})

test('an image becomes a vector of float32 with its bounds', () => {
  const image = new Box({ low: 0, high: 255, shape: [1, 2, 2], dtype: 'uint8' })
  const { space, obs } = flattened(image, Uint8Array.of(1, 2, 3, 255))
  expect(space.toString()).toBe('Box(0.0, 255.0, (4,), float32)')
  expect(obs).toEqual(Float32Array.of(1, 2, 3, 255))
})

test('parts follow each other, those of a Dict in key order', () => {
  const space = new Dict({
    b: new Box({ low: -2, high: 2, shape: [1] }),
    a: new Tuple([new Discrete(2), new Discrete(1)]),
  })
  const { space: flat, obs } = flattened(space, { b: Float32Array.of(1.5), a: [1, 0] })
  expect([Array.from(flat.low), Array.from(flat.high)]).toEqual([
    [0, 0, 0, -2],
    [1, 1, 1, 2],
  ])
  expect(obs).toEqual(Float32Array.of(0, 1, 1, 1.5))
})

test('a Box that overshoots its bounds passes, another type does not', () => {
  const box = new Box({ low: -1, high: 1, shape: [1] })
  expect(flattened(box, Float32Array.of(1.5)).obs).toEqual(Float32Array.of(1.5))
  expect(flattened(box, [0.5]).obs).toEqual(Float32Array.of(0.5))
  expect(() => flattened(box, Float64Array.of(0.5))).toThrow('pass a Float32Array(1)')
  expect(() => flattened(new Discrete(2), 2)).toThrow('expected an integer from 0 to 1')
})

test('gives arrays of its own', () => {
  const inside = Float32Array.of(1)
  const { obs } = flattened(new Box({ low: -1, high: 1, shape: [1] }), inside)
  inside[0] = 0
  expect(obs[0]).toBe(1)
})
