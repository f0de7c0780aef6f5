/** Networks side by side, and made one with a shared trunk: the streams of dueling networks. */
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { useBackend } from '../../src/backend/index.ts'
import {
  AffineLayer,
  Branches,
  dense,
  dormantFraction,
  minatarConv,
  mlp,
  Network,
  type NetworkFactory,
  type NetworkOptions,
  NORMALIZATIONS,
  qHead,
  qNetwork,
  weightMetrics,
  withSharedTrunk,
} from '../../src/nn/index.ts'
import { Rng } from '../../src/rng.ts'
import { batchOf, make, smallConv, valuesOf } from '../helpers/networks.ts'
import { columnMoments, expectNear, hostOf } from '../helpers/tensors.ts'

beforeAll(() => useBackend('simd'))

const SHAPES = [
  { name: 'mlp', factory: mlp([16, 8], 'tanh'), inputShape: [4] },
  { name: 'conv', factory: smallConv, inputShape: [6, 6, 2] },
] as const
const CASES = SHAPES.flatMap((shape) =>
  NORMALIZATIONS.map((normalization) => ({ ...shape, normalization })),
)

/** One output and three of another stream. */
function twoStreams(factory: NetworkFactory, options: Partial<NetworkOptions> = {}): Network {
  return withSharedTrunk({
    value: make(factory, { ...options, outputs: 1, rng: new Rng('value') }),
    advantages: make(factory, { ...options, outputs: 3, rng: new Rng('advantages') }),
  })
}

function branchesOf({ layers }: Network): Branches {
  const last = layers.at(-1)
  if (last instanceof Branches) return last
  throw new Error('no branches')
}

/** What reaches the branches. */
function trunkOf({ layers }: Network, x: tf.Tensor): tf.Tensor {
  return new Network(layers.slice(0, -1)).apply(x)
}

describe.each(CASES)('$name, $normalization', ({ factory, inputShape, normalization }) => {
  const network = () => twoStreams(factory, { inputShape, normalization })
  const x = batchOf(inputShape, 32, 'x')

  test('each stream has the last hidden layer and its outputs for itself', () => {
    const streams = network()
    streams.initializeFromData(x)
    const { value, advantages } = branchesOf(streams).networks
    for (const stream of [value!, advantages!]) expect(stream.layers).toHaveLength(2)
    const h = trunkOf(streams, x)
    const want = tf.concat([value!.apply(h), advantages!.apply(h)], 1)
    expect(hostOf(streams.apply(x))).toEqual(hostOf(want))
    expect(streams.apply(x).shape).toEqual([32, 4])

    const [v, a] = tf.split(streams.apply(x), [1, 3], 1)
    for (const parameter of Object.values(advantages!.parameters))
      parameter.assign(tf.mul(parameter, -1.5))
    const [sameV, otherA] = tf.split(streams.apply(x), [1, 3], 1)
    expect(hostOf(sameV!)).toEqual(hostOf(v!))
    expect(hostOf(otherA!)).not.toEqual(hostOf(a!))
    streams.dispose()
  })

  test('acts folded, and folded copies that follow act the same', () => {
    const streams = network()
    const copy = streams.foldedCopy()
    streams.initializeFromData(x)
    for (const [i, parameter] of Object.values(streams.parameters).entries())
      parameter.assign(tf.add(parameter, 0.01 * (i + 1)))
    tf.tidy(() => {
      streams.refold()
      copy.followFolded(streams, 1)
    })
    const want = hostOf(streams.apply(x))
    expectNear(hostOf(streams.applyFolded(x)), want, 1e-4)
    expectNear(hostOf(copy.apply(x)), want, 1e-4)
    streams.dispose()
    copy.dispose()
  })

  test('frees every tensor, the hidden layers that are not shared out too', () => {
    const before = tf.memory().numTensors
    const streams = network()
    const copy = streams.foldedCopy()
    expect(tf.memory().numTensors).toBeGreaterThan(before)
    copy.dispose()
    streams.dispose()
    expect(tf.memory().numTensors).toBe(before)
  })
})

test('each stream of weight-normalized layers is initialized from what its own layers see', () => {
  const streams = twoStreams(mlp([16, 8], 'tanh'))
  const x = batchOf([4], 64, 'x')
  const reports = streams.initializeFromData(x)
  const h = trunkOf(streams, x)
  for (const { layers } of Object.values(branchesOf(streams).networks)) {
    let input = h
    for (const layer of layers) {
      if (!(layer instanceof AffineLayer)) throw new Error('a layer without weights')
      const units = layer.variables['g']!.size
      const { mean, variance } = columnMoments(hostOf(layer.preActivation(input)), units)
      expectNear(mean, new Float64Array(units), 1e-3)
      expectNear(variance, new Float64Array(units).fill(1), 1e-3)
      input = layer.apply(input)
    }
  }
  // The trunk's 16 units, then 8 and 1 of the value and 8 and 3 of the advantages.
  expect(reports.map(({ layer, mean }) => [layer, mean.length])).toEqual([
    [1, 16],
    [2, 20],
  ])
  streams.dispose()
})

test('projection puts the weights of the streams back without changing what they compute', () => {
  const streams = twoStreams(mlp([16, 8], 'tanh'), { projection: true })
  const x = batchOf([4], 32, 'x')
  const v = streams.parameters['2/value/0/v']!
  const length = hostOf(tf.norm(v, 'euclidean', 0))
  v.assign(tf.mul(v, 3))
  const before = hostOf(streams.apply(x))
  tf.tidy(() => {
    streams.project()
  })
  expectNear(hostOf(streams.apply(x)), before, 1e-5)
  expectNear(hostOf(tf.norm(v, 'euclidean', 0)), length, 1e-5)
  streams.dispose()
})

test('norm metrics count the units of every branch once', () => {
  const layer = (value: number, activation: 'relu' | 'none') => {
    const made = dense(1, 2, { normalization: 'none', activation, rng: new Rng(1) })
    made.variables['w']!.assign(tf.tensor2d([[value, -2 * value]]))
    made.variables['b']!.assign(tf.zeros([2]))
    return made
  }
  const ofOne = () => dense(2, 1, { normalization: 'none', activation: 'none', rng: new Rng(1) })
  const outputs = [ofOne(), ofOne()]
  for (const { variables } of outputs) variables['w']!.assign(tf.tensor2d([[3], [4]]))
  const layers = [
    new Branches({
      left: new Network([layer(1, 'relu'), outputs[0]!]),
      right: new Network([layer(-3, 'relu'), outputs[1]!]),
    }),
  ]
  // Lengths 1, 2 and 5 to the left, 3, 6 and 5 to the right.
  expect(weightMetrics({ layers }, 0.1)['norm/v_norm']).toBeCloseTo(22 / 6, 6)
  // Of positive inputs one unit to the left and one to the right see nothing but negative numbers.
  expect(dormantFraction({ layers }, tf.tensor2d([[1], [2]]))).toBe(0.5)
})

describe('the network of a dueling head', () => {
  const options = (inputShape: readonly number[]) => ({
    inputShape,
    outputScale: 1,
    normalization: 'weight' as const,
    rng: new Rng(3),
  })
  const dueling = qHead(3, { loss: 'mse', huberDelta: 1, dueling: true })

  test.each([
    ['two of the last dense layer', mlp([16, 8]), [4], ['16', '8,1', '8,3']],
    ['two of a convolution network too', minatarConv(), [10, 10, 4], ['16', '128,1', '128,3']],
    ['two of the only hidden layer', mlp([8]), [4], ['', '8,1', '8,3']],
    ['linear streams where nothing is hidden', mlp([]), [4], ['', '1', '3']],
  ])('has %s', (_, factory, inputShape, want) => {
    const network = qNetwork(dueling, factory, options(inputShape))
    const { value, advantages } = branchesOf(network).networks
    const unitsOf = (layers: Network['layers']) =>
      layers.flatMap((layer) => layer.variables['g']?.size ?? []).join()
    const trunk = network.layers.slice(0, -1)
    expect([trunk, value!.layers, advantages!.layers].map(unitsOf)).toEqual(want)
    network.dispose()
  })

  test('is the plain one without dueling, bit for bit', () => {
    const plain = qHead(3, { loss: 'mse', huberDelta: 1 })
    const [ours, theirs] = [
      qNetwork(plain, mlp([8]), options([4])),
      mlp([8])({ ...options([4]), outputs: 3 }),
    ]
    expect(valuesOf(ours.parameters)).toEqual(valuesOf(theirs.parameters))
    for (const network of [ours, theirs]) network.dispose()
  })
})
