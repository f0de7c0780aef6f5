import { Discrete, MultiBinary, MultiDiscrete, Rng } from 'gymnasium-js'
import { expect, test } from 'vitest'

test('a Discrete samples all of its values from start on', () => {
  const rng = new Rng(1)
  const space = new Discrete(3, -1)
  const seen = new Set(Array.from({ length: 100 }, () => space.sample(rng)))
  expect([...seen].sort((a, b) => a - b)).toEqual([-1, 0, 1])
})

test('a Discrete says what it expected', () => {
  expect(new Discrete(3, -1).explain(2)).toBe('expected an integer from -1 to 1, found 2')
  expect(new Discrete(3).explain(0.5)).toBe('expected an integer from 0 to 2, found 0.5')
})

test('a MultiDiscrete and a MultiBinary name the element that is outside', () => {
  expect(new MultiDiscrete([3, 2]).explain(Int32Array.of(2, 2))).toBe(
    'element 1 is 2; expected an integer from 0 to 1',
  )
  expect(new MultiBinary(2).explain(Uint8Array.of(1, 2))).toBe('element 1 is 2; expected 0 or 1')
})

test.each([
  [() => new Discrete(0), 'n is 0; pass an integer >= 1'],
  [() => new Discrete(2, 0.5), 'start is 0.5'],
  [() => new MultiDiscrete([2, 0]), 'nvec is [2, 0]'],
  [() => new MultiDiscrete([]), 'nvec is empty'],
  [() => new MultiBinary(0), 'n is [0]'],
])('refuses %s', (build, message) => {
  expect(build).toThrow(message)
})

test.each([
  [new Discrete(2), 'Discrete(2)'],
  [new Discrete(3, -1), 'Discrete(3, start=-1)'],
  [new MultiDiscrete([3, 2]), 'MultiDiscrete([3 2])'],
  [new MultiBinary(4), 'MultiBinary(4)'],
  [new MultiBinary([2, 3]), 'MultiBinary((2, 3))'],
])('prints %s', (space, text) => {
  expect(space.toString()).toBe(text)
})
