import { Box, Dict, Discrete, MultiDiscrete, Tuple, flatten } from 'gymnasium-js'
import type { ValueOf } from 'gymnasium-js'
import { describe, expect, expectTypeOf, test } from 'vitest'

const position = new Box({ low: -1, high: 1, shape: [2] })
const dict = new Dict({ where: position, flag: new Discrete(2) })
const tuple = new Tuple([new Discrete(2), dict])

test('value types follow from the parts', () => {
  expectTypeOf<ValueOf<typeof dict>>().toEqualTypeOf<{ where: Float32Array; flag: number }>()
  expectTypeOf(tuple.sample()[1].flag).toEqualTypeOf<number>()
  expect(tuple.sample()[1].where).toBeInstanceOf(Float32Array)
})

describe('explain leads to the part', () => {
  test('of a Dict', () => {
    expect(dict.explain({ where: Float32Array.of(0, 0), flag: 2 })).toBe(
      'flag: expected an integer from 0 to 1, found 2',
    )
    expect(dict.explain({ flag: 1 })).toBe(
      'expected an object with keys [flag, where], found an object with keys [flag]',
    )
  })

  test('of a Tuple', () => {
    expect(tuple.explain([0, { where: Float32Array.of(0, 5), flag: 0 }])).toContain(
      'part 1: where: element 1 is 5',
    )
    expect(tuple.explain([0])).toBe('expected an Array of length 2, found an Array of length 1')
  })
})

test('prints the parts', () => {
  expect(tuple.toString()).toBe(
    "Tuple(Discrete(2), Dict('flag': Discrete(2), 'where': Box(-1.0, 1.0, (2,), float32)))",
  )
})

test('flattens choices one-hot and parts in order', () => {
  const where = Float32Array.of(0.25, -0.5)
  expect(flatten(dict, { where, flag: 1 })).toEqual(Float32Array.of(0, 1, 0.25, -0.5))
  expect(flatten(new Discrete(3, -1), 0)).toEqual(Float32Array.of(0, 1, 0))
  expect(flatten(new MultiDiscrete([2, 3]), Int32Array.of(1, 0))).toEqual(
    Float32Array.of(0, 1, 1, 0, 0),
  )
  expect(flatten(tuple, [0, { where, flag: 0 }])).toEqual(Float32Array.of(1, 0, 1, 0, 0.25, -0.5))
})

test('flatten refuses what is no member, saying why', () => {
  expect(() => flatten(new Discrete(2), 2)).toThrow('not in Discrete(2): expected an integer')
})
