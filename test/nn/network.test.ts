import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import {
  AffineLayer,
  dense,
  minatarConv,
  mlp,
  natureConv,
  type Network,
  networkFrom,
  type NetworkFactory,
  type NetworkOptions,
} from '../../src/nn/index.ts'
import { networkSchema, describeNetwork } from '../../src/nn/network-option.ts'
import { Rng } from '../../src/rng.ts'
import {
  columnMoments,
  computed,
  describeOn,
  expectNear,
  foldedInDouble,
  hostOf,
  normals,
} from '../helpers/tensors.ts'
import { fc } from '../helpers/properties.ts'

function make(factory: NetworkFactory, options: Partial<NetworkOptions> = {}): Network {
  const defaults = { inputShape: [4], outputs: 3, outputScale: 1, normalization: 'weight' } as const
  return factory({ ...defaults, rng: new Rng(7), ...options })
}

const IMAGE = [6, 6, 2]
const smallConv = networkFrom([
  { type: 'conv2d', filters: 4, kernelSize: 3, stride: 1, activation: 'relu' },
  { type: 'flatten' },
  { type: 'dense', units: 5, activation: 'relu' },
])

describeOn(['simd', 'cpu', 'wasm'], 'a row of a batch', (backend) => {
  const anything = fc.float({ noDefaultInfinity: false, noNaN: false })
  const finite = fc.float({ min: -100, max: 100, noNaN: true })

  /** Q(s) alone and among others, whatever they are: infinite and NaN rows too. */
  function expectIndependent(network: Network, inputShape: readonly number[]): void {
    const size = inputShape.reduce((a, b) => a * b, 1)
    const row = (values: fc.Arbitrary<number>) =>
      fc.array(values, { minLength: size, maxLength: size })
    fc.assert(
      fc.property(
        row(finite),
        fc.array(row(anything), { maxLength: 9 }),
        fc.nat(9),
        (own, others, at) => {
          const place = Math.min(at, others.length)
          const batch = [...others.slice(0, place), own, ...others.slice(place)]
          const apply = (rows: readonly (readonly number[])[]) => {
            const x = Float32Array.from(rows.flat())
            return computed(() => network.apply(tf.tensor(x, [rows.length, ...inputShape])))
          }
          const alone = apply([own])
          const together = apply(batch).subarray(place * alone.length, (place + 1) * alone.length)
          if (backend === 'cpu') expect(together).toEqual(alone)
          else expectNear(together, alone, 1e-6)
        },
      ),
      { numRuns: 40 },
    )
  }

  test('gives the same in a batch as alone in a multi-layer perceptron', () => {
    const network = make(mlp([64, 32]))
    network.initializeFromData(tf.tensor(normals(new Rng(1), 64), [16, 4]))
    expectIndependent(network, [4])
    expectIndependent(network.foldedCopy(), [4])
  })

  test('gives the same in a batch as alone in a convolutional network', () => {
    const network = make(smallConv, { inputShape: IMAGE })
    network.initializeFromData(tf.tensor(normals(new Rng(1), 8 * 72), [8, ...IMAGE]))
    expectIndependent(network, IMAGE)
  })
})

describeOn(['simd', 'cpu', 'wasm'], 'data-dependent initialization', () => {
  test.each([
    ['a perceptron', mlp([32, 16], 'tanh'), [4]],
    ['a convolutional network', smallConv, IMAGE],
  ] as const)('gives every unit of %s mean 0 and the output scale', (_, factory, inputShape) => {
    const network = make(factory, { inputShape, outputScale: 0.1 })
    const size = inputShape.reduce((a, b) => a * b, 1)
    const x = tf.tensor(
      normals(new Rng(2), 128 * size).map((value) => 3 * value + 5),
      [128, ...inputShape],
    )
    const reports = network.initializeFromData(x)
    const affine = network.layers.filter((layer) => layer instanceof AffineLayer)
    expect(reports.map(({ layer }) => network.layers[Number(layer)])).toEqual(affine)
    let h: tf.Tensor = x
    for (const layer of network.layers) {
      if (layer instanceof AffineLayer) {
        const units = layer.variables['g']!.size
        const { mean, variance } = columnMoments(hostOf(layer.preActivation(h)), units)
        const scale = layer === affine.at(-1) ? 0.1 : 1
        expectNear(mean, new Float64Array(units), 1e-4, 'mean')
        expectNear(variance, new Float64Array(units).fill(scale ** 2), 1e-4, 'variance')
      }
      h = layer.apply(h)
    }
  })

  test('a unit that never varies is finite, 0 on the batch, and reported', () => {
    const layer = dense(3, 2, { normalization: 'weight', activation: 'none', rng: new Rng(1) })
    layer.variables['v']!.assign(
      tf.tensor2d([
        [0.6, 1],
        [0.8, 0],
        [0, 0],
      ]),
    ) // unit 0 sees x₀ and x₁ only
    const x = tf.tensor2d([
      [1, 2, 0],
      [1, 2, 4],
      [1, 2, -3],
    ])
    const reports = layer.initializeFromData(x)
    expect(reports).toMatchObject([{ layer: '', constantUnits: 2 }])
    expect(hostOf(layer.variables['g']!).every(Number.isFinite)).toBe(true)
    expect(hostOf(layer.variables['b']!).every(Number.isFinite)).toBe(true)
    expectNear(hostOf(layer.apply(x)), new Float64Array(6), 0.01)
    expect(hostOf(layer.apply(tf.tensor2d([[5, -5, 0]]))).every(Number.isFinite)).toBe(true)
  })

  test('leaves plain layers as they are and reports nothing', () => {
    const network = make(mlp([8]), { normalization: 'none' })
    const before = Object.values(network.parameters).map(hostOf)
    expect(network.initializeFromData(tf.tensor(normals(new Rng(2), 32), [8, 4]))).toEqual([])
    expect(Object.values(network.parameters).map(hostOf)).toEqual(before)
  })

  test('changes g and b only', () => {
    const network = make(mlp([8]))
    const before = hostOf(network.parameters['1/v']!)
    network.initializeFromData(tf.tensor(normals(new Rng(2), 32), [8, 4]))
    expect(hostOf(network.parameters['1/v']!)).toEqual(before)
    expect(hostOf(network.parameters['1/g']!)).not.toEqual(new Float64Array(8).fill(1))
  })
})

describeOn(['simd', 'cpu', 'wasm'], 'a folded copy', () => {
  test('holds g v / ‖v‖ and computes the same as its network', () => {
    const network = make(mlp([16, 8]))
    network.parameters['1/g']!.assign(tf.tensor1d(normals(new Rng(4), 16)))
    const copy = network.foldedCopy()
    const w = foldedInDouble(hostOf(network.parameters['1/v']!), hostOf(network.parameters['1/g']!))
    expect(Object.keys(copy.parameters)).toEqual(['1/w', '1/b', '2/w', '2/b', '3/w', '3/b'])
    expectNear(hostOf(copy.parameters['1/w']!), w, 1e-6)
    const x = tf.tensor(normals(new Rng(5), 20), [5, 4])
    expectNear(hostOf(copy.apply(x)), hostOf(network.apply(x)), 1e-6)
  })

  test('stays as it is when its network moves', () => {
    for (const normalization of ['weight', 'none'] as const) {
      const network = make(mlp([5]), { normalization })
      const copy = network.foldedCopy()
      const before = Object.values(copy.parameters).map(hostOf)
      for (const variable of Object.values(network.parameters)) {
        variable.assign(tf.add(variable, tf.scalar(1)))
      }
      expect(Object.values(copy.parameters).map(hostOf)).toEqual(before)
      network.dispose()
      expect(Object.values(copy.parameters).map(hostOf)).toEqual(before)
    }
  })

  test('follows its network by tau', () => {
    const network = make(mlp([5]))
    const copy = network.foldedCopy()
    const before = hostOf(copy.parameters['2/w']!)
    network.parameters['2/g']!.assign(tf.tensor1d([3, -2, 0.5]))
    const folded = foldedInDouble(hostOf(network.parameters['2/v']!), [3, -2, 0.5])
    tf.tidy(() => copy.followFolded(network, 0.25))
    const quarter = before.map((w, i) => 0.75 * w + 0.25 * folded[i]!)
    expectNear(hostOf(copy.parameters['2/w']!), quarter, 1e-6, 'after tau 0.25')
    tf.tidy(() => copy.followFolded(network, 1))
    expectNear(hostOf(copy.parameters['2/w']!), folded, 1e-6, 'after tau 1')
  })

  test('of plain weights equals them', () => {
    const network = make(mlp([5]), { normalization: 'none' })
    const copy = network.foldedCopy()
    expect(hostOf(copy.parameters['1/w']!)).toEqual(hostOf(network.parameters['1/w']!))
  })
})

describe('initial weights', () => {
  test('of weight-normalized layers have directions of standard deviation 0.05, g 1 and b 0', () => {
    const { parameters } = make(mlp([100]), { inputShape: [50] })
    const { mean, variance } = columnMoments(hostOf(parameters['1/v']!), 1)
    expect(Math.sqrt(variance[0]!)).toBeCloseTo(0.05, 2)
    expect(mean[0]).toBeCloseTo(0, 2)
    expect(hostOf(parameters['1/g']!)).toEqual(new Float64Array(100).fill(1))
    expect(hostOf(parameters['1/b']!)).toEqual(new Float64Array(100))
  })

  test('of plain layers lie within 1/√inputs, times the output scale in the last', () => {
    const { parameters } = make(mlp([100]), {
      inputShape: [25],
      normalization: 'none',
      outputScale: 0.1,
    })
    const largest = (name: string) => Math.max(...hostOf(parameters[name]!).map(Math.abs))
    expect(largest('1/w')).toBeLessThanOrEqual(0.2)
    expect(largest('1/w')).toBeGreaterThan(0.19)
    expect(largest('2/w')).toBeLessThanOrEqual(0.01)
    expect(largest('2/w')).toBeGreaterThan(0.009)
  })

  test('are the same for the same seed and differ for another', () => {
    const weights = (seed: number) =>
      hostOf(make(mlp([5]), { rng: new Rng(seed) }).parameters['1/v']!)
    expect(weights(1)).toEqual(weights(1))
    expect(weights(1)).not.toEqual(weights(2))
  })
})

describe('networkFrom', () => {
  test('adds the output layer and names parameters by layer', () => {
    const network = make(smallConv, { inputShape: IMAGE })
    expect(Object.entries(network.parameters).map(([name, { shape }]) => [name, shape])).toEqual([
      ['0/v', [3, 3, 2, 4]],
      ['0/g', [4]],
      ['0/b', [4]],
      ['2/v', [64, 5]],
      ['2/g', [5]],
      ['2/b', [5]],
      ['3/v', [5, 3]],
      ['3/g', [3]],
      ['3/b', [3]],
    ])
    expect(network.kernels).toEqual(['Conv2DBackpropFilter'])
    expect(make(mlp([2])).kernels).toEqual([])
  })

  test('flattens row-major: h, w, c', () => {
    const network = make(mlp([]), { inputShape: [2, 2, 2], outputs: 8, normalization: 'none' })
    network.parameters['1/w']!.assign(tf.eye(8))
    network.parameters['1/b']!.assign(tf.zeros([8]))
    const x = Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8])
    expect([...hostOf(network.apply(tf.tensor(x, [1, 2, 2, 2])))]).toEqual([...x])
  })

  test('the ready-made convolutions fit their images', () => {
    expect(make(minatarConv(), { inputShape: [10, 10, 4] }).parameters['2/v']?.shape).toEqual([
      1024, 128,
    ])
    expect(make(natureConv(), { inputShape: [84, 84, 4] }).parameters['4/v']?.shape).toEqual([
      3136, 512,
    ])
  })

  test('refuses layers that do not fit, naming the layer, the shape and the remedy', () => {
    const image = { inputShape: [4, 4, 2] }
    const denseLayer = { type: 'dense', units: 3, activation: 'relu' } as const
    expect(() => make(networkFrom([denseLayer]), image)).toThrow(/dense.*\[4, 4, 2\].*flatten/)
    expect(() => make(smallConv)).toThrow(/conv2d.*\[4\].*\[height, width, channels\]/)
    const wide = {
      type: 'conv2d',
      filters: 2,
      kernelSize: 5,
      stride: 1,
      activation: 'relu',
    } as const
    expect(() => make(networkFrom([wide]), image)).toThrow(/5×5 window does not fit/)
    expect(() => make(networkFrom([wide]), image)).toThrow(RangeError)
  })
})

describe('the network option', () => {
  const layers = (option: unknown) => describeNetwork(networkSchema.parse(option))

  test('takes a factory, sizes, a name or a list of layers', () => {
    expect(layers(mlp([3], 'tanh'))).toEqual(layers({ mlp: [3], activation: 'tanh' }))
    expect(layers({ mlp: [3] })).toEqual(mlp([3], 'relu').layers)
    expect(layers('minatarConv')).toEqual(minatarConv().layers)
    expect(layers('natureConv')).toEqual(natureConv().layers)
    expect(layers(smallConv.layers)).toEqual(smallConv.layers)
  })

  test('describes what it took by layers that can be read again, and functions as custom', () => {
    expect(layers(JSON.parse(JSON.stringify(layers({ mlp: [12, 8] }))))).toEqual(
      mlp([12, 8]).layers,
    )
    expect(layers((options: NetworkOptions) => mlp([2])(options))).toBe('custom')
  })

  test.each([
    ['a name that is none', 'resnet'],
    ['a size of 0', { mlp: [0] }],
    ['a fraction', { mlp: [2.5] }],
    ['an unknown activation', { mlp: [3], activation: 'gelu' }],
    ['an unknown key', { mlp: [3], units: 3 }],
    ['an unknown layer', [{ type: 'lstm', units: 3 }]],
    ['nothing', undefined],
  ])('refuses %s', (_, option) => {
    expect(networkSchema.safeParse(option).success).toBe(false)
  })
})
