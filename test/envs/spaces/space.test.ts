/** What all spaces have in common, over one of each kind and nested ones. */

import {
  Box,
  Dict,
  Discrete,
  MultiBinary,
  MultiDiscrete,
  Rng,
  Tuple,
  flatdim,
  flatten,
} from 'gymnasium-js'
import { spaceFromJSON } from 'gymnasium-js'
import type { Space } from 'gymnasium-js'
import { describe, expect, test } from 'vitest'

const spaces: Record<string, Space> = {
  box: new Box({ low: -1, high: 1, shape: [2, 3] }),
  'half-bounded box': new Box({ low: [-1, -Infinity, 0], high: [Infinity, 2, 1] }),
  'unbounded box': new Box({ low: -Infinity, high: Infinity, shape: [4], dtype: 'float64' }),
  'scalar box': new Box({ low: 0, high: 1 }),
  'image box': new Box({ low: 0, high: 255, shape: [4, 4, 3], dtype: 'uint8' }),
  'integer box': new Box({ low: [-3, 0], high: [3, 0], dtype: 'int32' }),
  discrete: new Discrete(5, -2),
  'multi-discrete': new MultiDiscrete([3, 1, 4]),
  'multi-binary': new MultiBinary([2, 3]),
  dict: new Dict({ b: new Discrete(2), a: new Box({ low: 0, high: 1, shape: [2] }) }),
  tuple: new Tuple([new Discrete(3), new Dict({ x: new MultiBinary(2) })]),
}

describe.each(Object.entries(spaces))('%s', (_, space) => {
  test('contains its samples', () => {
    const rng = new Rng(1)
    for (let i = 0; i < 50; i++) expect(space.explain(space.sample(rng))).toBeUndefined()
  })

  test('samples the same after the same seed, and from a given generator', () => {
    const three = () => [space.sample(), space.sample(), space.sample()]
    space.seed(5)
    const first = three()
    space.seed(5)
    expect(three()).toEqual(first)
    expect(space.sample(new Rng('x'))).toEqual(space.sample(new Rng('x')))
  })

  test('is read back from JSON, infinities and all', () => {
    const copy = spaceFromJSON(JSON.parse(JSON.stringify(space)) as ReturnType<Space['toJSON']>)
    expect(copy.equals(space)).toBe(true)
    expect(copy.toString()).toBe(space.toString())
  })

  test('equals no other space', () => {
    const equal = Object.values(spaces).filter((other) => space.equals(other))
    expect(equal).toEqual([space])
  })

  test('refuses what is no member at all, in words', () => {
    for (const x of [undefined, null, 'x', NaN, [], {}, new Float32Array(99)]) {
      expect(space.contains(x)).toBe(false)
      expect(space.explain(x)).toMatch(/^expected .* found /)
    }
  })

  test('flattens to flatdim finite numbers', () => {
    const flat = flatten(space, space.sample(new Rng(2)))
    expect(flat.length).toBe(flatdim(space))
    expect(flat.every(Number.isFinite)).toBe(true)
  })
})

test('an unknown kind in JSON is refused', () => {
  const json = { kind: 'graph' } as unknown as ReturnType<Space['toJSON']>
  expect(() => spaceFromJSON(json)).toThrow('{"kind":"graph"} has no known kind')
})

/** As JavaScript lets them be called. */
const untyped: Record<string, new (...args: unknown[]) => unknown> = {
  ...{ Box, Dict, Tuple, MultiDiscrete, MultiBinary, Discrete },
} as never

test.each([
  ['Box', [-3, 3, [1]], 'Box: its argument is -3; pass one object, such as new Box({ low: -1, '],
  ['Box', [], 'Box: its argument is undefined; pass one object'],
  ['Box', [{ low: 0 }], 'Box: high is undefined; pass a number, or one per element'],
  ['Box', [{ low: '0', high: 1 }], "Box: low is '0'; pass a number"],
  ['Box', [{ low: 0, high: 1, shape: 4 }], 'Box: shape is 4; pass a list of integers >= 1, such as [4]'],
  ['Dict', [], 'Dict: its argument is undefined; pass { arm: new Discrete(2) }'],
  ['Dict', [[new Discrete(2)]], 'Dict: its argument is an Array of length 1; pass {'],
  ['Dict', [{ arm: 2 }], 'Dict: part arm is 2; pass a space: { arm: new Discrete(2) }'],
  ['Tuple', [new Discrete(2), new Discrete(3)], 'Tuple: its argument is an object with keys'],
  ['Tuple', [[new Discrete(2), null]], 'Tuple: part 1 is null; pass a space: [new Discrete(2)]'],
  ['MultiDiscrete', [3], 'MultiDiscrete: nvec is 3; pass a list of integers >= 1, such as [3]'],
  ['MultiBinary', ['3'], "MultiBinary: n is '3'; pass a list of integers >= 1"],
  ['Discrete', [{ n: 3 }], 'Discrete: n is'],
])('new %s(…%j) is refused by name', (kind, args, message) => {
  expect(() => new untyped[kind]!(...args)).toThrow(message)
}) // prettier-ignore
