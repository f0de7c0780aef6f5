import { Discrete, MultiBinary, MultiDiscrete, Rng } from 'gymnasium-js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const bits = (n: number) => fc.array(fc.integer({ min: 0, max: 1 }), { minLength: n, maxLength: n })

describe('a masked Discrete', () => {
  test('draws allowed values only, and all of them', () => {
    fc.assert(
      fc.property(bits(4), fc.integer({ min: -2, max: 2 }), (mask, start) => {
        fc.pre(mask.includes(1))
        const space = new Discrete(4, start)
        const rng = new Rng(1)
        const seen = new Set(Array.from({ length: 100 }, () => space.sample(rng, mask) - start))
        const allowed = mask.flatMap((bit, i) => (bit === 1 ? [i] : []))
        expect([...seen].sort()).toEqual(allowed)
      }),
    )
  })

  test('gives start when nothing is allowed, without a draw', () => {
    const rng = new Rng(1)
    const before = rng.getState()
    expect(new Discrete(3, -1).sample(rng, Int8Array.of(0, 0, 0))).toBe(-1)
    expect(rng.getState()).toEqual(before)
  })

  test('draws from its own stream without a generator', () => {
    const space = new Discrete(100)
    const mask = new Uint8Array(100).fill(1)
    space.seed(3)
    const first = space.sample(undefined, mask)
    space.seed(3)
    expect(space.sample(undefined, mask)).toBe(first)
    expect(space.sample(undefined, undefined)).not.toBe(first)
  })

  test.each([
    [[1, 0], 'mask is an Array of length 2; pass 3 integers from 0 to 1'],
    [[1, 0, 2], 'mask[2] is 2; pass 3 integers from 0 to 1'],
    [[1, NaN, 0], 'mask[1] is NaN'],
    ['101' as unknown as number[], "mask is '101'"],
    [null as unknown as number[], 'mask is null'],
  ])('refuses the mask %j', (mask, message) => {
    expect(() => new Discrete(3).sample(new Rng(0), mask)).toThrow(message)
  })
})

describe('a masked MultiDiscrete', () => {
  test('takes one mask for each element', () => {
    const space = new MultiDiscrete([2, 3])
    const masks = [Uint8Array.of(0, 1), [0, 0, 1]]
    expect(space.sample(new Rng(1), masks)).toEqual(Int32Array.of(1, 2))
    expect(space.sample(new Rng(1), [[0, 0], masks[1]!])).toEqual(Int32Array.of(0, 2))
  })

  test('refuses masks that do not fit', () => {
    const space = new MultiDiscrete([2, 3])
    expect(() => space.sample(new Rng(0), [[1, 1]])).toThrow('masks is an Array of length 1')
    const short = [
      [1, 1],
      [1, 1],
    ]
    expect(() => space.sample(new Rng(0), short)).toThrow(
      'masks[1] is an Array of length 2; pass 3',
    )
  })
})

describe('a masked MultiBinary', () => {
  test('keeps what the mask fixes and draws where it is 2', () => {
    const space = new MultiBinary([2, 2])
    const rng = new Rng(1)
    const samples = Array.from({ length: 50 }, () => space.sample(rng, [0, 1, 2, 1]))
    expect(samples.every((x) => x[0] === 0 && x[1] === 1 && x[3] === 1)).toBe(true)
    expect(new Set(samples.map((x) => x[2]))).toEqual(new Set([0, 1]))
  })

  test('refuses other masks', () => {
    expect(() => new MultiBinary(2).sample(new Rng(0), [0, 3])).toThrow('mask[1] is 3; pass 2 inte')
  })
})
