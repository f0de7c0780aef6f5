/** Gradients of layers under each normalization against central differences of the same maps in double precision. */

import * as tf from '@tensorflow/tfjs-core'
import { test } from 'vitest'
import {
  type AffineLayer,
  conv2d,
  dense,
  gradientsOf,
  type Normalization,
  NORMALIZATIONS,
} from '../../src/nn/index.ts'
import { Rng } from '../../src/rng.ts'
import { denseReference, dot, numericalGradient, windows } from '../helpers/reference.ts'
import { columnMoments, describeOn, expectNear, hostOf, normals } from '../helpers/tensors.ts'

const TOLERANCE = 2e-4 // of float32 against differences with steps of 1e-6

type Values = Readonly<Record<string, ArrayLike<number>>>
/** A map of the layer's values (its variables and its state) and its input's rows, [R, in] → [R, out]. */
type Reference = (rows: ArrayLike<number>, values: Values) => Float64Array

describeOn(['simd', 'cpu', 'wasm'], 'gradients of a dense layer', () => {
  const cases = NORMALIZATIONS.flatMap((normalization) =>
    ['training', 'acting'].map((mode) => [normalization, mode] as const),
  )

  test.each(cases)('equal finite differences: %s, %s', (normalization, mode) => {
    const rng = new Rng(`${normalization} ${mode}`)
    const layer = dense(5, 3, { normalization, activation: 'none', rng })
    const rows = normals(rng, 4 * 5)
    const training = mode === 'training'
    checkGradients(layer, tf.tensor(rows, [4, 5]), training, rng, (values, x) =>
      referenceOf(normalization, training)(x ?? rows, values),
    )
  })
})

describeOn(['simd', 'cpu'], 'gradients of a convolution', () => {
  test.each(NORMALIZATIONS)('equal finite differences: %s', (normalization) => {
    const rng = new Rng(normalization)
    const layer = conv2d(2, 3, 2, 1, { normalization, activation: 'none', rng })
    const images = normals(rng, 2 * 5 * 4 * 2)
    const rowsOf = (x: ArrayLike<number>) =>
      [0, 1].flatMap((i) => windows(Array.from(x).slice(40 * i, 40 * i + 40), [5, 4, 2], 2, 1))
    checkGradients(layer, tf.tensor(images, [2, 5, 4, 2]), true, rng, (values, x) =>
      referenceOf(normalization, true)(rowsOf(x ?? images), values),
    )
  })
})

function referenceOf(normalization: Normalization, training: boolean): Reference {
  switch (normalization) {
    case 'weight':
      return (rows, { v, g, b }) => denseReference(rows, v!, g!, b!)
    case 'none':
      return (rows, { w, b }) => shifted(product(rows, w!, b!.length), b!)
    case 'mean-only-batch':
      return (rows, { v, g, b, runningMean }) => {
        const units = b!.length
        const t = denseReference(rows, v!, g!, new Float64Array(units))
        const mean = training ? columnMoments(t, units).mean : runningMean!
        return shifted(
          t,
          Float64Array.from(b!, (value, o) => value - mean[o]!),
        )
      }
    case 'batch':
      return (rows, { w, gamma, beta, runningMean, runningVariance }) => {
        const units = beta!.length
        const t = product(rows, w!, units)
        const { mean, variance } = training
          ? columnMoments(t, units)
          : { mean: runningMean!, variance: runningVariance! }
        return t.map((value, i) => {
          const o = i % units
          const standard = (value - mean[o]!) / Math.sqrt(variance[o]! + 1e-3)
          return standard * gamma![o]! + beta![o]!
        })
      }
    case 'layer':
      return (rows, { w, gamma, beta }) => {
        const units = beta!.length
        const t = product(rows, w!, units)
        return t.map((value, i) => {
          const row = t.subarray(i - (i % units), i - (i % units) + units)
          const { mean, variance } = columnMoments(row, 1)
          const standard = (value - mean[0]!) / Math.sqrt(variance[0]! + 1e-5)
          return standard * gamma![i % units]! + beta![i % units]!
        })
      }
  }
}

/** x [R, in] · w [in, out] */
function product(x: ArrayLike<number>, w: ArrayLike<number>, units: number): Float64Array {
  const inputs = w.length / units
  return Float64Array.from({ length: (x.length / inputs) * units }, (_, at) => {
    const [row, o] = [Math.floor(at / units), at % units]
    let sum = 0
    for (let i = 0; i < inputs; i++) sum += x[row * inputs + i]! * w[i * units + o]!
    return sum
  })
}

function shifted(t: Float64Array, b: ArrayLike<number>): Float64Array {
  return t.map((value, i) => value + b[i % b.length]!)
}

/** Values, and gradients in every variable and in x, for values of variables and state drawn anew. */
function checkGradients(
  layer: AffineLayer,
  x: tf.Tensor,
  training: boolean,
  rng: Rng,
  reference: (values: Values, x?: ArrayLike<number>) => Float64Array,
): void {
  for (const variable of Object.values(layer.variables)) {
    variable.assign(tf.tensor(normals(rng, variable.size), variable.shape))
  }
  for (const [name, { shape, size }] of Object.entries(layer.state)) {
    const drawn = normals(rng, size).map((value) =>
      name === 'runningVariance' ? 0.5 + value ** 2 : value,
    )
    layer.state[name]!.assign(tf.tensor(drawn, shape))
  }
  tf.tidy(() => layer.refold())
  const at: Record<string, Float64Array> = {}
  for (const [name, variable] of Object.entries({ ...layer.variables, ...layer.state }))
    at[name] = hostOf(variable)

  const map = (input: tf.Tensor) =>
    training ? layer.applyTraining(input, false) : layer.apply(input)
  const y = map(x)
  const dy = normals(rng, y.size)
  const lossOf = (input: tf.Tensor) => tf.sum(tf.mul(map(input), tf.tensor(dy, y.shape)))
  const { gradients } = gradientsOf(layer.variables, () => ({ loss: lossOf(x) }))
  const dx = tf.grad(lossOf)(x)

  expectNear(hostOf(y), reference(at), 1e-5, 'y')
  for (const name of Object.keys(layer.variables)) {
    const loss = (moved: ArrayLike<number>) => dot(reference({ ...at, [name]: moved }), dy)
    expectNear(hostOf(gradients[name]!), numericalGradient(loss, at[name]!), TOLERANCE, `d${name}`)
  }
  const ofInput = numericalGradient((moved) => dot(reference(at, moved), dy), hostOf(x))
  expectNear(hostOf(dx), ofInput, TOLERANCE, 'dx')
}
