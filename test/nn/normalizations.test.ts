/** Layers and networks under each normalization: acting, training mode, running statistics, initialization, projection. */

import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import {
  AffineLayer,
  dense,
  mlp,
  type Network,
  type NetworkFactory,
  type NetworkOptions,
  type Normalization,
  NORMALIZATIONS,
} from '../../src/nn/index.ts'
import { Rng } from '../../src/rng.ts'
import { batchOf, CASES, make, SHAPES, smallConv, valuesOf } from '../helpers/networks.ts'
import { columnMoments, describeOn, expectNear, hostOf, normals } from '../helpers/tensors.ts'

const NORMALIZED = NORMALIZATIONS.filter((normalization) => normalization !== 'none')
const BY_BATCH: readonly Normalization[] = ['batch', 'mean-only-batch']

/** Initialized from data, then moved: every variable by noise, running statistics by a batch. */
function lived(factory: NetworkFactory, options: Partial<NetworkOptions>): Network {
  const network = make(factory, options)
  const inputShape = options.inputShape ?? [4]
  network.initializeFromData(batchOf(inputShape, 32, 'initialization'))
  const rng = new Rng('noise')
  for (const variable of Object.values(network.parameters)) {
    const noise = normals(rng, variable.size).map((value) => 0.1 * value)
    variable.assign(tf.add(variable, tf.tensor(noise, variable.shape)))
  }
  network.applyTraining(batchOf(inputShape, 32, 'tracked'))
  tf.tidy(() => network.refold())
  return network
}

describeOn(['simd', 'cpu'], 'acting', () => {
  test.each(CASES)('is the same folded, unfolded and in a copy: $name, $normalization', (one) => {
    const network = lived(one.factory, one)
    const x = batchOf(one.inputShape, 7, 'x')
    const want = hostOf(network.apply(x))
    expect(want.every(Number.isFinite)).toBe(true)
    expectNear(hostOf(network.applyFolded(x)), want, 2e-5, 'folded')
    const copy = network.foldedCopy()
    expectNear(hostOf(copy.apply(x)), want, 2e-5, 'copy')
    expectNear(hostOf(copy.applyFolded(x)), want, 2e-5, 'folded copy')
    expect(Object.keys(copy.state)).toEqual([])
    expect(copy.fitsData).toBe(false)
  })

  test.each(CASES)('gives a row the same in a batch as alone: $name, $normalization', (one) => {
    const network = lived(one.factory, one)
    const x = batchOf(one.inputShape, 9, 'x')
    const together = hostOf(network.applyFolded(x)).subarray(3 * 4, 3 * 5)
    const row = tf.slice(x, [4, ...one.inputShape.map(() => 0)], [1, ...one.inputShape])
    expect(together).toEqual(hostOf(network.applyFolded(row)))
  })

  test.each(CASES)('a copy follows all that is folded: $name, $normalization', (one) => {
    const network = lived(one.factory, one)
    const copy = make(one.factory, { ...one, rng: new Rng('other') }).foldedCopy()
    tf.tidy(() => copy.followFolded(network, 1))
    const x = batchOf(one.inputShape, 5, 'x')
    expectNear(hostOf(copy.applyFolded(x)), hostOf(network.apply(x)), 2e-5)
  })
})

describeOn(['simd', 'cpu'], 'training mode', () => {
  test.each(CASES)('depends on the batch only where it should: $name, $normalization', (one) => {
    const network = lived(one.factory, one)
    const [x, others] = [batchOf(one.inputShape, 4, 'x'), batchOf(one.inputShape, 4, 'others')]
    const training = hostOf(network.applyTraining(tf.concat([x, others], 0), false)).subarray(0, 12)
    const acting = hostOf(network.applyFolded(x))
    if (BY_BATCH.includes(one.normalization)) {
      const distance = Math.max(...training.map((value, i) => Math.abs(value - acting[i]!)))
      expect(distance).toBeGreaterThan(1e-3)
    } else {
      expect(training).toEqual(acting)
    }
  })

  test.each(CASES)('tracks statistics when told to: $name, $normalization', (one) => {
    const network = lived(one.factory, one)
    const before = valuesOf(network.state)
    const parameters = valuesOf(network.parameters)
    network.applyTraining(batchOf(one.inputShape, 4, 'x'), false)
    expect(valuesOf(network.state)).toEqual(before)
    network.applyTraining(batchOf(one.inputShape, 4, 'x'))
    if (BY_BATCH.includes(one.normalization)) {
      for (const [name, values] of Object.entries(valuesOf(network.state)))
        expect(values, name).not.toEqual(before[name])
    }
    expect(valuesOf(network.parameters)).toEqual(parameters)
  })

  test('under batch normalization uses the statistics of the batch, then γ and β', () => {
    const layer = oneUnit('batch')
    layer.variables['gamma']!.assign(tf.tensor1d([10]))
    layer.variables['beta']!.assign(tf.tensor1d([5]))
    // t = 2, 6, 4, 8: mean 5, variance 5.
    const root = Math.sqrt(5.001)
    const want = [-3, 1, -1, 3].map((difference) => (10 * difference) / root + 5)
    expectNear(hostOf(layer.applyTraining(tf.tensor2d([[1], [3], [2], [4]]), true)), want, 1e-6)
    // 0.9 · 0 + 0.1 · 5, and 0.9 · 1 + 0.1 · 5
    expectNear(hostOf(layer.state['runningMean']!), [0.5], 1e-6)
    expectNear(hostOf(layer.state['runningVariance']!), [1.4], 1e-6)
    // t = 0, 2: mean 1, variance 1
    layer.applyTraining(tf.tensor2d([[0], [1]]), true)
    expectNear(hostOf(layer.state['runningMean']!), [0.55], 1e-6)
    expectNear(hostOf(layer.state['runningVariance']!), [1.36], 1e-6)
    const acted = (10 * (6 - 0.55)) / Math.sqrt(1.361) + 5
    expectNear(hostOf(layer.apply(tf.tensor2d([[3]]))), [acted], 1e-6)
  })

  test('under mean-only batch normalization takes the mean of the batch off, then adds b', () => {
    const layer = oneUnit('mean-only-batch')
    layer.variables['g']!.assign(tf.tensor1d([2]))
    layer.variables['b']!.assign(tf.tensor1d([5]))
    const x = tf.tensor2d([[1], [3], [2], [4]]) // t = 2, 6, 4, 8: mean 5
    expectNear(hostOf(layer.apply(x)), [7, 11, 9, 13], 1e-6)
    tf.tidy(() => layer.refold())
    expectNear(hostOf(layer.applyTraining(x, true)), [2, 6, 4, 8], 1e-6)
    expectNear(hostOf(layer.state['runningMean']!), [0.5], 1e-6)
    expectNear(hostOf(layer.apply(x)), [6.5, 10.5, 8.5, 12.5], 1e-6)
  })

  test('under layer normalization standardizes each row over its units', () => {
    const options = { normalization: 'layer', activation: 'none', rng: new Rng(1) } as const
    const layer = dense(2, 2, options)
    layer.variables['w']!.assign(tf.tensor2d([1, 0, 0, 1], [2, 2]))
    layer.variables['gamma']!.assign(tf.tensor1d([1, 3]))
    layer.variables['beta']!.assign(tf.tensor1d([0, 1]))
    const y = layer.apply(tf.tensor2d([1, 3, 100, 60], [2, 2])) // means 2, 80; deviations 1, 20
    const near = 1 / Math.sqrt(1 + 1e-5)
    expectNear(hostOf(y), [-near, 3 * near + 1, 1, -2], 1e-6)
  })

  test('moves running statistics by a hundredth unless told', () => {
    const options = { normalization: 'batch', activation: 'none', rng: new Rng(1) } as const
    const layer = dense(1, 1, options)
    layer.variables['w']!.assign(tf.tensor2d([[2]]))
    layer.applyTraining(tf.tensor2d([[1], [3], [2], [4]]), true) // mean 5, variance 5
    expectNear(hostOf(layer.state['runningMean']!), [0.05], 1e-7)
    expectNear(hostOf(layer.state['runningVariance']!), [1.04], 1e-6)
  })

  test('refuses a momentum that is none', () => {
    const options = { activation: 'none', rng: new Rng(1), statisticsMomentum: 1.5 } as const
    expect(() => dense(1, 1, { ...options, normalization: 'batch' })).toThrow(
      /statisticsMomentum is 1.5.*0 to 1/,
    )
  })

  /** t = 2 x: plain weights 2, or v = 1 times g. */
  function oneUnit(normalization: Normalization): AffineLayer {
    const options = { activation: 'none', rng: new Rng(1), statisticsMomentum: 0.9 } as const
    const layer = dense(1, 1, { ...options, normalization })
    const { v, w } = layer.variables
    ;(v ?? w)!.assign(tf.tensor2d([[v ? 1 : 2]]))
    return layer
  }
})

describeOn(['simd', 'cpu'], 'initialization from data', () => {
  const x = () => batchOf([4], 64, 'initialization')

  test.each([
    ['weight', undefined],
    ['mean-only-batch', undefined],
    ['none', true],
  ] as const)('standardizes what acts: %s', (normalization, dataInitialization) => {
    const options = { normalization, dataInitialization, outputScale: 0.1 }
    const network = make(mlp([16, 8]), options)
    expect(network.fitsData).toBe(true)
    expect(network.initializeFromData(x()).map(({ layer }) => layer)).toEqual(['1', '2', '3'])
    const inner = network.layers.filter((layer) => layer instanceof AffineLayer)
    inner.reduce((h, layer, i) => {
      const units = layer.variables['b']!.size
      const { mean, variance } = columnMoments(hostOf(layer.preActivation(h)), units)
      expectNear(mean, new Float64Array(units), 1e-4, 'mean')
      expectNear(variance, new Float64Array(units).fill(i === 2 ? 0.01 : 1), 1e-4, 'variance')
      return layer.apply(h)
    }, x())
  })

  test.each(['batch', 'mean-only-batch'] as const)(
    'starts the running statistics, so that acting is as training: %s',
    (normalization) => {
      const network = make(mlp([16, 8]), { normalization })
      network.initializeFromData(x())
      const want = hostOf(network.applyTraining(x(), false))
      expectNear(hostOf(network.apply(x())), want, 1e-5)
      expectNear(hostOf(network.applyFolded(x())), want, 1e-5)
    },
  )

  test.each(NORMALIZATIONS)('is left out when told so: %s', (normalization) => {
    const network = make(mlp([8]), { normalization, dataInitialization: false })
    const before = [valuesOf(network.parameters), valuesOf(network.state)]
    expect(network.fitsData).toBe(false)
    expect(network.initializeFromData(x())).toEqual([])
    expect([valuesOf(network.parameters), valuesOf(network.state)]).toEqual(before)
  })

  test.each(['none', 'layer'] as const)('is not there by default: %s', (normalization) => {
    expect(make(mlp([8]), { normalization }).fitsData).toBe(false)
  })
})

describe('the layers of a network', () => {
  test.each([
    ['weight', '1/v 1/g 1/b 2/v 2/g 2/b', ''],
    ['none', '1/w 1/b 2/w 2/b', ''],
    ['batch', '1/w 1/gamma 1/beta 2/w 2/b', '1/runningMean 1/runningVariance'],
    ['mean-only-batch', '1/v 1/g 1/b 2/v 2/g 2/b', '1/runningMean'],
    ['layer', '1/w 1/gamma 1/beta 2/w 2/b', ''],
  ] as const)('have the variables of %s; the last has no statistics', (normalization, ...names) => {
    const { parameters, state } = make(mlp([5]), { normalization })
    expect([parameters, state].map((of) => Object.keys(of).join(' '))).toEqual(names)
  })

  test.each(NORMALIZATIONS)('are freed with all they hold: %s', (normalization) => {
    const before = tf.memory().numTensors
    const network = make(smallConv, { inputShape: [6, 6, 2], normalization })
    const copy = network.foldedCopy()
    copy.dispose()
    network.dispose()
    expect(tf.memory().numTensors).toBe(before)
  })
})

describeOn(['simd', 'cpu'], 'projection', () => {
  const projected = SHAPES.flatMap((shape) =>
    NORMALIZED.map((normalization) => ({ ...shape, normalization, projection: true })),
  )

  test.each(projected)('keeps the function and the lengths: $name, $normalization', (one) => {
    const network = lived(one.factory, one)
    const initial = make(one.factory, one)
    const x = batchOf(one.inputShape, 7, 'x')
    const before = { acting: hostOf(network.apply(x)), training: hostOf(training()) }
    expect(lengthsOf(network)).not.toEqual(lengthsOf(initial))
    tf.tidy(() => network.project())
    for (const [i, length] of lengthsOf(initial).entries())
      expectNear(lengthsOf(network)[i]!, length, 1e-5, `lengths ${i}`)
    // Statistics are taken of shorter or longer vectors now: ε, beside their variance, moves values a little.
    const tolerance = ['batch', 'layer'].includes(one.normalization) ? 0.02 : 1e-5
    expectNear(hostOf(network.apply(x)), before.acting, tolerance, 'acting')
    tf.tidy(() => network.refold())
    expectNear(hostOf(network.applyFolded(x)), before.acting, tolerance, 'folded')
    expectNear(hostOf(training()), before.training, tolerance, 'training')

    function training(): tf.Tensor {
      return network.applyTraining(x, false)
    }
  })

  test.each([
    ['weight', 0.05 * 2],
    ['mean-only-batch', 0.05 * 2],
    ['batch', Math.sqrt(1 / 3)],
  ] as const)('starts from the length that %s has on average', (normalization, length) => {
    const network = make(mlp([16]), { normalization, projection: true })
    expectNear(lengthsOf(network)[0]!, new Float64Array(16).fill(length), 1e-6)
  })

  test('does nothing unless asked for', () => {
    const network = lived(mlp([8]), { normalization: 'weight' })
    const before = valuesOf(network.parameters)
    tf.tidy(() => network.project())
    expect(valuesOf(network.parameters)).toEqual(before)
  })

  test('is refused where the length of the weights matters', () => {
    expect(() => make(mlp([8]), { normalization: 'none', projection: true })).toThrow(
      /projection is true.*"none".*another normalization/,
    )
  })

  /** Lengths of the units' weights in each projected layer; of layer-normalized ones, of all together. */
  function lengthsOf(network: Network): Float64Array[] {
    return network.layers.flatMap((layer) => {
      const { v, w, gamma } = layer.variables
      if (!v && !gamma) return []
      const squares = tf.sum(tf.square((v ?? w)!), [0, 1, 2].slice(0, (v ?? w)!.rank - 1))
      const perLayer = gamma && !('runningMean' in layer.state)
      return [hostOf(tf.sqrt(perLayer ? tf.sum(squares) : squares))]
    })
  }
})
