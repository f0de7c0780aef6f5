import { Box, Dict, Discrete, MultiBinary, MultiDiscrete, Rng, Tuple } from 'gymnasium-js'
import { flatdim, flatten, flattenSpace, spaceFromJSON, unflatten } from 'gymnasium-js'
import type { Space } from 'gymnasium-js'
import fc from 'fast-check'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { anySpace } from './any-space.ts'

describe('of any space', () => {
  const spaceAndSeed = [anySpace, fc.nat()] as const

  test('unflatten undoes flatten', () => {
    fc.assert(
      fc.property(...spaceAndSeed, (space, seed) => {
        const flat = flatten(space, space.sample(new Rng(seed)))
        const value = unflatten(space, flat)
        expect(space.explain(value)).toBeUndefined()
        expect(flatten(space, value)).toEqual(flat)
      }),
    )
  })

  test('what float32 holds comes back as it was', () => {
    fc.assert(
      fc.property(...spaceAndSeed, (space, seed) => {
        // Once through float32, values are of those that it holds.
        const value = unflatten(space, flatten(space, space.sample(new Rng(seed))))
        expect(unflatten(space, flatten(space, value))).toEqual(value)
      }),
    )
  })

  test('flattenSpace contains what flatten gives', () => {
    fc.assert(
      fc.property(...spaceAndSeed, (space, seed) => {
        fc.pre(flatdim(space) > 0)
        const flat = flattenSpace(space)
        expect(flat.shape).toEqual([flatdim(space)])
        expect(flat.explain(flatten(space, space.sample(new Rng(seed))))).toBeUndefined()
      }),
    )
  })

  test('JSON brings back an equal space that samples the same', () => {
    fc.assert(
      fc.property(...spaceAndSeed, (space, seed) => {
        const json = JSON.parse(JSON.stringify(space)) as ReturnType<Space['toJSON']>
        const copy = spaceFromJSON(json)
        expect(copy.equals(space)).toBe(true)
        expect(copy.toString()).toBe(space.toString())
        expect(copy.sample(new Rng(seed))).toEqual(space.sample(new Rng(seed)))
      }),
    )
  })
})

test('reads parts in order, by their kinds', () => {
  const space = new Dict({
    b: new Discrete(3, -1),
    a: new Tuple([new Box({ low: 0, high: 255, shape: [2], dtype: 'uint8' }), new MultiBinary(2)]),
    c: new MultiDiscrete([2, 3]),
  })
  const value = unflatten(space, [7, 255, 1, 0, 0, 0, 1, 1, 0, 0, 1, 0])
  expectTypeOf(value.b).toEqualTypeOf<number>()
  expect(value).toEqual({
    a: [Uint8Array.of(7, 255), Uint8Array.of(1, 0)],
    b: 1,
    c: Int32Array.of(0, 1),
  })
})

test('flattenSpace keeps the bounds of boxes and gives choices 0 to 1', () => {
  const box = new Box({ low: [-1, -Infinity], high: [2, 3] })
  const flat = flattenSpace(new Tuple([new Discrete(2), box]))
  expect(Array.from(flat.low)).toEqual([0, 0, -1, -Infinity])
  expect(Array.from(flat.high)).toEqual([1, 1, 2, 3])
})

test('flattenSpace refuses a space without parts', () => {
  expect(() => flattenSpace(new Tuple([]))).toThrow('Tuple() is empty')
})

test('float32 rounding does not lead beyond a float64 bound', () => {
  const space = new Box({ low: 0, high: 0.1, shape: [1], dtype: 'float64' })
  expect(Math.fround(0.1)).toBeGreaterThan(0.1)
  expect(unflatten(space, flatten(space, Float64Array.of(0.1)))).toEqual(Float64Array.of(0.1))
})

test.each([
  [new Discrete(3), [0, 0, 0], '[0, 0, 0] is no choice'],
  [new Discrete(3), [1, 1, 0], 'is no choice'],
  [new Discrete(3), [0, 0.5, 0], 'is no choice'],
  [new MultiDiscrete([2, 2]), [1, 0, 0, 0], '[0, 0] is no choice'],
  [new MultiBinary(2), [1, 2], '[1, 2] is no choice'],
  [new Box({ low: 0, high: 1, shape: [1] }), [2], 'element 0 is 2, outside [0, 1]'],
  [new Box({ low: 0, high: 255, shape: [1], dtype: 'uint8' }), [256], 'that uint8 holds'],
  [new Box({ low: 0, high: 9, shape: [1], dtype: 'int8' }), [0.5], 'that int8 holds'],
  [new Discrete(2), [1], 'flat has 1 elements; pass 2 for Discrete(2)'],
] as const)('%s is refused %j', (space: Space, flat, message) => {
  expect(() => unflatten(space, flat)).toThrow(message)
})
