/** Gradients against central differences of the same functions in double precision. */

import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import { a2cLoss } from '../../agents/index.ts'
import {
  type AffineLayer,
  categoricalTerms,
  clipByGlobalNorm,
  conv2d,
  dense,
  entropyOf,
  gradientsOf,
  huber,
  logProbabilities,
  weightedTdLoss,
  weightNorm,
} from '../../src/nn/index.ts'
import { Rng } from '../../src/rng.ts'
import {
  denseReference,
  dot,
  huberReference,
  logSoftmax,
  numericalGradient,
  windows,
} from '../helpers/reference.ts'
import { describeOn, expectNear, hostOf, normals } from '../helpers/tensors.ts'
import { fc } from '../helpers/properties.ts'

const TOLERANCE = 1e-4 // of float32 against differences with steps of 1e-6

describeOn(['simd', 'cpu', 'wasm'], 'gradients', () => {
  test('of weight normalization equal finite differences, for g of any sign and size', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 6 }),
        fc.integer({ min: 1, max: 4 }),
        fc.nat(1000),
        (inputs, units, seed) => {
          const rng = new Rng(seed)
          const [v, g, dw] = [inputs * units, units, inputs * units].map((n) => normals(rng, n))
          const shape = [inputs, units]
          const [dv, dg] = tf.grads((v, g) =>
            tf.sum(tf.mul(weightNorm(v, g), tf.tensor(dw!, shape))),
          )([tf.tensor(v!, shape), tf.tensor(g!)])
          const identity = Float64Array.from({ length: inputs ** 2 }, (_, i) =>
            Number(i % (inputs + 1) === 0),
          )
          const loss = (v: ArrayLike<number>, g: ArrayLike<number>) =>
            dot(denseReference(identity, v, g, new Float64Array(units)), dw!)
          expectNear(
            hostOf(dv!),
            numericalGradient((at) => loss(at, g!), v!),
            TOLERANCE,
            'dv',
          )
          expectNear(
            hostOf(dg!),
            numericalGradient((at) => loss(v!, at), g!),
            TOLERANCE,
            'dg',
          )
        },
      ),
      { numRuns: 25 },
    )
  })

  test('of v stand orthogonal to v', () => {
    const rng = new Rng(3)
    const v = tf.tensor(normals(rng, 12), [4, 3])
    const dw = tf.tensor(normals(rng, 12), [4, 3])
    const dv = tf.grad((v: tf.Tensor) =>
      tf.sum(tf.mul(weightNorm(v, tf.tensor1d([2, -1, 0.5])), dw)),
    )(v)
    expectNear(hostOf(tf.sum(tf.mul(dv, v), 0)), [0, 0, 0], 1e-6)
  })

  test('of a dense layer equal finite differences', () => {
    const rng = new Rng(5)
    const layer = dense(5, 3, { normalization: 'weight', activation: 'none', rng })
    const x = normals(rng, 20)
    checkLayer(layer, tf.tensor(x, [4, 5]), [4, 3], rng, (v, g, b) => denseReference(x, v, g, b))
  })

  test('of the Huber loss are the error up to delta and delta beyond', () => {
    const errors = [-3, -1.5, -1.49, -0.2, 0, 0.4, 1.49, 1.6, 20]
    const gradient = tf.grad((e: tf.Tensor) => tf.sum(huber(e, 1.5)))(tf.tensor1d(errors))
    const clamped = errors.map((error) => Math.max(-1.5, Math.min(1.5, error)))
    expectNear(hostOf(gradient), clamped, 1e-6)
    expectNear(
      hostOf(huber(tf.tensor1d(errors), 1.5)),
      errors.map((e) => huberReference(e, 1.5)),
      1e-6,
    )
  })

  test.each(['mse', 'huber'] as const)('of the TD loss equal finite differences (%s)', (loss) => {
    const rng = new Rng(loss)
    const q = normals(rng, 12)
    const targets = normals(rng, 4)
    const actions = [2, 0, 1, 2]
    const reference = (q: ArrayLike<number>) => {
      const errors = actions.map((action, row) => q[row * 3 + action]! - targets[row]!)
      const losses = errors.map((e) => (loss === 'mse' ? e ** 2 : huberReference(e, 0.5)))
      return losses.reduce((sum, value) => sum + value, 0) / losses.length
    }
    const ours = (q: tf.Tensor) =>
      weightedTdLoss(q, tf.tensor1d(actions, 'int32'), tf.tensor1d(targets), {
        loss,
        huberDelta: 0.5,
      }).loss
    const tensor = tf.tensor(q, [4, 3])
    expectNear(hostOf(ours(tensor)), [reference(q)], 1e-6, 'loss')
    expectNear(hostOf(tf.grad(ours)(tensor)), numericalGradient(reference, q), TOLERANCE, 'dq')
  })

  test('of the A2C loss equal finite differences', () => {
    const rng = new Rng('a2c')
    const [logits, values, advantages, returns] = [15, 5, 5, 5].map((n) => normals(rng, n))
    const actions = [0, 2, 1, 1, 0]
    const options = { vfCoef: 0.3, entCoef: 0.2 }
    const reference = (logits: ArrayLike<number>, values: ArrayLike<number>) => {
      const terms = actions.map((action, row) => {
        const logProbs = logSoftmax(Array.from(logits).slice(row * 3, row * 3 + 3))
        const entropy = -dot(logProbs.map(Math.exp), logProbs)
        const valueLoss = (values[row]! - returns![row]!) ** 2
        return -logProbs[action]! * advantages![row]! + 0.3 * valueLoss - 0.2 * entropy
      })
      return terms.reduce((sum, term) => sum + term, 0) / terms.length
    }
    const ours = (logits: tf.Tensor, values: tf.Tensor) =>
      a2cLoss(
        {
          ...categoricalTerms(logits, tf.tensor1d(actions, 'int32')),
          values,
          advantages: tf.tensor1d(advantages!),
          returns: tf.tensor1d(returns!),
        },
        options,
      ).loss
    const at = [tf.tensor(logits!, [5, 3]), tf.tensor(values!)] as const
    const [dLogits, dValues] = tf.grads(ours)([...at])
    const wantLogits = numericalGradient((l) => reference(l, values!), logits!)
    const wantValues = numericalGradient((v) => reference(logits!, v), values!)
    expectNear(hostOf(ours(...at)), [reference(logits!, values!)], 1e-6, 'loss')
    expectNear(hostOf(dLogits!), wantLogits, TOLERANCE, 'dLogits')
    expectNear(hostOf(dValues!), wantValues, TOLERANCE, 'dValues')
  })

  test('log-probabilities and entropies of extreme logits are finite', () => {
    const logProbs = logProbabilities(
      tf.tensor2d([
        [0, 0],
        [100, -100],
      ]),
    )
    expectNear(hostOf(logProbs), [-Math.LN2, -Math.LN2, 0, -200], 1e-6)
    expectNear(hostOf(entropyOf(logProbs)), [Math.LN2, 0], 1e-6)
  })

  test('a parameter that does not reach the loss is an error that names it', () => {
    const parameters = { used: tf.variable(tf.scalar(1)), idle: tf.variable(tf.scalar(1)) }
    const run = () => gradientsOf(parameters, () => ({ loss: tf.square(parameters.used) }))
    expect(run).toThrow(/idle/)
  })
})

describeOn(['cpu'], 'gradients of a convolution', () => {
  test.each([1, 2])('equal finite differences (stride %i)', (stride) => {
    const rng = new Rng(stride)
    const layer = conv2d(2, 3, 2, stride, { normalization: 'weight', activation: 'none', rng })
    const images = [normals(rng, 5 * 4 * 2), normals(rng, 5 * 4 * 2)]
    const rows = images.flatMap((image) => windows(image, [5, 4, 2], 2, stride))
    const x = tf.tensor(Float32Array.from(images.flatMap((image) => [...image])), [2, 5, 4, 2])
    checkLayer(layer, x, layer.apply(x).shape, rng, (v, g, b) => denseReference(rows, v, g, b))
  })
})

describeOn(['simd', 'cpu', 'wasm'], 'clipping by the global norm', () => {
  const gradients = () => ({ a: tf.tensor1d([3, 0]), b: tf.tensor2d([[0], [4]]) }) // norm 5

  test('scales all gradients by one factor when their common norm is too large', () => {
    const { factor, norm } = clipByGlobalNorm(gradients(), 2.5)
    expect(hostOf(norm)[0]).toBe(5)
    expect(hostOf(factor!)[0]).toBe(0.5)
  })

  test.each([5, 6])('leaves gradients of norm 5 alone with a limit of %s', (limit) => {
    const { factor, norm } = clipByGlobalNorm(gradients(), limit)
    expect([hostOf(norm)[0], hostOf(factor!)[0]]).toEqual([5, 1])
  })

  test('measures without a limit', () => {
    const { factor, norm } = clipByGlobalNorm(gradients(), null)
    expect([hostOf(norm)[0], factor]).toEqual([5, undefined])
  })

  test('a norm of 0 is fine', () => {
    const { factor, norm } = clipByGlobalNorm({ a: tf.zeros([3]) }, 1)
    expect([hostOf(norm)[0], hostOf(factor!)[0]]).toEqual([0, 1])
  })
})

describe('gradientsOf', () => {
  test('hands over what the loss returns and leaks nothing', () => {
    const x = tf.variable(tf.scalar(3))
    const before = tf.memory().numTensors
    tf.tidy(() => {
      const { outputs, gradients } = gradientsOf({ x }, () => {
        const square = tf.square(x)
        return { loss: tf.mul(square, 2), square }
      })
      expect(hostOf(outputs.square)[0]).toBe(9)
      expect(hostOf(gradients['x']!)[0]).toBe(12)
    })
    expect(tf.memory().numTensors).toBe(before)
  })
})

/** Compares a layer's gradients with differences of its reference in v, g and b. */
function checkLayer(
  layer: AffineLayer,
  x: tf.Tensor,
  outputShape: readonly number[],
  rng: Rng,
  reference: (v: ArrayLike<number>, g: ArrayLike<number>, b: ArrayLike<number>) => Float64Array,
): void {
  const { v, g, b } = layer.variables
  g!.assign(tf.tensor1d(normals(rng, g!.size)))
  b!.assign(tf.tensor1d(normals(rng, b!.size)))
  const dy = normals(
    rng,
    outputShape.reduce((a, b) => a * b, 1),
  )
  const { gradients, outputs } = gradientsOf(layer.variables, () => {
    const y = layer.apply(x)
    return { loss: tf.sum(tf.mul(y, tf.tensor(dy, [...outputShape]))), y }
  })
  const at = [hostOf(v!), hostOf(g!), hostOf(b!)] as const
  const gradient = (i: number) =>
    numericalGradient((moved) => {
      const [v, g, b] = at.map((values, k) => (k === i ? moved : values))
      return dot(reference(v!, g!, b!), dy)
    }, at[i]!)
  expectNear(hostOf(outputs.y), reference(...at), 1e-5, 'y')
  expectNear(hostOf(gradients['v']!), gradient(0), TOLERANCE, 'dv')
  expectNear(hostOf(gradients['g']!), gradient(1), TOLERANCE, 'dg')
  expectNear(hostOf(gradients['b']!), gradient(2), TOLERANCE, 'db')
}
