/** Tensors and numbers that tests share. */

import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { type BackendName, useBackend } from '../../src/backend/index.ts'
import type { Rng } from '../../src/rng.ts'

/** Defines the same tests for each of several backends. */
export function describeOn(
  backends: readonly BackendName[],
  what: string,
  define: (backend: BackendName) => void,
): void {
  describe.each(backends)(`${what} on %s`, (backend) => {
    beforeAll(async () => {
      await useBackend(backend)
      tf.engine().startScope()
    })
    afterAll(() => {
      tf.engine().endScope()
    })
    define(backend)
  })
}

/** Standard normal numbers. */
export function normals(rng: Rng, n: number): Float32Array {
  return Float32Array.from({ length: n }, () => rng.normal())
}

/** The tensor's values on the host, as doubles. */
export function hostOf(tensor: tf.Tensor): Float64Array {
  return Float64Array.from(tensor.dataSync())
}

/** The values of a tensor that is disposed of with all it was made from. */
export function computed(fn: () => tf.Tensor): Float64Array {
  const tensor = tf.tidy(fn)
  const values = hostOf(tensor)
  tensor.dispose()
  return values
}

/** |got − want| ≤ tolerance · max(1, largest |want|), element by element. */
export function expectNear(
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  tolerance: number,
  what = 'array',
): void {
  expect(got.length, `${what}: length`).toBe(want.length)
  const scale = Array.from(want).reduce((most, value) => Math.max(most, Math.abs(value)), 1)
  for (let i = 0; i < want.length; i++) {
    if (Math.abs(got[i]! - want[i]!) <= tolerance * scale) continue
    expect.fail(`${what}[${i}] is ${got[i]!}, expected ${want[i]!} (tolerance ${tolerance})`)
  }
}

/** Mean and population variance of each column of an array [rows, columns]. */
export function columnMoments(
  values: ArrayLike<number>,
  columns: number,
): { mean: number[]; variance: number[] } {
  const rows = values.length / columns
  const mean = new Array<number>(columns).fill(0)
  const variance = new Array<number>(columns).fill(0)
  for (let i = 0; i < values.length; i++) mean[i % columns]! += values[i]! / rows
  for (let i = 0; i < values.length; i++) {
    variance[i % columns]! += (values[i]! - mean[i % columns]!) ** 2 / rows
  }
  return { mean, variance }
}

/** g · v / ‖v‖ in double precision. @param v [..., out] flat @param g [out] */
export function foldedInDouble(v: ArrayLike<number>, g: ArrayLike<number>): Float64Array {
  const units = g.length
  const squares = new Float64Array(units)
  for (let i = 0; i < v.length; i++) squares[i % units]! += v[i]! ** 2
  return Float64Array.from(
    { length: v.length },
    (_, i) => (g[i % units]! * v[i]!) / Math.sqrt(squares[i % units]!),
  )
}
