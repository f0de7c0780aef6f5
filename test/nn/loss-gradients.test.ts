/**
 * Losses and their gradients against the definitions in double precision and central differences of them; on simd
 * the same as recorded programs, bit for bit.
 */

import * as tf from '@tensorflow/tfjs-core'
import { test } from 'vitest'
import { ppoLoss } from '../../agents/index.ts'
import { compile } from '../../src/backend/index.ts'
import {
  categoricalTerms,
  crossEntropy,
  dueling,
  duelingDistribution,
  gaussianTerms,
  multiDiscreteTerms,
  pickDistribution,
  quantileHuber,
  squashedGaussian,
  valueLossOf,
  weightedMean,
  weightedTdLoss,
} from '../../src/nn/index.ts'
import { Rng } from '../../src/rng.ts'
import { dot, huberReference, logSoftmax, numericalGradient } from '../helpers/reference.ts'
import { describeOn, expectNear, hostOf, normals } from '../helpers/tensors.ts'

const TOLERANCE = 1e-4 // of float32 against differences with steps of 1e-6
const VALUE_TOLERANCE = 3e-6

type Numbers = ArrayLike<number>

/** An array [rows, size] as a list of rows. */
const rowsOf = (values: Numbers, size: number): number[][] =>
  Array.from({ length: values.length / size }, (_, row) =>
    Array.from(values).slice(row * size, (row + 1) * size),
  )
const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length

/** A loss of one array, ours and by definition. */
interface Case {
  readonly at: Float32Array
  readonly shape: readonly number[]
  readonly ours: (x: tf.Tensor) => tf.Tensor
  readonly reference: (x: Numbers) => number
}

/** Compares value and gradient; run eagerly and, where that is recorded, as a program. */
function expectGradient({ at, shape, ours, reference }: Case): void {
  const program = compile(
    ({ x }) => {
      const { value, grad } = tf.valueAndGrad(ours)(x)
      return { value, grad }
    },
    { inputs: { x: { shape, dtype: 'float32' } }, verify: true },
  )
  for (let call = 0; call < 2; call++) {
    const { value, grad } = program({ x: at })
    expectNear(value, [reference(at)], VALUE_TOLERANCE, 'loss')
    expectNear(grad, numericalGradient(reference, at), TOLERANCE, 'gradient')
  }
  program.dispose()
}

const fromSeed = (name: string) => {
  const rng = new Rng(name)
  return (n: number) => normals(rng, n)
}

describeOn(['simd', 'cpu', 'wasm'], 'losses and gradients by definition:', () => {
  test.each(['mse', 'huber'] as const)('the weighted TD loss (%s)', (loss) => {
    const draw = fromSeed(loss)
    const [q, targets] = [draw(12), draw(4)]
    const weights = Float32Array.of(1, 0.25, 0.5, 0)
    const actions = [2, 0, 1, 2]
    expectGradient({
      at: q,
      shape: [4, 3],
      ours: (q) =>
        weightedTdLoss(
          q,
          tf.tensor1d(actions, 'int32'),
          tf.tensor1d(targets),
          { loss, huberDelta: 0.5 },
          tf.tensor1d(weights),
        ).loss,
      reference: (q) =>
        mean(
          actions.map((action, row) => {
            const e = q[row * 3 + action]! - targets[row]!
            return weights[row]! * (loss === 'mse' ? e ** 2 : huberReference(e, 0.5))
          }),
        ),
    })
  })

  test('dueling, of values and of distributions', () => {
    const draw = fromSeed('dueling')
    const [B, A, Z] = [3, 4, 5]
    const [value, advantages, upstream] = [draw(B * Z), draw(B * A * Z), draw(B * A * Z)]
    const reference = (value: Numbers, advantages: Numbers) => {
      const q = rowsOf(advantages, A * Z).flatMap((row, b) =>
        rowsOf(row, Z).flatMap((ofAction) =>
          ofAction.map((a, z) => {
            const others = rowsOf(row, Z).map((one) => one[z]!)
            return value[b * Z + z]! + a - mean(others)
          }),
        ),
      )
      return dot(q, upstream)
    }
    const ours = (value: tf.Tensor, advantages: tf.Tensor) =>
      tf.sum(tf.mul(duelingDistribution(value, advantages), tf.tensor(upstream, [B, A, Z])))
    expectGradient({
      at: advantages,
      shape: [B, A * Z],
      ours: (x) => ours(tf.tensor(value, [B, Z]), x),
      reference: (x) => reference(value, x),
    })
    expectGradient({
      at: value,
      shape: [B, Z],
      ours: (x) => ours(x, tf.tensor(advantages, [B, A * Z])),
      reference: (x) => reference(x, advantages),
    })
    const flat = tf.tensor(advantages.slice(0, B * A), [B, A])
    const ofValues = dueling(tf.tensor(value.slice(0, B), [B, 1]), flat)
    const ofDistributions = duelingDistribution(tf.tensor(value.slice(0, B), [B, 1]), flat)
    expectNear(hostOf(ofDistributions), hostOf(ofValues), 1e-6)
  })

  test('the cross entropy of C51, of the chosen action', () => {
    const draw = fromSeed('c51')
    const [B, A, Z] = [3, 2, 5]
    const targets = rowsOf(draw(B * Z), Z).map((row) => logSoftmax(row).map(Math.exp))
    const actions = [1, 0, 1]
    const weights = [1, 0.5, 0.25]
    expectGradient({
      at: draw(B * A * Z),
      shape: [B, A, Z],
      ours: (logits) => {
        const chosen = pickDistribution(logits, tf.tensor1d(actions, 'int32'))
        return weightedMean(crossEntropy(tf.tensor2d(targets), chosen), tf.tensor1d(weights))
      },
      reference: (logits) =>
        mean(
          actions.map((action, b) => {
            const chosen = rowsOf(logits, Z)[b * A + action]!
            return -weights[b]! * dot(targets[b]!, logSoftmax(chosen))
          }),
        ),
    })
  })

  test('the quantile Huber loss, with as many targets as quantiles or not', () => {
    for (const [n, m, kappa] of [
      [4, 4, 1],
      [5, 3, 0.3],
      [1, 6, 2],
    ] as const) {
      const draw = fromSeed(`quantiles ${n}`)
      const [quantiles, targets] = [draw(3 * n), draw(3 * m)]
      const ofRow = (theta: readonly number[], target: readonly number[]) =>
        theta.reduce((sum, one, i) => {
          const tau = (i + 0.5) / n
          const losses = target.map((t) => {
            const side = t < one ? 1 - tau : tau
            return (side * huberReference(t - one, kappa)) / kappa
          })
          return sum + mean(losses)
        }, 0)
      expectGradient({
        at: quantiles,
        shape: [3, n],
        ours: (x) => weightedMean(quantileHuber(x, tf.tensor(targets, [3, m]), kappa)),
        reference: (x) => mean(rowsOf(x, n).map((row, b) => ofRow(row, rowsOf(targets, m)[b]!))),
      })
    }
  })

  test('the value loss, clipped and not', () => {
    const draw = fromSeed('values')
    const [values, returns, oldValues] = [draw(12), draw(12), draw(12)]
    const range = 0.4
    const clippedBy = (v: number, i: number) =>
      oldValues[i]! + Math.max(-range, Math.min(range, v - oldValues[i]!))
    const clipping = () => ({ oldValues: tf.tensor1d(oldValues), range })
    expectGradient({
      at: values,
      shape: [12],
      ours: (x) => valueLossOf(x, tf.tensor1d(returns), clipping()),
      reference: (x) =>
        mean(
          Array.from(x, (v, i) =>
            Math.max((v - returns[i]!) ** 2, (clippedBy(v, i) - returns[i]!) ** 2),
          ),
        ),
    })
    expectGradient({
      at: values,
      shape: [12],
      ours: (x) => valueLossOf(x, tf.tensor1d(returns)),
      reference: (x) => mean(Array.from(x, (v, i) => (v - returns[i]!) ** 2)),
    })
  })

  test('the loss of PPO, in logits that masks make illegal too', () => {
    const draw = fromSeed('ppo')
    const [B, A] = [6, 3]
    const [logits, advantages, returns, values] = [draw(B * A), draw(B), draw(B), draw(B)]
    const mask = [1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 0, 0]
    const actions = [0, 1, 2, 0, 1, 0]
    const [clip, entCoef, vfCoef] = [0.2, 0.1, 0.5]
    /** Log-probabilities of one row's legal actions. */
    const legal = (logits: Numbers, b: number): Map<number, number> => {
      const all = [0, 1, 2].filter((a) => mask[b * A + a] === 1)
      const logProbs = logSoftmax(all.map((a) => logits[b * A + a]!))
      return new Map(all.map((a, i) => [a, logProbs[i]!]))
    }
    const oldLogProb = actions.map((a, b) => legal(logits, b).get(a)! + 0.3 * draw(1)[0]!)
    expectGradient({
      at: logits,
      shape: [B, A],
      ours: (x) =>
        ppoLoss(
          {
            ...categoricalTerms(x, tf.tensor1d(actions, 'int32'), tf.tensor(mask, [B, A])),
            values: tf.tensor1d(values),
            oldLogProb: tf.tensor1d(oldLogProb),
            oldValues: tf.zeros([B]),
            advantages: tf.tensor1d(advantages),
            returns: tf.tensor1d(returns),
          },
          { clip, valueClip: null, vfCoef, entCoef },
        ).loss,
      reference: (x) =>
        mean(
          actions.map((action, b) => {
            const logProbs = legal(x, b)
            const ratio = Math.exp(logProbs.get(action)! - oldLogProb[b]!)
            const clipped = Math.max(1 - clip, Math.min(1 + clip, ratio))
            const gain = Math.min(advantages[b]! * ratio, advantages[b]! * clipped)
            const entropy = [...logProbs.values()].reduce((sum, p) => sum - p * Math.exp(p), 0)
            return -gain + vfCoef * (values[b]! - returns[b]!) ** 2 - entCoef * entropy
          }),
        ),
    })
  })

  test('several choices at once', () => {
    const draw = fromSeed('multi-discrete')
    const nvec = [2, 3, 1]
    const [logits, u, v] = [draw(4 * 6), draw(4), draw(4)]
    const actions = [0, 2, 0, 1, 0, 0, 1, 1, 0, 0, 0, 0]
    const reference = (logits: Numbers) =>
      rowsOf(logits, 6).reduce((sum, row, b) => {
        const parts = [row.slice(0, 2), row.slice(2, 5), row.slice(5)].map(logSoftmax)
        const logProb = parts.reduce((all, part, d) => all + part[actions[3 * b + d]!]!, 0)
        const entropy = -parts.reduce((all, part) => all + dot(part.map(Math.exp), part), 0)
        return sum + u[b]! * logProb + v[b]! * entropy
      }, 0)
    expectGradient({
      at: logits,
      shape: [4, 6],
      ours: (x) => {
        const chosen = tf.tensor2d(actions, [4, 3], 'int32')
        const { logProb, entropy } = multiDiscreteTerms(x, chosen, nvec)
        return tf.sum(tf.add(tf.mul(logProb, tf.tensor1d(u)), tf.mul(entropy, tf.tensor1d(v))))
      },
      reference,
    })
  })

  test('a Gaussian, in its mean and in a standard deviation of all states', () => {
    const draw = fromSeed('gaussian')
    const [B, D] = [4, 2]
    const [means, logStd, actions, u] = [draw(B * D), draw(D), draw(B * D), draw(B)]
    const reference = (means: Numbers, logStd: Numbers) =>
      Array.from(u, (weight, b) =>
        [0, 1].reduce((sum, d) => {
          const z = (actions[b * D + d]! - means[b * D + d]!) / Math.exp(logStd[d]!)
          const logProb = -(z ** 2) / 2 - logStd[d]! - Math.log(2 * Math.PI) / 2
          const entropy = logStd[d]! + Math.log(2 * Math.PI * Math.E) / 2
          return sum + weight * logProb + entropy
        }, 0),
      ).reduce((sum, x) => sum + x, 0)
    const ours = (means: tf.Tensor, logStd: tf.Tensor) => {
      const { logProb, entropy } = gaussianTerms(means, logStd, tf.tensor(actions, [B, D]))
      return tf.sum(tf.add(tf.mul(logProb, tf.tensor1d(u)), entropy))
    }
    expectGradient({
      at: means,
      shape: [B, D],
      ours: (x) => ours(x, tf.tensor1d(logStd)),
      reference: (x) => reference(x, logStd),
    })
    expectGradient({
      at: logStd,
      shape: [D],
      ours: (x) => ours(tf.tensor(means, [B, D]), x),
      reference: (x) => reference(means, x),
    })
  })

  test('a squashed Gaussian, through the noise', () => {
    const draw = fromSeed('squashed')
    const [B, D] = [5, 2]
    const [means, noise, logStd, u] = [draw(B * D), draw(B * D), draw(D), draw(B)]
    noise[0] = 0
    means[0] = 0 // u = 0, where |u| has a kink but log(1 − tanh²u) has none
    const reference = (means: Numbers) =>
      Array.from(u, (weight, b) =>
        [0, 1].reduce((sum, d) => {
          const at = b * D + d
          const x = means[at]! + Math.exp(logStd[d]!) * noise[at]!
          const logProb = -(noise[at]! ** 2) / 2 - logStd[d]! - Math.log(2 * Math.PI) / 2
          return sum + weight * (logProb - Math.log(1 - Math.tanh(x) ** 2)) + Math.tanh(x)
        }, 0),
      ).reduce((sum, x) => sum + x, 0)
    expectGradient({
      at: means,
      shape: [B, D],
      ours: (x) => {
        const { action, logProb } = squashedGaussian(
          x,
          tf.tensor1d(logStd),
          tf.tensor(noise, [B, D]),
        )
        return tf.add(tf.sum(tf.mul(logProb, tf.tensor1d(u))), tf.sum(action))
      },
      reference,
    })
  })
})
