import * as tf from '@tensorflow/tfjs-core'
import { Box, Dict, Discrete, MultiBinary, MultiDiscrete, type Space, Tuple } from 'gymnasium-js'
import { expect, test } from 'vitest'
import { compile, type NumericArray } from '../../src/backend/index.ts'
import { observationEncoder } from '../../src/nn/index.ts'
import { describeOn, expectNear } from '../helpers/tensors.ts'

/** What a network sees of raw observations. */
function encoded(space: Space, raw: NumericArray, scale: boolean | readonly number[] = true) {
  const encoder = observationEncoder(space, scale)
  let shape: readonly number[] = []
  const run = compile(
    ({ obs }) => {
      const x = encoder.encode(obs)
      shape = x.shape
      return { x: tf.cast(x, 'float32') }
    },
    { inputs: { obs: encoder.spec } },
  )
  const { x } = run({ obs: raw })
  expect(shape).toEqual([raw.length / encoder.size, ...encoder.inputShape])
  return x
}

describeOn(['simd', 'cpu', 'wasm'], 'observations', () => {
  const box = new Box({ low: [-2, 1, 0, -Infinity], high: [2, 5, 10, 3] })

  test('of a Box are scaled to [-1, 1], or to [0, 1] where the low bound is 0', () => {
    const raw = Float32Array.of(-2, 1, 0, 7, 2, 5, 10, -7)
    expectNear(encoded(box, raw), [-1, -1, 0, 7, 1, 1, 1, -7], 1e-6)
  })

  test('of a Box pass as they are without scaling', () => {
    const raw = Float32Array.of(-2, 1, 0, 7)
    expect(encoded(box, raw, false)).toEqual(raw)
  })

  test('of a Box are divided by a list of numbers', () => {
    expectNear(encoded(box, Float32Array.of(2, 4, 6, 8), [2, 4, 3, 16]), [1, 1, 2, 0.5], 1e-6)
  })

  test('an entry that can have one value only passes as it is', () => {
    expectNear(
      encoded(new Box({ low: [3, -1], high: [3, 1] }), Float32Array.of(3, 0.5)),
      [3, 0.5],
      1e-6,
    )
  })

  test('a list of another length is refused', () => {
    expect(() => observationEncoder(box, [1, 2])).toThrow(/scaleObservations has 2 .* has 4/)
    expect(() => observationEncoder(box, [1, 2])).toThrow(RangeError)
  })

  test('of bytes become numbers from 0 to 1', () => {
    const image = new Box({ low: 0, high: 255, shape: [2, 2, 1], dtype: 'uint8' })
    expectNear(encoded(image, Uint8Array.of(0, 51, 102, 255)), [0, 0.2, 0.4, 1], 1e-6)
  })

  test.each(['float64', 'int8', 'int16', 'int32', 'uint16', 'uint32'] as const)(
    'of dtype %s are scaled too',
    (dtype) => {
      const space = new Box({ low: 0, high: 100, shape: [2], dtype })
      const raw = space.sample()
      raw.set([25, 100])
      expectNear(encoded(space, raw), [0.25, 1], 1e-6)
    },
  )

  test('of a Discrete space are one-hot, counted from its start', () => {
    expect([...encoded(new Discrete(3, 5), Int32Array.of(5, 7))]).toEqual([1, 0, 0, 0, 0, 1])
  })

  test('of a MultiDiscrete space are one-hot, entry by entry', () => {
    const x = encoded(new MultiDiscrete([2, 3]), Int32Array.of(1, 0, 0, 2))
    expect([...x]).toEqual([0, 1, 1, 0, 0, 1, 0, 0, 0, 1])
  })

  test('of a MultiBinary space are 0 and 1', () => {
    expect([...encoded(new MultiBinary(3), Uint8Array.of(1, 0, 1, 0, 0, 1))]).toEqual([
      1, 0, 1, 0, 0, 1,
    ])
  })

  test('of a Dict or a Tuple are refused with the remedy', () => {
    const composite = [new Dict({ a: new Discrete(2) }), new Tuple([new Discrete(2)])]
    for (const space of composite) {
      expect(() => observationEncoder(space, true)).toThrow(/flatten them into a Box/)
      expect(() => observationEncoder(space, true)).toThrow(TypeError)
    }
  })
})
