import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import { compile } from '../../src/backend/index.ts'
import {
  type AffineLayer,
  dense,
  dormantFraction,
  type Normalization,
  statisticsNoise,
  weightMetrics,
} from '../../src/nn/index.ts'
import { Rng } from '../../src/rng.ts'
import { batchOf, CASES, make } from '../helpers/networks.ts'
import { describeOn, normals } from '../helpers/tensors.ts'

/** Two inputs, two units, ReLU; the units' weights have the lengths 5 and 2. */
function layerOf(normalization: Normalization): AffineLayer {
  const layer = dense(2, 2, { normalization, activation: 'relu', rng: new Rng(1) })
  const { v, w, g, gamma } = layer.variables
  ;(v ?? w)!.assign(tf.tensor2d([3, 0, 4, 2], [2, 2]))
  ;(g ?? gamma)?.assign(tf.tensor1d([3, -1]))
  return layer
}

describe('metrics of the weights', () => {
  const perUnit = 0.1 * ((1 / 25 + 1 / 4) / 2)

  test.each([
    ['weight', { 'norm/g_mean': 1, 'norm/v_norm': 3.5, 'norm/effective_lr': perUnit }],
    ['mean-only-batch', { 'norm/g_mean': 1, 'norm/v_norm': 3.5, 'norm/effective_lr': perUnit }],
    ['batch', { 'norm/g_mean': 1, 'norm/v_norm': 3.5, 'norm/effective_lr': perUnit }],
    ['layer', { 'norm/g_mean': 1, 'norm/v_norm': 3.5, 'norm/effective_lr': 0.1 / 14.5 }],
    ['none', { 'norm/v_norm': 3.5 }],
  ] as const)('are means over units: %s', (normalization, want) => {
    expectMetrics(weightMetrics({ layers: [layerOf(normalization)] }, 0.1), want)
  })

  test('count every unit of every layer once, and leave out what has no gain', () => {
    const wide = dense(1, 6, { normalization: 'none', activation: 'none', rng: new Rng(1) })
    wide.variables['w']!.assign(tf.fill([1, 6], -1.5))
    const metrics = weightMetrics({ layers: [layerOf('weight'), wide] }, 0.1)
    expectMetrics(metrics, {
      'norm/g_mean': 1,
      'norm/v_norm': (5 + 2 + 6 * 1.5) / 8,
      'norm/effective_lr': perUnit,
    })
  })

  function expectMetrics(
    metrics: Readonly<Record<string, number>>,
    want: Readonly<Record<string, number>>,
  ): void {
    expect(Object.keys(metrics)).toEqual(Object.keys(want))
    for (const [name, value] of Object.entries(want)) expect(metrics[name]).toBeCloseTo(value, 6)
  }
})

describe('the dormant fraction', () => {
  /** Four units of activities 0, 1, 2 and 97: on average 25, of which 1 is 0.04. */
  function activities(): AffineLayer {
    const layer = dense(1, 4, { normalization: 'none', activation: 'relu', rng: new Rng(1) })
    layer.variables['w']!.assign(tf.tensor2d([[-1, 1, 2, 97]]))
    layer.variables['b']!.assign(tf.zeros([4]))
    return layer
  }
  const x = () => tf.tensor2d([[0.5], [1.5]])

  test.each([
    [0, 0.25],
    [0.025, 0.25],
    [0.041, 0.5],
    [0.081, 0.75],
    [4, 1],
  ])('compares a unit with τ = %d of the average of its layer', (tau, want) => {
    expect(dormantFraction({ layers: [activities()] }, x(), tau)).toBe(want)
  })

  test('is 0.025 of the average by default, over hidden layers, and 1 of a dead one', () => {
    const output = dense(4, 8, { normalization: 'none', activation: 'none', rng: new Rng(1) })
    expect(dormantFraction({ layers: [activities(), output] }, x())).toBe(0.25)
    expect(dormantFraction({ layers: [activities()] }, tf.tensor2d([[0], [0]]))).toBe(1)
    expect(dormantFraction({ layers: [output] }, tf.zeros([2, 4]))).toBe(0)
  })

  test('goes through the network, positions of images included', () => {
    for (const { factory, ...options } of CASES) {
      const network = make(factory, options)
      const x = batchOf(options.inputShape, 16, 'x')
      network.initializeFromData(x)
      const before = tf.memory().numTensors
      expect(dormantFraction(network, x)).toBeLessThan(0.3)
      expect(tf.memory().numTensors).toBe(before)
    }
  })
})

describeOn(['simd', 'cpu', 'wasm'], 'the noise of statistics', () => {
  const withoutConvolution = CASES.filter(({ name }) => name === 'mlp')

  test.each(withoutConvolution)('is 0 unless batches are normalized: $normalization', (one) => {
    const network = make(one.factory, one)
    network.initializeFromData(batchOf(one.inputShape, 64, 'initialization'))
    const noise = noiseOf((x) => network.applyTraining(x, false))
    if (one.normalization.includes('batch')) expect(noise).toBeGreaterThan(0.01)
    else expect(noise).toBe(0)
    expect(noiseOf((x) => network.applyFolded(x))).toBe(0) // acting never is noisy
  })

  test('is the standard deviation over minibatches, averaged over states and outputs', () => {
    // Two states of two outputs, 1 and 3 times the companion: 0, 1, 1, 1.
    const forward = (obs: Float32Array) => {
      expect(obs.subarray(0, 4)).toEqual(Float32Array.of(5, 6, 7, 8))
      return Float32Array.from({ length: 6 }, (_, i) => (i % 2 === 0 ? 1 : 3) * obs[5]!)
    }
    const rows = [0, 1, 1, 1]
    const noise = statisticsNoise(forward, {
      states: Float32Array.of(5, 6, 7, 8),
      pool: Uint8Array.of(0, 0, 0, 1),
      rowSize: 2,
      batchSize: 3,
      draws: 4,
      rng: { randInt: () => rows.shift()! } as unknown as Rng,
    })
    expect(noise).toBeCloseTo(2 * Math.sqrt(3 / 16), 6)
  })

  test('refuses minibatches without others, and a single one', () => {
    const rows = { states: new Float32Array(16), pool: new Float32Array(36), rowSize: 4 }
    const options = { ...rows, rng: new Rng(1) }
    const forward = (obs: Float32Array) => obs
    expect(() => statisticsNoise(forward, { ...options, batchSize: 4 })).toThrow(
      /batchSize is 4.*4 states.*fewer/,
    )
    expect(() => statisticsNoise(forward, { ...options, batchSize: 5, draws: 1 })).toThrow(
      /draws is 1/,
    )
  })

  function noiseOf(forward: (x: tf.Tensor) => tf.Tensor): number {
    const program = compile(({ obs }) => ({ q: forward(obs) }), {
      inputs: { obs: { shape: [-1, 4], dtype: 'float32' } },
    })
    const rng = new Rng('noise')
    const rows = { states: normals(rng, 4 * 4), pool: normals(rng, 64 * 4), rowSize: 4 }
    const noise = statisticsNoise((obs) => program({ obs }).q, { ...rows, batchSize: 16, rng })
    program.dispose()
    return noise
  }
})
