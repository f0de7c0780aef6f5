/** Every kernel of the simd backend against tfjs's cpu backend, on awkward sizes and awkward numbers. */

import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FUSED, useBackend } from '../../../src/backend/index.ts'
import { foldWeights } from '../../../src/nn/weight-norm.ts'
import { Rng } from '../../../src/rng.ts'
import { normals } from '../../helpers/tensors.ts'
import {
  arraysWithSpecials,
  expectAlike,
  expectAsOnCpu,
  resultOn,
  SIZES,
  sprinkled,
  type Tolerance,
} from './comparison.ts'

/** Of a float32 result rounded a few times. */
const FEW_ULPS = 6e-7
/** Of a sum in float32 against one in double precision. */
const SUM = { relative: 2e-5, ofLargest: true, anyZero: true } as const

/** A name, an operation, and how near to cpu it must come. */
type Case<Operation> = readonly [string, Operation, Tolerance?]

function named<Operation>(cases: readonly Case<Operation>[]) {
  return cases.map(([name, run, tolerance = {}]) => ({ name, run, tolerance }))
}

beforeAll(async () => {
  await useBackend('cpu')
  await useBackend('simd')
})
afterAll(() => useBackend('cpu'))

const UNARY: readonly Case<(x: tf.Tensor) => tf.Tensor>[] = [
  ['relu', tf.relu],
  ['relu6', tf.relu6],
  ['neg', tf.neg],
  ['abs', tf.abs],
  ['sqrt', tf.sqrt],
  ['rsqrt', tf.rsqrt, { relative: FEW_ULPS }],
  ['square', tf.square],
  ['reciprocal', tf.reciprocal],
  ['sign', tf.sign],
  ['floor', tf.floor],
  ['ceil', tf.ceil],
  ['round', tf.round, { anyZero: true }], // cpu rounds -0.5 to +0,
  ['step', (x) => tf.step(x)],
  ['step with a slope', (x) => tf.step(x, 0.25)],
  ['clipByValue', (x) => tf.clipByValue(x, -0.75, 2)],
  ['leakyRelu', (x) => tf.leakyRelu(x, 0.1), { relative: FEW_ULPS }],
  ['exp', tf.exp, { relative: FEW_ULPS }],
  ['expm1', tf.expm1, { relative: FEW_ULPS }],
  ['log', tf.log, { relative: FEW_ULPS }],
  ['log1p', tf.log1p, { relative: FEW_ULPS }],
  ['tanh', tf.tanh, { relative: FEW_ULPS }],
  ['sigmoid', tf.sigmoid, { relative: FEW_ULPS }],
  ['elu', tf.elu, { relative: FEW_ULPS, absolute: 6e-8 }], // cpu subtracts 1 from exp,
  ['softplus', tf.softplus, { relative: FEW_ULPS }],
  ['sin', tf.sin, { relative: FEW_ULPS }],
  ['cos', tf.cos, { relative: FEW_ULPS }],
  ['tan', tf.tan, { relative: FEW_ULPS }],
]

describe('unary', () => {
  test.each(named(UNARY))('$name is as on cpu', ({ run, tolerance }) => {
    const rng = new Rng(1)
    for (const size of SIZES) {
      for (const x of arraysWithSpecials(rng, size))
        expectAsOnCpu(() => run(tf.tensor1d(x)), tolerance, `of ${[...x.subarray(0, 5)].join()}`)
    }
  })
})

type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor

const BINARY: readonly Case<Binary>[] = [
  ['add', tf.add],
  ['sub', tf.sub],
  ['mul', tf.mul],
  ['div', tf.div],
  ['maximum', tf.maximum],
  ['minimum', tf.minimum],
  ['squaredDifference', tf.squaredDifference, { relative: FEW_ULPS }],
  ['pow', tf.pow, { relative: FEW_ULPS }],
  ['equal', tf.equal],
  ['notEqual', tf.notEqual],
  ['less', tf.less],
  ['lessEqual', tf.lessEqual],
  ['greater', tf.greater],
  ['greaterEqual', tf.greaterEqual],
]

/** Broadcasts that have kernels; each in both orders. */
const BROADCASTS: readonly (readonly [readonly number[], readonly number[]])[] = [
  [[7, 5], [5]],
  [
    [7, 5],
    [1, 5],
  ],
  [
    [7, 5],
    [7, 1],
  ],
  [
    [3, 7, 5],
    [7, 5],
  ],
  [
    [3, 7, 5],
    [3, 1, 1],
  ],
  [
    [3, 7, 5],
    [3, 7, 1],
  ],
  [[3, 7, 5], [5]],
  [[33], []],
  [[2, 17], [1]],
  [[17], [1, 1, 1]],
  [
    [4, 64],
    [4, 1],
  ],
  [
    [1, 1],
    [1, 1],
  ],
  [[0, 3], [3]],
  [
    [0, 3],
    [0, 1],
  ],
  [
    [3, 0],
    [3, 1],
  ],
  [[0], [1]],
]

/** Broadcasts for which operands are repeated first. */
const OTHER_BROADCASTS = [
  [[7, 1], [5]],
  [
    [3, 1, 5],
    [3, 7, 5],
  ],
  [
    [1, 7, 1],
    [3, 7, 5],
  ],
] as const

describe('binary', () => {
  test.each(named(BINARY))('$name of equal shapes is as on cpu', ({ run, tolerance }) => {
    const rng = new Rng(2)
    for (const size of SIZES) {
      const arrays = arraysWithSpecials(rng, size)
      for (const a of arrays) {
        for (const b of arrays)
          expectAsOnCpu(
            () => run(tf.tensor1d(a), tf.tensor1d(b)),
            tolerance,
            `of ${[...a.subarray(0, 5)].join()} and ${[...b.subarray(0, 5)].join()}`,
          )
      }
    }
  })

  test.each(named(BINARY))('$name broadcasts as on cpu', ({ run, tolerance }) => {
    const rng = new Rng(3)
    const check = (first: readonly number[], second: readonly number[]) => {
      const [a, b] = [first, second].map((shape) => sprinkled(rng, sizeOf(shape), 4))
      expectAsOnCpu(
        () => run(tf.tensor(a!, [...first]), tf.tensor(b!, [...second])),
        tolerance,
        `of [${first.join()}] and [${second.join()}]`,
      )
    }
    for (const [large, small] of BROADCASTS) {
      check(large, small)
      check(small, large)
    }
    for (const [one, other] of OTHER_BROADCASTS) {
      check(one, other)
      check(other, one)
    }
  })

  test('integers are computed as on cpu', () => {
    const make = () => [tf.tensor1d([1, -7, 2], 'int32'), tf.tensor1d([2, 2, -3], 'int32')] as const
    for (const [, run] of BINARY.filter(([name]) => name !== 'pow'))
      expectAsOnCpu(() => run(...make()), { anyKernel: true })
  })
})

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

describe('logic and selection', () => {
  const bools = (rng: Rng, size: number) =>
    Uint8Array.from({ length: size }, () => rng.randInt(0, 2))

  test('and, or and not are as on cpu', () => {
    const rng = new Rng(4)
    for (const size of SIZES) {
      const [a, b] = [bools(rng, size), bools(rng, size)]
      const make = (values: Uint8Array) => tf.tensor1d(values, 'bool')
      expectAsOnCpu(() => tf.logicalAnd(make(a), make(b)))
      expectAsOnCpu(() => tf.logicalOr(make(a), make(b)))
      expectAsOnCpu(() => tf.logicalNot(make(a)))
    }
  })

  test('where keeps the bits of what it selects', () => {
    const rng = new Rng(5)
    for (const size of SIZES) {
      const [t, e, c] = [sprinkled(rng, size, 2), sprinkled(rng, size, 2), bools(rng, size)]
      expectAsOnCpu(() => tf.where(tf.tensor1d(c, 'bool'), tf.tensor1d(t), tf.tensor1d(e)))
    }
  })

  test('casts from and to bool and int32 are as on cpu', () => {
    const rng = new Rng(6)
    for (const size of SIZES) {
      const b = bools(rng, size)
      const i = Int32Array.from({ length: size }, () => rng.randInt(-(2 ** 24), 2 ** 24)) // beyond, cpu does not round
      expectAsOnCpu(() => tf.cast(tf.tensor1d(b, 'bool'), 'float32'))
      expectAsOnCpu(() => tf.cast(tf.tensor1d(i, 'int32'), 'float32'))
      const x = normals(rng, size).map((value) => 5 * value)
      expectAsOnCpu(() => tf.cast(tf.tensor1d(x), 'int32'))
      expectAsOnCpu(() => tf.cast(tf.tensor1d(x), 'bool'))
      expectAsOnCpu(() => tf.cast(tf.cast(tf.tensor1d(x), 'int32'), 'float32'))
    }
  })

  test('addN is as on cpu for any number of tensors', () => {
    const rng = new Rng(7)
    for (const size of SIZES) {
      for (const count of [2, 3, 5]) {
        const arrays = Array.from({ length: count }, () => sprinkled(rng, size, 30))
        expectAsOnCpu(() => tf.addN(arrays.map((array) => tf.tensor1d(array))))
      }
    }
  })
})

/** Shapes and the axes to reduce: trailing, leading and all. */
const REDUCTIONS: readonly (readonly [readonly number[], readonly number[]])[] = [
  ...[1, 3, 4, 5, 17, 1027].map((size) => [[size], [0]] as const),
  ...[1, 3, 4, 5, 17, 33].flatMap((rows) =>
    [1, 3, 4, 5, 17, 33].flatMap((cols) => [
      [[rows, cols], [0]] as const,
      [[rows, cols], [1]] as const,
    ]),
  ),
  [
    [3, 5, 7],
    [1, 2],
  ],
  [
    [3, 5, 7],
    [0, 1],
  ],
  [
    [3, 5, 7],
    [0, 1, 2],
  ],
  [[3, 5, 7], [2]],
  [[3, 5, 7], [-1]],
]

type Reduction = (x: tf.Tensor, axis?: number | number[], keepDims?: boolean) => tf.Tensor

describe('reductions', () => {
  const cases: readonly (readonly [string, Reduction, Tolerance])[] = [
    ['sum', tf.sum, SUM],
    ['mean', tf.mean, SUM],
    ['prod', tf.prod, { relative: 2e-5, absolute: 1e-37, anyZero: true }],
    ['max', tf.max, {}],
    ['min', tf.min, {}],
  ]
  test.each(cases)('%s over leading, trailing and all axes is as on cpu', (_, run, tolerance) => {
    const rng = new Rng(8)
    for (const [shape, axes] of REDUCTIONS) {
      for (const every of [1e9, 40]) {
        const x = withoutExtremes(sprinkled(rng, sizeOf(shape), every))
        for (const keepDims of [false, true])
          expectAsOnCpu(
            () => run(tf.tensor(x, [...shape]), [...axes], keepDims),
            tolerance,
            `of [${shape.join()}] over ${axes.join()}`,
          )
      }
    }
  })

  test.each(cases)('%s of nothing and over middle axes is as on cpu', (_, run, tolerance) => {
    const x = normals(new Rng(9), 60)
    const anyKernel = { ...tolerance, anyKernel: true }
    expectAsOnCpu(() => run(tf.tensor(x, [3, 4, 5]), 1), anyKernel)
    expectAsOnCpu(() => run(tf.tensor(x, [3, 4, 5]), [0, 2], true), anyKernel)
    expectAsOnCpu(() => run(tf.tensor([], [0])), anyKernel)
    expectAsOnCpu(() => run(tf.tensor([], [0, 3]), 0), anyKernel)
    expectAsOnCpu(() => run(tf.tensor([], [3, 0]), 1), anyKernel)
    expectAsOnCpu(() => run(tf.tensor([], [0, 3]), 1), anyKernel)
  })

  test.each([
    ['argMax', tf.argMax],
    ['argMin', tf.argMin],
  ] as const)('%s takes the first of equals and treats NaN as on cpu', (_, run) => {
    const rng = new Rng(10)
    for (const [rows, cols] of [1, 3, 4, 5, 17].flatMap((m) =>
      [1, 3, 4, 5, 33].map((n) => [m, n]),
    )) {
      for (const every of [1, 3, 1e9]) {
        const x = sprinkled(rng, rows! * cols!, every).map((v) => (every > 3 ? Math.round(v) : v))
        for (const axis of [0, 1, -1]) expectAsOnCpu(() => run(tf.tensor(x, [rows!, cols!]), axis))
      }
    }
    const x = normals(rng, 60)
    expectAsOnCpu(() => run(tf.tensor(x, [3, 4, 5]), 1))
    expectAsOnCpu(() => run(tf.tensor(x, [3, 4, 5]), 2))
  })

  test.each([
    ['softmax', (x: tf.Tensor) => tf.softmax(x)],
    ['logSoftmax', (x: tf.Tensor) => tf.logSoftmax(x)],
  ] as const)('%s is as on cpu', (_, run) => {
    const rng = new Rng(11)
    const shapes = [
      [1],
      [5],
      [1, 1],
      [3, 4],
      [5, 3],
      [4, 17],
      [33, 6],
      [2, 3, 5],
      [7, 1027],
      [0, 3],
    ]
    for (const shape of shapes) {
      for (const every of [1e9, 40]) {
        const x = sprinkled(rng, sizeOf(shape), every).map((v) => 4 * v)
        expectAsOnCpu(
          () => run(tf.tensor(x, shape)),
          { relative: 1e-5, absolute: 2e-6, anyZero: true, anyKernel: x.length === 0 },
          `of [${shape.join()}]`,
        )
      }
    }
  })
})

test('the kernel LogSoftmax, which tfjs composes of others, is as on cpu', () => {
  for (const shape of [
    [1, 1],
    [3, 4],
    [33, 6],
    [7, 1027],
  ]) {
    const x = sprinkled(new Rng(21), sizeOf(shape), 40)
    const want = resultOn('cpu', () => tf.logSoftmax(tf.tensor(x, shape)))
    const got = resultOn('simd', () => {
      const inputs = { logits: tf.tensor(x, shape) }
      return tf.engine().runKernel<tf.Tensor>('LogSoftmax', inputs, { axis: -1 })
    })
    const tolerance = { relative: 1e-5, absolute: 2e-6, anyZero: true }
    expectAlike(got.values, want.values, tolerance, `of [${shape.join()}]`)
  }
})

/** Sums of the largest floats overflow in float32 but not in the double precision of the cpu backend. */
function withoutExtremes(x: Float32Array): Float32Array {
  return x.map((value) => (Math.abs(value) > 1e30 && Number.isFinite(value) ? 1 : value))
}

/** [m, k, n]: every tail, and the paths for strides that are multiples of 4096 bytes and for narrow results. */
const PRODUCTS = [
  ...[1, 3, 4, 5, 17].flatMap((m) =>
    [1, 3, 4, 5, 33].flatMap((k) => [1, 3, 4, 5, 16, 27].map((n) => [m, k, n] as const)),
  ),
  ...([
    [128, 120, 84],
    [1024, 9, 3],
    [1024, 20, 7],
    [9, 12, 1024],
    [37, 64, 4],
    [2, 512, 51],
    [1, 300, 49],
  ] as const),
  ...([
    [0, 3, 4],
    [3, 0, 4],
    [3, 4, 0],
  ] as const),
]

const TRANSPOSES = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
] as const

describe('matrix products', () => {
  test.each(TRANSPOSES)('with transposes %s, %s are as on cpu', (transposeA, transposeB) => {
    const rng = new Rng(12)
    for (const [m, k, n] of PRODUCTS) {
      for (const every of [1e9, 50]) {
        const a = withoutExtremes(sprinkled(rng, m * k, every))
        const b = withoutExtremes(sprinkled(rng, k * n, every))
        expectAsOnCpu(
          () =>
            tf.matMul(
              tf.tensor2d(a, transposeA ? [k, m] : [m, k]),
              tf.tensor2d(b, transposeB ? [n, k] : [k, n]),
              transposeA,
              transposeB,
            ),
          SUM,
          `[${m},${k}]·[${k},${n}]`,
        )
      }
    }
  })

  test.each(['linear', 'relu'] as const)('with bias and %s are as on cpu', (activation) => {
    const rng = new Rng(13)
    for (const [m, k, n] of PRODUCTS) {
      const [a, b, bias] = [m * k, k * n, n].map((size) =>
        withoutExtremes(sprinkled(rng, size, 50)),
      )
      for (const [transposeA, transposeB] of TRANSPOSES)
        expectAsOnCpu(
          () =>
            tf.fused.matMul({
              a: tf.tensor2d(a!, transposeA ? [k, m] : [m, k]),
              b: tf.tensor2d(b!, transposeB ? [n, k] : [k, n]),
              bias: tf.tensor1d(bias!),
              transposeA,
              transposeB,
              activation,
            }),
          SUM,
          `[${m},${k}]·[${k},${n}] ${activation}`,
        )
    }
  })

  test.each(TRANSPOSES)('in batches with transposes %s, %s are as on cpu', (tA, tB) => {
    const rng = new Rng(14)
    for (const batch of [[3], [2, 2], [0]]) {
      for (const [m, k, n] of [
        [1, 1, 1],
        [5, 3, 4],
        [17, 5, 19],
        [3, 33, 16],
      ] as const) {
        const [a, b] = [m * k, k * n].map((size) => normals(rng, sizeOf(batch) * size))
        const make = (values: Float32Array, rows: number, cols: number, transposed: boolean) =>
          tf.tensor(values, [...batch, ...(transposed ? [cols, rows] : [rows, cols])])
        expectAsOnCpu(() => tf.matMul(make(a!, m, k, tA), make(b!, k, n, tB), tA, tB), SUM)
      }
    }
  })

  test('of one matrix with a batch are as on cpu', () => {
    const rng = new Rng(15)
    const [a, b] = [normals(rng, 30), normals(rng, 20)]
    expectAsOnCpu(() => tf.matMul(tf.tensor(a, [3, 2, 5]), tf.tensor(b, [1, 5, 4])), SUM)
  })
})

/** [batch, height, width, channels], [kernel height, kernel width], filters, strides, padding. */
const CONVOLUTIONS = [
  [[1, 1, 1, 1], [1, 1], 1, 1, 'valid'],
  [[2, 5, 4, 3], [3, 3], 4, 1, 'valid'],
  [[2, 5, 4, 3], [3, 3], 4, 1, 'same'],
  [[1, 7, 7, 1], [3, 3], 5, 2, 'valid'],
  [[1, 7, 6, 2], [3, 2], 5, 2, 'same'],
  [[3, 10, 10, 4], [3, 3], 16, 1, 'valid'],
  [[2, 9, 11, 3], [4, 4], 17, [2, 3], 'valid'],
  [[2, 9, 11, 3], [4, 4], 17, [3, 2], 'same'],
  [[1, 6, 6, 5], [1, 1], 3, 1, 'valid'],
  [[1, 6, 6, 5], [1, 1], 3, 2, 'valid'],
  [[2, 20, 20, 4], [8, 8], 32, 4, 'valid'],
  [[1, 6, 6, 17], [2, 5], 33, 1, 1],
  [[2, 3, 3, 2], [3, 3], 8, 1, 'valid'],
  [[1, 3, 3, 1], [5, 5], 2, 1, 'same'],
  [[2, 2, 3, 17], [5, 7], 3, 2, 'same'],
  [[1, 1, 3, 4], [6, 5], 18, [3, 1], 'same'],
] as const

describe.each(CONVOLUTIONS)('a convolution of %j by %j, %j filters, strides %j, %j', (...args) => {
  const [shape, window, filters, strides, pad] = args
  const xShape = [...shape] as [number, number, number, number]
  const fShape = [...window, xShape[3], filters] as [number, number, number, number]
  const steps =
    [strides].flat().length === 1 ? strides : ([...[strides].flat()] as [number, number])
  const conv = (x: tf.Tensor4D, filter: tf.Tensor4D) =>
    tf.conv2d(x, filter, steps as number | [number, number], pad)
  const inputs = (every: number) => {
    const rng = new Rng(16)
    const some = (of: readonly number[]) => withoutExtremes(sprinkled(rng, sizeOf(of), every))
    return { x: some(xShape), filter: some(fShape), bias: some([filters]) }
  }

  test.each([1e9, 60])('is as on cpu, one number in %s special', (every) => {
    const { x, filter } = inputs(every)
    expectAsOnCpu(() => conv(tf.tensor4d(x, xShape), tf.tensor4d(filter, fShape)), SUM)
  })

  test.each(['linear', 'relu'] as const)('with bias and %s is as on cpu', (activation) => {
    const { x, filter, bias } = inputs(60)
    expectAsOnCpu(
      () =>
        tf.fused.conv2d({
          x: tf.tensor4d(x, xShape),
          filter: tf.tensor4d(filter, fShape),
          strides: steps as number | [number, number],
          pad,
          bias: tf.tensor1d(bias),
          activation,
        }),
      SUM,
    )
  })

  test.each([1e9, 60])('has the gradients of cpu, one number in %s special', (every) => {
    const { x, filter } = inputs(1e9)
    const y = tf.tidy(() => conv(tf.tensor4d(x, xShape), tf.tensor4d(filter, fShape)).shape)
    const dy = withoutExtremes(sprinkled(new Rng(17), sizeOf(y), every))
    const gradient = (which: 0 | 1) => () =>
      tf.grads((x: tf.Tensor, filter: tf.Tensor) => conv(x as tf.Tensor4D, filter as tf.Tensor4D))(
        [tf.tensor4d(x, xShape), tf.tensor4d(filter, fShape)],
        tf.tensor4d(dy, y),
      )[which]!
    expectAsOnCpu(gradient(0), SUM, 'dx')
    expectAsOnCpu(gradient(1), SUM, 'dfilter')
  })
})

test('convolutions that are left to the cpu backend are as there', () => {
  const rng = new Rng(18)
  const [x, filter] = [normals(rng, 2 * 7 * 7 * 3), normals(rng, 3 * 3 * 3 * 4)]
  const conv = (...rest: ['NHWC' | 'NCHW', number]) =>
    tf.conv2d(
      tf.tensor4d(x, rest[0] === 'NHWC' ? [2, 7, 7, 3] : [2, 3, 7, 7]),
      tf.tensor4d(filter, [3, 3, 3, 4]),
      1,
      'valid',
      ...rest,
    )
  expectAsOnCpu(() => conv('NHWC', 2), { ...SUM, anyKernel: true })
  expectAsOnCpu(() => conv('NCHW', 1), { ...SUM, anyKernel: true })
  const none = () =>
    tf.conv2d(tf.zeros<tf.Rank.R4>([0, 7, 7, 3]), tf.tensor4d(filter, [3, 3, 3, 4]), 1, 'valid')
  expectAsOnCpu(none, { anyKernel: true })
})

describe('moving numbers', () => {
  test('oneHot is as on cpu, indices out of range included', () => {
    for (const indices of [[], [0], [2, 0, 1], [1, 1, 3, 0], [-1, 4, 2, 7, 0]]) {
      for (const depth of [2, 3, 4, 5, 33])
        expectAsOnCpu(() => tf.oneHot(tf.tensor1d(indices, 'int32'), depth))
    }
    expectAsOnCpu(() => tf.oneHot(tf.tensor2d([[0, 1, 2]], [1, 3], 'int32'), 3))
    expectAsOnCpu(() => tf.oneHot(tf.tensor1d([0, 1], 'int32'), 3, 5, -1))
  })

  test('a matrix transposes to the bit', () => {
    const rng = new Rng(19)
    for (const m of [0, 1, 3, 4, 5, 17, 64]) {
      for (const n of [1, 3, 4, 5, 33]) {
        const x = sprinkled(rng, m * n, 3)
        expectAsOnCpu(() => tf.transpose(tf.tensor2d(x, [m, n])))
      }
    }
    const x = normals(rng, 24)
    expectAsOnCpu(() => tf.transpose(tf.tensor3d(x, [2, 3, 4]), [2, 0, 1]))
  })

  test('rows by index are as on cpu', () => {
    const rng = new Rng(20)
    for (const row of [[], [1], [5], [2, 3], [64]]) {
      const x = sprinkled(rng, 7 * sizeOf(row), 3)
      for (const indices of [[], [6], [0, 6, 3, 3, 1]])
        expectAsOnCpu(() => tf.gather(tf.tensor(x, [7, ...row]), tf.tensor1d(indices, 'int32')))
    }
    const outside = () => tf.gather(tf.tensor1d([1, 2]), tf.tensor1d([2], 'int32'))
    void tf.setBackend('simd')
    expect(() => tf.tidy(outside)).toThrow(/out of bounds|index/i)
  })
})

describe('weight normalization', () => {
  // Sixteen columns at a time and what is left of them; rows all together, or in blocks where they are long or many.
  const shapes = [
    ...[
      [1, 1],
      [9, 1],
      [7, 2],
      [5, 3],
      [9, 4],
      [64, 64],
      [10, 84],
      [13, 23],
      [9, 300],
      [1030, 128],
    ],
    [3, 3, 4, 16],
  ]
  test.each(shapes.map((shape) => [shape]))('of %j is to the bit what scalars give', (shape) => {
    const rng = new Rng(21)
    const cols = shape.at(-1)!
    const [vs, dws] = [sprinkled(rng, sizeOf(shape), 500), sprinkled(rng, sizeOf(shape), 500)]
    const gs = normals(rng, cols)
    const [norm, scale, dg] = [0, 1, 2].map(() => new Float32Array(cols))
    const { fround } = Math
    const dot = (a: Float32Array, b: Float32Array, col: number) => {
      let sum = 0
      for (let i = col; i < a.length; i += cols) sum = fround(sum + fround(a[i]! * b[i]!))
      return sum
    }
    const along = gs.map((g, col) => {
      norm![col] = fround(Math.sqrt(dot(vs, vs, col)))
      scale![col] = fround(g / norm![col])
      dg![col] = fround(dot(dws, vs, col) / norm![col])
      return fround(fround(scale![col] * dg![col]) / norm![col])
    })
    const w = vs.map((v, i) => v * scale![i % cols]!)
    const dv = dws.map((dw, i) => {
      return fround(dw * scale![i % cols]!) - fround(vs[i]! * along[i % cols]!)
    })
    void tf.setBackend('simd')
    tf.tidy(() => {
      const [v, dw] = [tf.tensor(vs, shape), tf.tensor(dws, shape)]
      const folded = foldWeights(v, tf.tensor1d(gs))
      const inputs = { dw, v, norm: folded.norm, scale: folded.scale }
      const found: tf.Tensor | tf.Tensor[] = tf.engine().runKernel(FUSED.weightNormGradient, inputs)
      const [gotDv, gotDg] = found as tf.Tensor[]
      const pairs = { w, norm: norm!, scale: scale!, dv, dg: dg! }
      const got = { ...folded, dv: gotDv!, dg: gotDg! }
      for (const name of ['w', 'norm', 'scale', 'dv', 'dg'] as const)
        expectAlike(got[name].dataSync(), pairs[name], {}, name)
    })
  })
})
