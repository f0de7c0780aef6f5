/** Running the same tfjs operations on the simd backend and on tfjs's cpu backend, and comparing what comes out. */

import * as tf from '@tensorflow/tfjs-core'
import { expect } from 'vitest'
import type { BackendName } from '../../../src/backend/index.ts'
import type { HostCall } from '../../../src/backend/simd/step.ts'
import { SimdBackend } from '../../../src/backend/simd/index.ts'
import type { Rng } from '../../../src/rng.ts'

/** The smallest positive float32. */
const LEAST = 1.401298464324817e-45

/** NaN, infinities, both zeros, denormals, the ends of the range, ties of rounding. */
export const SPECIALS = [
  ...[NaN, Infinity, -Infinity, 0, -0, LEAST, -LEAST, 1e-40, -1e-40, 1.1754943508222875e-38],
  ...[1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3.4028234663852886e38, -3.4028234663852886e38, 88.5, -104],
]

/** Lengths around the width of a vector, an odd one, and a large one. */
export const SIZES = [0, 1, 3, 4, 5, 17, 1027]

export interface Result {
  readonly shape: readonly number[]
  readonly dtype: string
  readonly values: ArrayLike<number>
}

export function simdBackend(): SimdBackend {
  const backend: unknown = tf.findBackend('simd')
  if (backend instanceof SimdBackend) return backend
  throw new Error('the simd backend has not been started')
}

/** The tensor that the function makes on that backend, which must have been started. */
export function resultOn(name: BackendName, fn: () => tf.Tensor): Result {
  void tf.setBackend(name) // takes effect at once for a backend that has been started
  expect(tf.getBackend()).toBe(name)
  return tf.tidy(() => {
    const tensor = fn()
    return { shape: tensor.shape, dtype: tensor.dtype, values: tensor.dataSync().slice() }
  })
}

/** As `resultOn('simd', …)`, and no kernel may have been left to the cpu backend. */
function nativeResult(fn: () => tf.Tensor): Result {
  const backend = simdBackend()
  const left: string[] = []
  let emitted = 0
  const recorder = {
    written: () => undefined,
    read: () => undefined,
    emitted: () => {
      emitted++
    },
    hosted: ({ inputs, outputs }: HostCall) => {
      const given = Object.values(inputs).flat() as tf.TensorInfo[]
      const isAlias = given.some(({ dataId }) => dataId === outputs[0]!.dataId) // a reshape
      if (!isAlias) left.push(`of ${Object.keys(inputs).join()}`)
    },
  }
  const result = resultOn('simd', () => {
    backend.recorder = recorder
    try {
      return fn()
    } finally {
      backend.recorder = undefined
    }
  })
  expect(left, 'kernels left to the cpu backend').toEqual([])
  expect(emitted).toBeGreaterThan(0)
  return result
}

export interface Tolerance {
  /** |got − want| ≤ relative · |want|, or · the largest finite |want| with `ofLargest`. 0: equal to the bit. */
  readonly relative?: number
  readonly ofLargest?: boolean
  /** |got − want| may be this in any case. */
  readonly absolute?: number
  /** Whether +0 and −0 may stand for each other. */
  readonly anyZero?: boolean
  /** Whether the cpu backend may be asked to help. */
  readonly anyKernel?: boolean
}

/** The function's result on simd is what it is on cpu. */
export function expectAsOnCpu(
  fn: () => tf.Tensor,
  tolerance: Tolerance = {},
  what = 'result',
): void {
  const want = resultOn('cpu', fn)
  const got = tolerance.anyKernel ? resultOn('simd', fn) : nativeResult(fn)
  expect([got.shape, got.dtype], what).toEqual([want.shape, want.dtype])
  expectAlike(got.values, want.values, tolerance, what)
}

/** NaN and infinities in the same places, everything else within the tolerance. */
export function expectAlike(
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  { relative = 0, absolute = 0, ofLargest = false, anyZero = false }: Tolerance,
  what: string,
): void {
  expect(got.length, `${what}: length`).toBe(want.length)
  const finite = Array.from(want, Math.abs).filter(Number.isFinite)
  const largest = finite.reduce((most, value) => Math.max(most, value), 0)
  for (let i = 0; i < want.length; i++) {
    const [a, b] = [got[i]!, want[i]!]
    if (Object.is(a, b) || (anyZero && a === b)) continue
    const slack =
      relative === 0 ? absolute : absolute + relative * (ofLargest ? largest : Math.abs(b)) + LEAST
    if (a !== b && Math.abs(a - b) <= slack) continue
    expect.fail(`${what}[${i}] is ${show(a)}, on cpu ${show(b)}`)
  }
}

function show(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}

/** Equal to the bit, NaN included. */
export function expectBits(got: ArrayLike<number>, want: ArrayLike<number>, what = 'array'): void {
  expectAlike(got, want, {}, what)
}

/**
 * Arrays of that length that hold every special value between them, and normal numbers as well.
 */
export function arraysWithSpecials(rng: Rng, length: number): Float32Array[] {
  if (length === 0) return [new Float32Array(0)]
  const pool = [...SPECIALS, ...Array.from({ length: 12 }, () => 3 * rng.normal())]
  const count = Math.ceil(pool.length / length)
  return Array.from({ length: count }, (_, k) =>
    Float32Array.from({ length }, (_, i) => pool[(k * length + i) % pool.length]!),
  )
}

/** Normal numbers with special values strewn among them, about one in `every`. */
export function sprinkled(rng: Rng, length: number, every: number): Float32Array {
  return Float32Array.from({ length }, () =>
    rng.randInt(0, every) === 0 ? SPECIALS[rng.randInt(0, SPECIALS.length)]! : rng.normal(),
  )
}
