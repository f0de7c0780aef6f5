/** Kernels that move numbers, against tfjs's cpu backend: to the bit, whatever the numbers are. */

import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { useBackend } from '../../../src/backend/index.ts'
import { Rng } from '../../../src/rng.ts'
import { normals } from '../../helpers/tensors.ts'
import { expectAsOnCpu, resultOn, sprinkled } from './comparison.ts'

beforeAll(async () => {
  await useBackend('cpu')
  await useBackend('simd')
})
afterAll(() => useBackend('cpu'))

/** Of a sum in float32 against one in double precision. */
const SUM = { relative: 2e-5, ofLargest: true, anyZero: true } as const

/** Ranks 1 to 6, sizes 0, 1, 3, 4, 5, odd and large. */
const SHAPES = [
  ...[1, 3, 4, 5, 17, 1027].map((size) => [size]),
  ...[
    [3, 5],
    [5, 4],
    [1, 7],
    [65, 67],
    [0, 3],
    [2, 3, 4],
    [5, 1, 3],
    [3, 4, 65],
    [2, 0, 3],
  ],
  ...[
    [2, 3, 1, 5],
    [3, 2, 5, 4],
    [2, 3, 4, 1, 3],
    [2, 3, 2, 3, 2, 3],
  ],
]

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

/** For each shape, an operation on special numbers is as on cpu to the bit. Operations that alias are nobody's. */
function expectForShapes(
  run: (x: tf.Tensor, rng: Rng) => tf.Tensor,
  shapes: readonly (readonly number[])[] = SHAPES,
  anyKernel = false,
): void {
  for (const [i, shape] of shapes.entries()) {
    const x = sprinkled(new Rng(i), sizeOf(shape), 3)
    expectAsOnCpu(
      () => run(tf.tensor(x, [...shape]), new Rng(i)),
      { anyKernel },
      `of [${shape.join()}]`,
    )
  }
}

describe('transpose', () => {
  test('of any rank and order', () => {
    for (let seed = 0; seed < 4; seed++) {
      expectForShapes(
        (x) => tf.transpose(x, shuffled(new Rng(seed), x.rank)),
        SHAPES.filter(({ length }) => length > 1),
      )
    }
    expectForShapes(
      (x) => tf.transpose(x),
      SHAPES.filter(({ length }) => length > 2),
    )
  })
})

function shuffled(rng: Rng, n: number): number[] {
  const order = Array.from({ length: n }, (_, i) => i)
  return Array.from({ length: n }, (_, i) => order.splice(rng.randInt(0, n - i), 1)[0]!)
}

describe('slices', () => {
  test('at any place and of any size', () => {
    for (let seed = 0; seed < 5; seed++) {
      expectForShapes((x) => {
        const rng = new Rng(seed)
        const begin = x.shape.map((size) => rng.randInt(0, size + 1))
        const size = x.shape.map((n, i) => rng.randInt(0, n - begin[i]! + 1))
        return tf.slice(x, begin, size)
      })
    }
    expectForShapes((x) => tf.slice(x, [0]))
  })

  test('with strides forward and back', () => {
    const shapes = SHAPES.filter((shape) => sizeOf(shape) > 1)
    for (const stride of [1, 2, 3]) {
      expectForShapes((x) => tf.stridedSlice(x, zeros(x), x.shape, ones(x, stride)), shapes, true)
      expectForShapes(
        (x) =>
          tf.stridedSlice(
            x,
            ones(x, -1),
            x.shape.map((n) => -n - 1),
            ones(x, -stride),
          ),
        shapes,
      )
    }
    const x = normals(new Rng(1), 60)
    const make = () => tf.tensor(x, [3, 4, 5])
    expectAsOnCpu(() => tf.stridedSlice(make(), [0, 1, 0], [3, 4, 5], [2, 1, 2]))
    expectAsOnCpu(() => tf.stridedSlice(make(), [1], [2], [1], 0, 0, 0, 0, 1))
    expectAsOnCpu(() => tf.stridedSlice(make(), [1, 0], [2, 3], [1, 1], 0, 0, 0, 2))
    // The cpu backend cannot do this one.
    const shrinking = () => tf.stridedSlice(make(), [0, 1], [3, 2], [2, 1], 0, 0, 0, 0, 2)
    const { shape, values } = resultOn('simd', shrinking)
    expect([shape, ...Array.from(values)]).toEqual([[2, 5], ...x.slice(5, 10), ...x.slice(45, 50)])
  })

  const zeros = (x: tf.Tensor) => x.shape.map(() => 0)
  const ones = (x: tf.Tensor, of: number) => x.shape.map(() => of)

  test('of integers keep their numbers when the tensor is gone and memory is used again', () => {
    void tf.setBackend('simd')
    const indices = Int32Array.from({ length: 64 }, (_, i) => i)
    const part = tf.tidy(() => {
      const x = tf.tensor1d(indices, 'int32')
      tf.cast(x, 'float32') // brings x to memory
      return tf.slice(x, 8, 16)
    })
    tf.tidy(() => {
      for (let i = 0; i < 8; i++) tf.add(tf.ones([64]), 7)
    })
    expect([...part.dataSync()]).toEqual([...indices.subarray(8, 24)])
    part.dispose()
  })

  test('split and unstack', () => {
    const make = () => tf.tensor(sprinkled(new Rng(2), 120, 3), [4, 6, 5])
    for (let i = 0; i < 3; i++) {
      expectAsOnCpu(() => tf.split(make(), 3, 1)[i]!)
      expectAsOnCpu(() => tf.split(make(), [1, 0, 3], 0)[i]!)
      expectAsOnCpu(() => tf.split(make(), [2, 2, 1], -1)[i]!)
      for (const axis of [0, 1, 2, -1]) expectAsOnCpu(() => tf.unstack(make(), axis)[i]!)
    }
  })
})

describe('tile, reverse and pad', () => {
  test('tile repeats any axes', () => {
    for (const most of [1, 2, 3]) {
      const few = SHAPES.filter((shape) => sizeOf(shape) < 500 && shape.length < 4)
      expectForShapes(
        (x, rng) =>
          tf.tile(
            x,
            x.shape.map(() => rng.randInt(0, most) + 1),
          ),
        few,
      )
    }
    const x = () => tf.tensor(normals(new Rng(3), 720), [2, 3, 4, 5, 6])
    expectAsOnCpu(() => tf.tile(x(), [2, 3, 1, 2, 1]), { anyKernel: true }) // more axes than there is room for
    expectAsOnCpu(() => tf.tile(tf.tensor2d([[1, 2]]), [0, 2]))
    expectAsOnCpu(() => tf.broadcastTo(tf.tensor2d([[1], [2]]), [3, 2, 5]))
  })

  test('reverse goes back along any axes', () => {
    expectForShapes((x) => tf.reverse(x))
    expectForShapes((x) => tf.reverse(x, 0))
    expectForShapes((x) => tf.reverse(x, -1))
    expectForShapes(
      (x) => tf.reverse(x, [0, -1]),
      SHAPES.filter(({ length }) => length > 1),
    )
  })

  test.each([0, -0, 3.5, NaN, -Infinity])('pad with %s', (value) => {
    const shapes = SHAPES.filter(({ length }) => length < 5)
    const paddings = (x: tf.Tensor, rng: Rng) =>
      x.shape.map(() => [rng.randInt(0, 4), rng.randInt(0, 4)] as [number, number])
    expectForShapes((x, rng) => tf.pad(x, paddings(x, rng), value), shapes)
  })
})

describe('concat and stack', () => {
  test('along any axis, empty ones among them', () => {
    const rng = new Rng(4)
    for (const shape of [[1], [3], [5], [1027], [3, 5], [4, 65], [2, 3, 4]]) {
      for (let axis = -1; axis < shape.length; axis++) {
        for (const lengths of [
          [1, 1],
          [3, 0, 2],
          [1, 4, 5, 2],
          Array.from({ length: 23 }, () => 2),
        ]) {
          const parts = lengths.map((length) => shape.with(axis, length))
          const arrays = parts.map((part) => sprinkled(rng, sizeOf(part), 3))
          expectAsOnCpu(() =>
            tf.concat(
              arrays.map((x, i) => tf.tensor(x, parts[i])),
              axis,
            ),
          )
        }
      }
    }
    const one = () => tf.concat([tf.tensor1d([1]), tf.tensor1d([])])
    expectAsOnCpu(one, { anyKernel: true }) // an alias
  })

  test('stack makes a new axis', () => {
    const arrays = Array.from({ length: 12 }, (_, i) => sprinkled(new Rng(i), 15, 3))
    for (const axis of [0, 1, 2, -1]) {
      const stack = () =>
        tf.stack(
          arrays.map((x) => tf.tensor2d(x, [3, 5])),
          axis,
        )
      expectAsOnCpu(stack)
    }
    expectAsOnCpu(() => tf.stack(arrays.map((x) => tf.scalar(x[0]!))))
  })
})

describe('by index', () => {
  const indicesOf = (rng: Rng, n: number, below: number) =>
    Int32Array.from({ length: n }, () => rng.randInt(0, below))

  test('gather along any axis and in batches', () => {
    const rng = new Rng(5)
    for (const shape of [[7], [7, 5], [3, 4, 65], [2, 3, 4, 5]]) {
      const x = sprinkled(rng, sizeOf(shape), 3)
      for (const [axis, size] of shape.entries()) {
        for (const n of [0, 1, 5, 33]) {
          const indices = indicesOf(rng, n, size)
          expectAsOnCpu(() => tf.gather(tf.tensor(x, shape), tf.tensor1d(indices, 'int32'), axis))
        }
        const square = indicesOf(rng, 6, size)
        const of2d = () => tf.tensor2d(square, [2, 3], 'int32')
        expectAsOnCpu(() => tf.gather(tf.tensor(x, shape), of2d(), axis))
      }
    }
    const [x, indices] = [sprinkled(rng, 60, 3), indicesOf(rng, 9, 4)]
    const batch = () =>
      tf.gather(tf.tensor(x, [3, 4, 5]), tf.tensor2d(indices, [3, 3], 'int32'), 1, 1)
    expectAsOnCpu(batch)
  })

  test('gatherND and scatterND', () => {
    const rng = new Rng(6)
    const shape = [3, 4, 5]
    for (const rank of [1, 2, 3]) {
      for (const n of [1, 4, 17]) {
        const indices = Int32Array.from({ length: n * rank }, (_, i) =>
          rng.randInt(0, shape[i % rank]!),
        )
        const made = () => tf.tensor2d(indices, [n, rank], 'int32')
        const x = sprinkled(rng, 60, 3)
        expectAsOnCpu(() => tf.gatherND(tf.tensor(x, shape), made()))
        const row = shape.slice(rank)
        const updates = sprinkled(rng, n * sizeOf(row), 20)
        expectAsOnCpu(() => tf.scatterND(made(), tf.tensor(updates, [n, ...row]), shape))
      }
    }
  })

  test('sums of segments ignore other ids and treat what is not finite as on cpu', () => {
    const rng = new Rng(7)
    for (const row of [[], [1], [3], [4, 5], [33]]) {
      for (const n of [0, 1, 5, 40]) {
        for (const every of [1e9, 30, 3]) {
          const x = sprinkled(rng, n * sizeOf(row), every).map((v) =>
            Math.abs(v) > 1e30 && Number.isFinite(v) ? 1 : v,
          )
          const ids = Int32Array.from({ length: n }, () => rng.randInt(-1, 6))
          expectAsOnCpu(
            () => tf.unsortedSegmentSum(tf.tensor(x, [n, ...row]), tf.tensor1d(ids, 'int32'), 5),
            SUM,
            `${n} of [${row.join()}]`,
          )
        }
      }
    }
  })

  test('indices out of range are refused', () => {
    void tf.setBackend('simd')
    const index = () => tf.tensor2d([[4]], [1, 1], 'int32')
    expect(() => tf.tidy(() => tf.gatherND(tf.ones([4]), index()))).toThrow(/Invalid indices/)
    const scatter = () => tf.scatterND(index(), tf.ones([1]), [4])
    expect(() => tf.tidy(scatter)).toThrow(/Invalid indices/)
  })
})

describe('cumulative sums and products', () => {
  test.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])('exclusive %s, reverse %s', (exclusive, reverse) => {
    for (const shape of [[1], [5], [1027], [3, 5], [2, 3, 4], [2, 0]]) {
      for (const axis of shape.keys()) {
        expectForShapes((x) => tf.cumsum(x, axis, exclusive, reverse), [shape])
        expectForShapes((x) => tf.cumprod(x, axis, exclusive, reverse), [shape])
      }
    }
  })
})

describe('what was left to the cpu backend', () => {
  test('casts from float32 and bool', () => {
    const large = [2147483647, -2147483648, 4294967296 * 3 + 4096, -1e12, 9.3e18, 1e30, 2.9, -2.9]
    const x = Float32Array.of(...large, ...sprinkled(new Rng(8), 40, 2))
    expectAsOnCpu(() => tf.cast(tf.tensor1d(x), 'int32'))
    expectAsOnCpu(() => tf.cast(tf.tensor1d(x), 'bool'))
    expectAsOnCpu(() => tf.cast(tf.tensor1d([0, 1, 1, 0, 1], 'bool'), 'int32'))
  })

  test('oneHot of other values and as float32', () => {
    for (const dtype of ['int32', 'float32'] as const) {
      for (const [on, off] of [
        [1, 0],
        [5, -1],
        [-1, 2],
      ] as const)
        expectAsOnCpu(() => tf.oneHot(tf.tensor1d([2, -1, 0, 7], 'int32'), 5, on, off, dtype))
    }
    const halves = () => tf.oneHot(tf.tensor1d([2, 0], 'int32'), 5, 0.5, -0, 'float32')
    expectAsOnCpu(halves)
  })

  test('zerosLike, onesLike, any and all', () => {
    expectForShapes((x) => tf.zerosLike(x))
    expectForShapes((x) => tf.onesLike(x))
    const bools = () =>
      tf.tensor3d(
        [...normals(new Rng(9), 24)].map((v) => Number(v > -1)),
        [2, 3, 4],
        'bool',
      )
    for (const axes of [undefined, 0, 2, [0, 1], [1, 2]]) {
      for (const keepDims of [false, true]) {
        expectAsOnCpu(() => tf.any(bools(), axes, keepDims))
        expectAsOnCpu(() => tf.all(bools(), axes, keepDims))
      }
    }
    expectAsOnCpu(() => tf.all(bools(), 1), { anyKernel: true })
  })

  test('reductions over axes in the middle', () => {
    const x = sprinkled(new Rng(10), 120, 40).map((v) => (Math.abs(v) > 1e30 ? 1 : v))
    const make = () => tf.tensor(x, [2, 3, 4, 5])
    for (const axes of [[1], [2], [0, 2], [1, 2], [0, 3]]) {
      for (const keepDims of [false, true]) {
        for (const run of [tf.sum, tf.mean]) expectAsOnCpu(() => run(make(), axes, keepDims), SUM)
        for (const run of [tf.max, tf.min]) expectAsOnCpu(() => run(make(), axes, keepDims))
      }
    }
    for (const axis of [0, 1, 2, 3]) {
      expectAsOnCpu(() => tf.argMax(make(), axis))
      expectAsOnCpu(() => tf.argMin(make(), axis))
    }
  })

  test('broadcasts of any kind', () => {
    const rng = new Rng(11)
    for (const [one, other] of [
      [[7, 1], [5]],
      [
        [3, 1, 5],
        [3, 7, 5],
      ],
      [
        [1, 7, 1],
        [3, 7, 5],
      ],
      [
        [3, 1, 5],
        [7, 1],
      ],
      [
        [0, 1, 5],
        [7, 1],
      ],
    ] as const) {
      const [a, b] = [sprinkled(rng, sizeOf(one), 4), sprinkled(rng, sizeOf(other), 4)]
      for (const run of [tf.sub, tf.maximum, tf.less]) {
        expectAsOnCpu(() => run(tf.tensor(a, [...one]), tf.tensor(b, [...other])))
        expectAsOnCpu(() => run(tf.tensor(b, [...other]), tf.tensor(a, [...one])))
      }
    }
  })

  test('matrix products of batches that broadcast', () => {
    const rng = new Rng(12)
    for (const [batchA, batchB] of [
      [[3], [1]],
      [[1], [3]],
      [[3], []],
      [[], [3]],
      [[2, 3], [3]],
      [
        [2, 3],
        [1, 1],
      ],
      [[1, 1], [1]],
    ]) {
      for (const [tA, tB] of [
        [false, false],
        [true, false],
        [false, true],
        [true, true],
      ] as const) {
        const [a, b] = [normals(rng, 15 * sizeOf(batchA!)), normals(rng, 35 * sizeOf(batchB!))]
        expectAsOnCpu(
          () =>
            tf.matMul(
              tf.tensor(a, [...batchA!, ...(tA ? [5, 3] : [3, 5])]),
              tf.tensor(b, [...batchB!, ...(tB ? [7, 5] : [5, 7])]),
              tA,
              tB,
            ),
          SUM,
          `[${batchA!.join()}] by [${batchB!.join()}]`,
        )
      }
    }
    const [a, b, bias] = [normals(rng, 45), normals(rng, 35), normals(rng, 7)]
    expectAsOnCpu(
      () =>
        tf.fused.matMul({
          a: tf.tensor(a, [3, 3, 5]),
          b: tf.tensor(b, [1, 5, 7]),
          bias: tf.tensor1d(bias),
          activation: 'relu',
        }),
      SUM,
    )
  })
})

describe('gradients are as on cpu, all by kernels of ours', () => {
  const cases: readonly (readonly [string, (x: tf.Tensor) => tf.Tensor])[] = [
    ['transpose', (x) => tf.transpose(x, [2, 0, 1])],
    ['slice', (x) => tf.slice(x, [1, 0, 2], [2, 3, 2])],
    [
      'pad',
      (x) =>
        tf.pad(x, [
          [1, 0],
          [0, 2],
          [3, 1],
        ]),
    ],
    ['tile', (x) => tf.tile(x, [2, 1, 3])],
    ['reverse', (x) => tf.reverse(x, [0, 2])],
    ['concat', (x) => tf.concat([x, tf.square(x)], 1)],
    ['split', (x) => tf.add(...(tf.split(x, 2, 0) as [tf.Tensor, tf.Tensor]))],
    ['stack', (x) => tf.stack([x, tf.square(x)], 1)],
    ['unstack', (x) => tf.mul(...(tf.unstack(tf.slice(x, 0, 2)) as [tf.Tensor, tf.Tensor]))],
    ['gather', (x) => tf.gather(x, tf.tensor1d([2, 0, 2, 3], 'int32'))],
    ['gather of columns', (x) => tf.gather(x, tf.tensor1d([2, 0, 2, 3], 'int32'), 2)],
    ['cumsum', (x) => tf.cumsum(x, 2)],
    ['elu', (x) => tf.elu(x)],
    ['softmax', (x) => tf.softmax(x)],
    ['sum over the middle', (x) => tf.square(tf.sum(x, 1))],
  ]
  test.each(cases)('%s', (_, run) => {
    const x = normals(new Rng(13), 60)
    const gradient = tf.grad((t: tf.Tensor) => tf.sum(tf.square(run(t))))
    expectAsOnCpu(() => gradient(tf.tensor(x, [4, 3, 5])), { relative: 2e-5, absolute: 1e-6 })
  })
})

test('an index out of range fails in a program that was recorded', async () => {
  const { compile } = await import('../../../src/backend/index.ts')
  await useBackend('simd')
  const program = compile(({ x, i }) => ({ y: tf.gather(x, i) }), {
    inputs: { x: { shape: [4, 2], dtype: 'float32' }, i: { shape: [2], dtype: 'int32' } },
  })
  const x = normals(new Rng(14), 8)
  for (const i of [Int32Array.of(0, 3), Int32Array.of(2, 2)]) {
    const rows = [...i].flatMap((row) => [...x.subarray(2 * row, 2 * row + 2)])
    expect([...program({ x, i }).y]).toEqual(rows)
  }
  expect(() => program({ x, i: Int32Array.of(0, 4) })).toThrow(WebAssembly.RuntimeError)
  expect([...program({ x, i: Int32Array.of(1, 1) }).y]).toHaveLength(4)
  expect(resultOn('simd', () => tf.scalar(1)).values[0]).toBe(1)
})
