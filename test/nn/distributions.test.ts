/** Legal actions, distributions of returns and of actions: what must hold whatever the numbers. */

import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import {
  atomsOf,
  bestActions,
  categoricalProbabilities,
  categoricalTerms,
  discountedTarget,
  expectedValues,
  gaussianSample,
  multiDiscreteProbabilities,
  multiDiscreteTerms,
  pickDistribution,
  projectedDistribution,
  withoutIllegal,
} from '../../src/nn/index.ts'
import { fc } from '../helpers/properties.ts'
import { dot } from '../helpers/reference.ts'
import { describeOn, expectNear, hostOf } from '../helpers/tensors.ts'

describeOn(['simd', 'cpu', 'wasm'], 'illegal actions', () => {
  const tiny = fc.double({ min: -1e6, max: 1e6, noNaN: true }).map(Math.fround)
  /** Rows of four values and masks with something legal. */
  const rows = fc.array(
    fc.record({
      q: fc.array(tiny, { minLength: 4, maxLength: 4 }),
      online: fc.array(tiny, { minLength: 4, maxLength: 4 }),
      mask: fc
        .array(fc.constantFrom(0, 1), { minLength: 4, maxLength: 4 })
        .filter((mask) => mask.includes(1)),
    }),
    { minLength: 1, maxLength: 5 },
  )
  const argMaxOf = (values: readonly number[], mask: readonly number[]) => {
    const most = Math.max(...values.filter((_, a) => mask[a]))
    return values.findIndex((value, a) => mask[a] && value === most)
  }

  test('never enter a target, nor are the best', () => {
    fc.assert(
      fc.property(rows, (rows) => {
        const of = (name: 'q' | 'online' | 'mask') => tf.tensor2d(rows.map((row) => row[name]))
        const best = rows.map(({ online, mask }) => argMaxOf(online, mask))
        const ones = tf.ones([rows.length])
        const batch = { rewards: tf.zeros([rows.length]), discounts: ones, nextQ: of('q') }
        const nextMask = of('mask')
        expectNear(hostOf(bestActions(of('online'), nextMask)), best, 0)
        const single = rows.map(({ q, mask }) => q[argMaxOf(q, mask)]!)
        expectNear(hostOf(discountedTarget({ ...batch, nextMask })), single, 1e-7)
        const double = discountedTarget({ ...batch, nextMask, nextQOnline: of('online') })
        expectNear(
          hostOf(double),
          rows.map(({ q }, b) => q[best[b]!]!),
          1e-7,
        )
      }),
      { numRuns: 40 },
    )
  })

  test('have probability exactly 0 and no gradient', () => {
    const mask = tf.tensor2d([
      [1, 0, 1],
      [0, 1, 0],
    ])
    const logits = tf.tensor2d([
      [1, 50, 1],
      [-3, -80, 7],
    ])
    expectNear(hostOf(categoricalProbabilities(logits, mask)), [0.5, 0, 0.5, 0, 1, 0], 1e-7)
    expect(hostOf(categoricalProbabilities(logits, mask))[1]).toBe(0)
    const { logProb, entropy } = categoricalTerms(logits, tf.tensor1d([0, 1], 'int32'), mask)
    expectNear(hostOf(logProb), [-Math.LN2, 0], 1e-6)
    expectNear(hostOf(entropy), [Math.LN2, 0], 1e-6)
    const gradient = tf.grad((x: tf.Tensor) =>
      tf.sum(categoricalTerms(x, tf.tensor1d([2, 1], 'int32'), mask).logProb),
    )(logits)
    expectNear(hostOf(gradient), [-0.5, 0, 0.5, 0, 0, 0], 1e-6)
  })

  test('of several choices are left out of each', () => {
    const logits = tf.tensor2d([[0, 0, 0, 0, 0]])
    const mask = tf.tensor2d([[1, 1, 0, 1, 0]])
    expectNear(hostOf(multiDiscreteProbabilities(logits, [2, 3], mask)), [0.5, 0.5, 0, 1, 0], 1e-7)
    const { logProb } = multiDiscreteTerms(
      logits,
      tf.tensor2d([[1, 1]], [1, 2], 'int32'),
      [2, 3],
      mask,
    )
    expectNear(hostOf(logProb), [-Math.LN2], 1e-6)
  })

  test('legal values pass as they are', () => {
    const values = tf.tensor2d([[1e-30, -3.5, 1e20]])
    expect([...hostOf(withoutIllegal(values, tf.ones([1, 3])))]).toEqual([...hostOf(values)])
  })
})

describeOn(['simd', 'cpu', 'wasm'], 'distributions of returns', () => {
  const support = { atoms: 5, vMin: -2, vMax: 2 }

  test('have evenly spread atoms, and their expected value', () => {
    expect([...atomsOf(support)]).toEqual([-2, -1, 0, 1, 2])
    const logits = tf.tensor3d([
      [
        [0, 0, 0, 0, 0],
        [-90, -90, -90, 0, 0],
      ],
    ])
    expectNear(hostOf(expectedValues(logits, support)), [0, 1.5], 1e-6)
  })

  test('projection keeps the mass and, within the support, the mean', () => {
    const probability = fc.array(fc.integer({ min: 0, max: 16 }), { minLength: 5, maxLength: 5 })
    fc.assert(
      fc.property(
        probability.filter((counts) => counts.some((count) => count > 0)),
        fc.double({ min: -3, max: 3, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (counts, reward, discount) => {
          const total = counts.reduce((sum, count) => sum + count, 0)
          const p = counts.map((count) => count / total)
          const projected = hostOf(
            projectedDistribution(
              tf.tensor1d([reward]),
              tf.tensor1d([discount]),
              tf.tensor2d([p]),
              support,
            ),
          )
          expectNear([projected.reduce((sum, x) => sum + x, 0)], [1], 1e-5)
          expect(Math.min(...projected)).toBeGreaterThanOrEqual(0)
          const moved = [-2, -1, 0, 1, 2].map((z) =>
            Math.max(-2, Math.min(2, reward + discount * z)),
          )
          expectNear([dot(projected, atomsOf(support))], [dot(p, moved)], 1e-5)
        },
      ),
      { numRuns: 40 },
    )
  })

  test('of the chosen action is picked whole', () => {
    const rows = tf.tensor3d([
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [7, 8],
      ],
    ])
    const picked = pickDistribution(rows, tf.tensor1d([1, 0], 'int32'))
    expect([...hostOf(picked)]).toEqual([3, 4, 5, 6])
  })
})

describe('a Gaussian sample', () => {
  test('is the mean and as many standard deviations as the noise says', () => {
    const sample = gaussianSample(
      tf.tensor2d([[1, -1]]),
      tf.tensor1d([0, Math.log(2)]),
      tf.tensor2d([[0.5, -1]]),
    )
    expectNear(hostOf(sample), [1.5, -3], 1e-6)
  })
})
