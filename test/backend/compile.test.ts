import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import {
  backendFor,
  backendInUse,
  compile,
  requireKernels,
  tensorFrom,
  useBackend,
} from '../../src/backend/index.ts'
import { describeOn } from '../helpers/tensors.ts'

const double = compile(({ x }) => ({ y: tf.mul(x, 2) }), {
  inputs: { x: { shape: [-1, 3], dtype: 'float32' } },
})

describeOn(['simd', 'cpu', 'wasm'], 'a program', () => {
  test('maps arrays to fresh arrays, of any number of rows', () => {
    const x = Float32Array.of(1, 2, 3)
    const { y } = double({ x })
    expect([...y]).toEqual([2, 4, 6])
    x[0] = 9
    expect([...double({ x: Float32Array.of(1, 1, 1, 2, 2, 2) }).y]).toEqual([2, 2, 2, 4, 4, 4])
    expect([...y]).toEqual([2, 4, 6])
  })

  test('takes every kind of array', () => {
    const values = [1, 2, 3]
    for (const x of [
      Float64Array.from(values),
      Int32Array.from(values),
      Uint8Array.from(values),
      Int8Array.from(values),
      Uint16Array.from(values),
    ]) {
      expect([...double({ x }).y]).toEqual([2, 4, 6])
    }
  })

  test('reads variables at every call, changes them by assign, and leaks nothing', () => {
    const total = tf.variable(tf.scalar(0))
    const add = compile(
      ({ x }) => {
        total.assign(tf.add(total, tf.sum(x)))
        return { total: tf.clone(total) }
      },
      { inputs: { x: { shape: [-1], dtype: 'float32' } } },
    )
    add({ x: Float32Array.of(1, 2) })
    const before = tf.memory().numTensors
    expect(add({ x: Float32Array.of(3) }).total[0]).toBe(6)
    total.assign(tf.tidy(() => tf.scalar(10)))
    expect(add({ x: Float32Array.of(1, 1, 1) }).total[0]).toBe(13)
    expect(tf.memory().numTensors).toBe(before + 1) // the scalar handed out of the test's own tidy
  })

  test('hands out copies of variables, not their memory', () => {
    const v = tf.variable(tf.tensor1d([1, 2]))
    const read = compile(() => ({ v }), { inputs: {} })
    const { v: copy } = read({})
    copy[0] = 99
    expect([...read({}).v]).toEqual([1, 2])
  })

  test('refuses arrays that do not fill the shape, naming the input', () => {
    expect(() => double({ x: Float32Array.of(1, 2) })).toThrow(/"x" has 2 values.*\[-1, 3\]/)
    expect(() => double({ x: Float32Array.of(1, 2) })).toThrow(RangeError)
    const scalar = compile(({ x }) => ({ x }), { inputs: { x: { shape: [], dtype: 'float32' } } })
    expect(() => scalar({ x: Float32Array.of(1, 2) })).toThrow(/"x"/)
    expect([...scalar({ x: Float32Array.of(5) }).x]).toEqual([5])
  })
})

test('a backend in use is named with the reason', async () => {
  expect(await useBackend('cpu')).toEqual({ name: 'cpu', reason: 'as asked' })
  expect(backendInUse()?.name).toBe('cpu')
  expect(tf.getBackend()).toBe('cpu')
})

test('auto takes simd, which has every kernel', async () => {
  expect((await useBackend('auto', { kernels: ['Conv2DBackpropFilter'] })).name).toBe('simd')
})

test('unknown and unfit backends are refused with what would do', async () => {
  await expect(useBackend('cuda' as never)).rejects.toThrow(/"cuda" is unknown.*simd.*cpu/)
  await expect(useBackend('wasm', { kernels: ['Conv2DBackpropFilter'] })).rejects.toThrow(
    /choose simd or cpu/,
  )
  await useBackend('wasm')
  expect(() => requireKernels('wasm', ['Conv2DBackpropFilter'])).toThrow(/Conv2DBackpropFilter/)
  expect(() => requireKernels('cpu', ['Conv2DBackpropFilter'])).not.toThrow()
})

test('the backend in use serves whoever needs one, or is refused for what it lacks', async () => {
  const kernels = ['Conv2DBackpropFilter']
  await useBackend('auto')
  expect((await backendFor({ kernels })).name).toBe('simd')
  await useBackend('wasm')
  expect((await backendFor()).name).toBe('wasm')
  await expect(backendFor({ kernels })).rejects.toThrow(/choose simd or cpu/)
  expect(backendInUse()?.name).toBe('wasm')
})

test('a variable keeps its values when the backend changes', async () => {
  await useBackend('cpu')
  const v = tf.variable(tf.tensor1d([1, 2]))
  await useBackend('wasm')
  const read = compile(() => ({ twice: tf.mul(v, 2) }), { inputs: {} })
  expect([...read({}).twice]).toEqual([2, 4])
  v.dispose()
})

test('a tensor is made of any kind of array, in the dtype asked for', () => {
  const t = tensorFrom(Float64Array.of(1, 2, 3, 4), [2, 2], 'float32')
  expect([t.shape, t.dtype, [...t.dataSync()]]).toEqual([[2, 2], 'float32', [1, 2, 3, 4]])
  const i = tensorFrom(Uint16Array.of(1, 2), [2], 'int32')
  expect([i.dtype, [...i.dataSync()]]).toEqual(['int32', [1, 2]])
})
