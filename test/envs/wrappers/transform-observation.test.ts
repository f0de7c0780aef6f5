import { Box, Discrete, make } from 'gymnasium-js'
import { TransformObservation } from 'gymnasium-js/wrappers'
import { expect, expectTypeOf, test } from 'vitest'

test('the function is applied to the observations of reset and step, once each', () => {
  let calls = 0
  const angle = new Box({ low: -0.5, high: 0.5, shape: [1] })
  const env = new TransformObservation(
    make('CartPole-v1'),
    (obs) => {
      calls++
      return obs.slice(2, 3)
    },
    angle,
  )
  const plain = make('CartPole-v1')
  expect(env.reset({ seed: 3 }).obs).toEqual(plain.reset({ seed: 3 }).obs.slice(2, 3))
  expect(env.step(1).obs).toEqual(plain.step(1).obs.slice(2, 3))
  expect([env.observationSpace, calls]).toEqual([angle, 2])
})

test('observations may become another type', () => {
  const side = (obs: Float32Array) => (obs[0]! < 0 ? 0 : 1)
  const env = new TransformObservation(make('CartPole-v1'), side, new Discrete(2))
  expectTypeOf(env.reset().obs).toEqualTypeOf<number>()
  expect(env.observationSpace.contains(env.reset({ seed: 1 }).obs)).toBe(true)
})
