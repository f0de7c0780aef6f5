/** Depthwise convolutions and their gradients, against tfjs's cpu backend; a program with all that was added. */

import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compile, type Profile, profileProgram, useBackend } from '../../../src/backend/index.ts'
import { Rng } from '../../../src/rng.ts'
import { normals } from '../../helpers/tensors.ts'
import { expectAsOnCpu, sprinkled } from './comparison.ts'

beforeAll(async () => {
  await useBackend('cpu')
  await useBackend('simd')
})
afterAll(() => useBackend('cpu'))

/** Of a sum in float32 against one in double precision. */
const SUM = { relative: 2e-5, ofLargest: true, anyZero: true } as const

type Shape = [number, number, number, number]
type Pair = number | [number, number]

/** [batch, height, width, channels], [kernel height, kernel width, multiplier], strides, padding. */
const CONVOLUTIONS = [
  [[1, 1, 1, 1], [1, 1, 1], 1, 'valid'],
  [[2, 5, 4, 3], [3, 3, 1], 1, 'same'],
  [[2, 5, 4, 3], [3, 3, 2], 1, 'valid'],
  [[1, 7, 6, 4], [3, 2, 1], 2, 'same'],
  [[3, 6, 7, 5], [2, 3, 3], 2, 'valid'],
  [[1, 9, 11, 17], [4, 4, 1], [2, 3], 'same'],
  [[2, 4, 4, 1], [3, 3, 5], 1, 1],
  [[1, 3, 3, 2], [5, 5, 1], 1, 'same'],
  [[2, 10, 10, 32], [3, 3, 1], 1, 'same'],
  [[1, 6, 6, 7], [1, 1, 2], 3, 'valid'],
] as const

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

function some(seed: number, shape: readonly number[], every: number): Float32Array {
  const mild = (v: number) => (Math.abs(v) > 1e30 && Number.isFinite(v) ? 1 : v)
  return sprinkled(new Rng(seed), sizeOf(shape), every).map(mild)
}

describe.each(CONVOLUTIONS)('a depthwise convolution of %j by %j, strides %j, %j', (...args) => {
  const [given, [height, width, multiplier], strides, pad] = args
  const xShape = [...given] as Shape
  const wShape: Shape = [height, width, xShape[3], multiplier]
  const steps = (typeof strides === 'number' ? strides : [...strides]) as Pair
  const conv = (x: tf.Tensor, w: tf.Tensor) =>
    tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, steps, pad)

  test.each([1e9, 40])('is as on cpu, one number in %s special', (every) => {
    const [x, w] = [some(1, xShape, every), some(2, wShape, every)]
    expectAsOnCpu(() => conv(tf.tensor4d(x, xShape), tf.tensor4d(w, wShape)), SUM)
  })

  test.each(['linear', 'relu', 'relu6'] as const)('with bias and %s is as on cpu', (activation) => {
    const channels = xShape[3] * multiplier
    const [x, w, bias] = [some(3, xShape, 1e9), some(4, wShape, 1e9), some(5, [channels], 1e9)]
    expectAsOnCpu(
      () =>
        tf.fused.depthwiseConv2d({
          x: tf.tensor4d(x, xShape),
          filter: tf.tensor4d(w, wShape),
          strides: steps,
          pad,
          bias: tf.tensor1d(bias),
          activation,
        }),
      SUM,
    )
  })

  test.each([1e9, 40])('has the gradients of cpu, one number in %s special', (every) => {
    const [x, w] = [some(6, xShape, 1e9), some(7, wShape, 1e9)]
    const y = tf.tidy(() => conv(tf.tensor4d(x, xShape), tf.tensor4d(w, wShape)).shape)
    const dy = some(8, y, every)
    for (const which of [0, 1] as const) {
      const gradient = () =>
        tf.grads(conv)([tf.tensor4d(x, xShape), tf.tensor4d(w, wShape)], tf.tensor(dy, y))[which]!
      expectAsOnCpu(gradient, SUM, which === 0 ? 'dx' : 'dw')
    }
  })
})

test('a depthwise convolution with dilation is as on cpu', () => {
  for (const pad of ['valid', 'same'] as const) {
    for (const dilation of [2, 3]) {
      const [x, w] = [some(9, [2, 9, 8, 3], 1e9), some(10, [3, 2, 3, 2], 1e9)]
      expectAsOnCpu(
        () =>
          tf.depthwiseConv2d(
            tf.tensor4d(x, [2, 9, 8, 3]),
            tf.tensor4d(w, [3, 2, 3, 2]),
            1,
            pad,
            'NHWC',
            dilation,
          ),
        SUM,
      )
    }
  }
})

test('a program with everything has no kernel of the cpu backend and equals an eager run to the bit', () => {
  const w = tf.variable(tf.tensor4d(normals(new Rng(11), 3 * 3 * 4 * 2), [3, 3, 4, 2]))
  const table = tf.variable(tf.tensor2d(normals(new Rng(12), 28), [7, 4]))
  const pooled = (x: tf.Tensor4D) => {
    const around: [number, number][] = [
      [0, 0],
      [1, 1],
      [0, 2],
      [0, 0],
    ]
    const y = tf.depthwiseConv2d<tf.Tensor4D>(tf.pad(x, around, 0.5), w, 1, 'same')
    const parts = tf.split<tf.Tensor4D>(tf.maxPool(y, 2, 2, 'same'), 2, 3)
    const joined = tf.concat4d([...parts, tf.onesLike(parts[0]!)], 2)
    return tf.avgPool(tf.reverse(joined, [1]), 3, 1, 'valid')
  }
  const loss = (x: tf.Tensor4D, ids: tf.Tensor1D) => {
    const rows = tf.gather(table, ids)
    const scores = tf.stack([tf.matMul(rows, tf.transpose(table)), tf.zeros([3, 7])])
    const weights = tf.softmax(tf.cumsum(tf.matMul(scores, tf.reshape(tf.eye(7), [1, 7, 7])), 2))
    const tiled = tf.tile(tf.sum(weights, 1), [1, 2])
    return tf.add<tf.Scalar>(tf.mean(tf.square(pooled(x))), tf.sum(tf.square(tiled)))
  }
  const inputs = {
    x: { shape: [2, 6, 5, 4], dtype: 'float32' },
    ids: { shape: [3], dtype: 'int32' },
  } as const
  const program = compile(
    ({ x, ids }) => {
      const { value, grads } = tf.variableGrads(
        () => loss(x as tf.Tensor4D, ids as tf.Tensor1D),
        [w, table],
      )
      const [dw, dTable] = [grads[w.name]!, grads[table.name]!]
      w.assign(tf.sub(w, tf.mul(dw, 0.1)))
      table.assign(tf.sub(table, tf.mul(dTable, 0.1)))
      return { loss: value, dw, dTable }
    },
    { inputs, verify: true },
  )
  const inputsOf = (seed: number) => {
    const rng = new Rng(seed)
    return { x: normals(rng, 240), ids: Int32Array.of(rng.randInt(0, 7), 3, rng.randInt(0, 7)) }
  }
  for (let i = 0; i < 5; i++) {
    const { dw, dTable } = program(inputsOf(i))
    expect([...dw, ...dTable].every(Number.isFinite)).toBe(true)
  }
  const profile: Profile = []
  profileProgram(program, inputsOf(9), () => 0, profile)
  expect(profile.map(({ name }) => name).filter((name) => name.startsWith('cpu'))).toEqual([])
  expect(profile.length).toBeGreaterThan(30)
  tf.dispose([w, table])
})
