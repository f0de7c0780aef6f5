/** Pooling and its gradients, against tfjs's cpu backend. */

import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { useBackend } from '../../../src/backend/index.ts'
import { Rng } from '../../../src/rng.ts'
import { expectAsOnCpu, expectBits, resultOn, sprinkled } from './comparison.ts'

beforeAll(async () => {
  await useBackend('cpu')
  await useBackend('simd')
})
afterAll(() => useBackend('cpu'))

/** Of a sum in float32 against one in double precision. */
const SUM = { relative: 2e-5, ofLargest: true, anyZero: true } as const

type Shape = [number, number, number, number]

/** [batch, height, width, channels], window, strides, padding. */
const POOLS = [
  [[1, 2, 2, 1], 2, 2, 'valid'],
  [[2, 5, 4, 3], 2, 1, 'valid'],
  [[2, 5, 4, 3], 3, 2, 'same'],
  [[1, 7, 7, 4], 3, 3, 'valid'],
  [[3, 6, 5, 5], [2, 3], [3, 1], 'same'],
  [[1, 9, 8, 17], [3, 2], [2, 2], 1],
  [[2, 4, 4, 64], 2, 2, 'valid'],
  [[2, 3, 3, 4], 1, 2, 'valid'],
  [[1, 2, 3, 6], 5, 1, 'same'],
  [[0, 4, 4, 2], 2, 2, 'valid'],
  [[4, 33, 31, 8], 3, 2, 'same'],
] as const

describe.each(POOLS)('pooling of %j by %j, strides %j, %j', (...args) => {
  const [given, window, strides, pad] = args
  const shape = [...given] as Shape
  const size = shape.reduce((product, n) => product * n, 1)
  const pairOf = (n: number | readonly [number, number]): number | [number, number] =>
    typeof n === 'number' ? n : [n[0], n[1]]
  const pools = [
    ['max', tf.maxPool, {}],
    ['mean', tf.avgPool, SUM],
  ] as const

  test.each(pools)('%s is as on cpu', (_, pool, tolerance) => {
    for (const every of [1e9, 30, 3]) {
      const x = sprinkled(new Rng(1), size, every).map(withoutExtremes)
      expectAsOnCpu(
        () => pool(tf.tensor4d(x, shape), pairOf(window), pairOf(strides), pad),
        tolerance,
        `one number in ${every} special`,
      )
    }
  })

  test.each(pools)('%s has the gradient of cpu', (_, pool) => {
    for (const [every, everyDy] of [
      [1e9, 1e9],
      [3, 1e9],
      [1e9, 20],
    ] as const) {
      // Whole numbers: windows have several maxima.
      const x = sprinkled(new Rng(2), size, every).map((v) => Math.round(v))
      const run = (t: tf.Tensor) => pool(t as tf.Tensor4D, pairOf(window), pairOf(strides), pad)
      const y = tf.tidy(() => run(tf.tensor4d(x, shape)).shape)
      const dy = sprinkled(
        new Rng(3),
        y.reduce((a, b) => a * b, 1),
        everyDy,
      ).map(withoutExtremes)
      const gradient = () => tf.grad(run)(tf.tensor4d(x, shape), tf.tensor(dy, y))
      expectAsOnCpu(gradient, SUM, `one number in ${every}, ${everyDy} special`)
    }
  })
})

function withoutExtremes(value: number): number {
  return Math.abs(value) > 1e30 && Number.isFinite(value) ? 1 : value
}

test('a window of one number hands out its operand', () => {
  const x = sprinkled(new Rng(4), 12, 2)
  const run = () => tf.maxPool(tf.tensor4d(x, [1, 2, 2, 3]), 1, 1, 'valid')
  expectBits(resultOn('simd', run).values, x)
})

test('an image has the same bits in a batch of any size', () => {
  const x = sprinkled(new Rng(5), 3 * 5 * 5 * 6, 1e9)
  const pooled = (values: Float32Array) =>
    resultOn('simd', () =>
      tf.avgPool(tf.tensor4d(values, [values.length / 150, 5, 5, 6]), 3, 2, 'same'),
    )
  const all = pooled(x).values as Float32Array
  const one = pooled(x.slice(150, 300)).values
  expectBits(all.subarray(one.length, 2 * one.length), one)
  expect(all).toHaveLength(3 * one.length)
})
