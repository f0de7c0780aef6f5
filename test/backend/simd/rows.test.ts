/** The determinism contract: sums run in ascending order, so a row knows nothing of its batch. */

import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compile, useBackend } from '../../../src/backend/index.ts'
import { minatarConv, mlp, type Normalization } from '../../../src/nn/index.ts'
import { Rng } from '../../../src/rng.ts'
import { fc } from '../../helpers/properties.ts'
import { normals } from '../../helpers/tensors.ts'
import { expectBits } from './comparison.ts'

beforeAll(() => useBackend('simd'))
afterAll(() => useBackend('cpu'))

const { fround } = Math

interface Product {
  readonly a: Float32Array
  readonly b: Float32Array
  readonly m: number
  readonly k: number
  readonly n: number
  readonly transposeA: boolean
  readonly transposeB: boolean
}

/** Element by element, every operation rounded to float32. */
function scalarProduct({ a, b, m, k, n, transposeA, transposeB }: Product): Float32Array {
  return Float32Array.from({ length: m * n }, (_, at) => {
    const [row, col] = [Math.floor(at / n), at % n]
    let sum = 0
    for (let i = 0; i < k; i++) {
      const x = a[transposeA ? i * m + row : row * k + i]!
      const y = b[transposeB ? col * k + i : i * n + col]!
      sum = fround(sum + fround(x * y))
    }
    return sum
  })
}

function product({ a, b, m, k, n, transposeA, transposeB }: Product): Float32Array {
  return tf.tidy(
    () =>
      tf
        .matMul(
          tf.tensor2d(a, transposeA ? [k, m] : [m, k]),
          tf.tensor2d(b, transposeB ? [n, k] : [k, n]),
          transposeA,
          transposeB,
        )
        .dataSync() as Float32Array,
  )
}

describe('a matrix product', () => {
  test('is to the bit what a scalar loop computes', () => {
    const size = fc.integer({ min: 1, max: 40 })
    fc.assert(
      fc.property(size, size, size, fc.boolean(), fc.boolean(), fc.nat(1000), (...drawn) => {
        const [m, k, n, transposeA, transposeB, seed] = drawn
        const rng = new Rng(seed)
        const given = { a: normals(rng, m * k), b: normals(rng, k * n) }
        const all = { ...given, m, k, n, transposeA, transposeB }
        expectBits(product(all), scalarProduct(all), `[${m},${k}]·[${k},${n}]`)
      }),
      { numRuns: 300 },
    )
  })

  // Paths of their own: strides that are multiples of 4096 bytes, narrow results, one row.
  test.each([
    [1024, 9, 3],
    [1024, 9, 18],
    [16, 33, 4],
    [9, 10, 1024],
    [7, 10, 1024],
    [1, 300, 49],
    [3, 1024, 17],
    [128, 120, 84],
  ])('[%i, %i] by [.., %i] is to the bit what a scalar loop computes', (m, k, n) => {
    const rng = new Rng(m)
    const given = { a: normals(rng, m * k), b: normals(rng, k * n), m, k, n }
    for (const transposeA of [false, true]) {
      for (const transposeB of [false, true]) {
        const all = { ...given, transposeA, transposeB }
        expectBits(product(all), scalarProduct(all), `${transposeA}, ${transposeB}`)
      }
    }
  })

  test('with bias and relu rounds once for the bias', () => {
    const [m, k, n] = [7, 13, 21]
    const rng = new Rng(2)
    const [a, b, bias] = [m * k, k * n, n].map((length) => normals(rng, length))
    const plain = { a: a!, b: b!, m, k, n, transposeA: false, transposeB: false }
    const want = scalarProduct(plain).map((sum, at) => Math.max(0, fround(sum + bias![at % n]!)))
    const got = tf.tidy(() =>
      tf.fused
        .matMul({
          a: tf.tensor2d(a!, [m, k]),
          b: tf.tensor2d(b!, [k, n]),
          bias: tf.tensor1d(bias!),
          activation: 'relu',
        })
        .dataSync(),
    )
    expectBits(got, want)
  })
})

describe('a row', () => {
  test('of a matrix product has the same bits in a batch of any size and at any place', () => {
    const rng = new Rng(3)
    const [k, n] = [19, 23]
    const [row, b] = [normals(rng, k), normals(rng, k * n)]
    const rows = (a: Float32Array, transposeB: boolean) =>
      product({ a, b, m: a.length / k, k, n, transposeA: false, transposeB })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), fc.nat(), fc.boolean(), (m, place, tB) => {
        const at = place % m
        const a = normals(rng, m * k)
        a.set(row, at * k)
        expectBits(rows(a, tB).subarray(at * n, (at + 1) * n), rows(row, tB), `row ${at} of ${m}`)
      }),
    )
  })

  const networks = (['weight', 'none'] as const).flatMap((normalization) => [
    { name: 'mlp', normalization, factory: mlp([120, 84]), inputShape: [4] },
    { name: 'tanh mlp', normalization, factory: mlp([64, 64], 'tanh'), inputShape: [5] },
    { name: 'minatarConv', normalization, factory: minatarConv(), inputShape: [10, 10, 4] },
  ])

  test.each(networks)('of Q(s) through $name, $normalization, eager and compiled', (given) => {
    const { q, size } = networkOf(given)
    const rng = new Rng(5)
    const obs = normals(rng, size)
    const alone = q.compiled(obs)
    expect(alone).toHaveLength(3)
    expectBits(q.eager(obs), alone, 'eager')
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(), (rows, place) => {
        const at = place % rows
        const batch = normals(rng, rows * size)
        batch.set(obs, at * size)
        expectBits(q.compiled(batch).subarray(at * 3, at * 3 + 3), alone, `row ${at} of ${rows}`)
        expectBits(q.eager(batch).subarray(at * 3, at * 3 + 3), alone, `row ${at} of ${rows}`)
      }),
      { numRuns: 30 },
    )
  })
})

function networkOf(given: {
  factory: ReturnType<typeof mlp>
  inputShape: readonly number[]
  normalization: Normalization
}) {
  const { factory, inputShape, normalization } = given
  const rng = new Rng(4)
  const network = factory({ inputShape, outputs: 3, outputScale: 1, normalization, rng })
  const size = inputShape.reduce((product, length) => product * length, 1)
  const compiled = compile(({ obs }) => ({ q: network.apply(obs) }), {
    inputs: { obs: { shape: [-1, ...inputShape], dtype: 'float32' } },
  })
  const q = {
    compiled: (obs: Float32Array) => compiled({ obs }).q,
    eager: (obs: Float32Array) =>
      tf.tidy(() => {
        const x = tf.tensor(obs, [obs.length / size, ...inputShape])
        return network.apply(x).dataSync() as Float32Array
      }),
  }
  return { q, size }
}
