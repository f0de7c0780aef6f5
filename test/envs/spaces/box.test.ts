import { Box, Rng } from 'gymnasium-js'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { fc } from '../../helpers/properties.ts'

describe('construction', () => {
  test('takes its shape from the bounds, or is a single number', () => {
    expect(new Box({ low: [0, 1], high: 2 }).shape).toEqual([2])
    expect(new Box({ low: 0, high: [1, 2, 3] }).size).toBe(3)
    expect(new Box({ low: 0, high: 1 })).toMatchObject({ shape: [], size: 1 })
  })

  test('its values have the type of its dtype', () => {
    expectTypeOf(new Box({ low: 0, high: 1 }).sample()).toEqualTypeOf<Float32Array>()
    const image = new Box({ low: 0, high: 255, shape: [2], dtype: 'uint8' })
    expectTypeOf(image.sample()).toEqualTypeOf<Uint8Array>()
    expect(image.sample()).toBeInstanceOf(Uint8Array)
  })

  test.each([
    [{ low: 1, high: 0 }, 'low[0] = 1 is above high[0] = 0'],
    [{ low: [0, 0], high: [1, 1, 1] }, 'high has 3 elements for a box of 2'],
    [{ low: NaN, high: 1 }, 'low is NaN; pass a number or -Infinity'],
    [{ low: Infinity, high: Infinity }, 'low is Infinity; pass a number or -Infinity'],
    [{ low: 0, high: 1, shape: [2, 0] }, 'shape is [2, 0]; pass integers >= 1'],
    [{ low: 0, high: 256, dtype: 'uint8' as const }, 'high is 256; pass integers from 0 to 255'],
    [{ low: 0.5, high: 1, dtype: 'int8' as const }, 'low is 0.5; pass integers from -128 to 127'],
    [{ low: -Infinity, high: 1, dtype: 'int32' as const }, 'low is -Infinity'],
  ])('refuses %j', (options, message) => {
    expect(() => new Box(options)).toThrow(message)
  })

  test('refuses an unknown dtype', () => {
    const options = { low: 0, high: 1, dtype: 'float16' as 'float32' }
    expect(() => new Box(options)).toThrow("dtype is 'float16'; pass one of 'float32'")
  })
})

describe('membership', () => {
  const box = new Box({ low: [-1, 0], high: [1, Infinity] })

  test('says which element is outside and what to do', () => {
    expect(box.explain(Float32Array.of(0, -0.5))).toBe(
      'element 1 is -0.5, outside [0, Infinity]: clip it or widen the space',
    )
    expect(box.explain(Float32Array.of(NaN, 0))).toContain('element 0 is NaN')
  })

  test('says which array it expected', () => {
    expect(box.explain(Float64Array.of(0, 0))).toBe(
      'expected a Float32Array (dtype float32), found Float64Array(2)',
    )
    expect(box.explain(Float32Array.of(0))).toBe('expected 2 elements (shape [2]), found 1')
  })

  test('bounds belong to it, infinity where unbounded too', () => {
    expect(box.contains(Float32Array.of(-1, Infinity))).toBe(true)
  })

  test('agrees with a naive test of the bounds', () => {
    const value = fc.float({ noNaN: true, min: -4, max: 4 })
    fc.assert(
      fc.property(value, value, (a, b) => {
        const inside = a >= -1 && a <= 1 && b >= 0
        expect(box.contains(Float32Array.of(a, b))).toBe(inside)
      }),
    )
  })

  test('knows on which sides it is bounded', () => {
    expect([box.isBounded('below'), box.isBounded('above'), box.isBounded()]).toEqual([
      true,
      false,
      false,
    ])
    expect(new Box({ low: 0, high: 1 }).isBounded()).toBe(true)
  })
})

describe('samples', () => {
  test('integers reach both ends', () => {
    const box = new Box({ low: -1, high: 1, dtype: 'int8' })
    const rng = new Rng(1)
    const seen = new Set(Array.from({ length: 100 }, () => box.sample(rng)[0]!))
    expect([...seen].sort((a, b) => a - b)).toEqual([-1, 0, 1])
  })

  test('are exponential behind a bound and normal without one', () => {
    const box = new Box({
      low: [2, -Infinity, -Infinity],
      high: [Infinity, 2, Infinity],
      dtype: 'float64',
    })
    const rng = new Rng(1)
    const n = 20_000
    const sums = [0, 0, 0]
    for (let i = 0; i < n; i++) for (const [k, x] of box.sample(rng).entries()) sums[k]! += x
    expect(sums.map((sum) => Math.round((10 * sum) / n) / 10)).toEqual([3, 1, expect.closeTo(0, 1)])
  })
})

test.each([
  [new Box({ low: -1, high: 1, shape: [3] }), 'Box(-1.0, 1.0, (3,), float32)'],
  [new Box({ low: 0, high: 255, shape: [4, 4], dtype: 'uint8' }), 'Box(0, 255, (4, 4), uint8)'],
  [new Box({ low: [-0.1, 0], high: [Infinity, 1] }), 'Box([-0.1 0.0], [inf 1.0], (2,), float32)'],
  [new Box({ low: -Infinity, high: 0.5, dtype: 'float64' }), 'Box(-inf, 0.5, (), float64)'],
])('prints %s', (box, text) => {
  expect(box.toString()).toBe(text)
})
