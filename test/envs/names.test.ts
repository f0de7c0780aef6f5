import { checkKwargs } from 'gymnasium-js'
import { expect, test } from 'vitest'
import { checkChoice, describe as describeValue, didYouMean } from '../../envs/src/names.ts'

test('names the nearest known name, whatever its case', () => {
  expect(didYouMean('cartpol', ['Pendulum', 'CartPole'])).toBe("did you mean 'CartPole'?")
  expect(didYouMean('x', [])).toBe('')
})

test('refuses unknown arguments by name', () => {
  expect(() => checkKwargs('Maze', { size: 3, sise: 4 }, ['size', 'walls'])).toThrow(
    "Maze: unknown argument 'sise'; did you mean 'size'? (known: size, walls)",
  )
  expect(() => checkKwargs('Maze', { size: 3 }, ['size'])).not.toThrow()
  expect(() => checkKwargs('Maze: reset options', { low: 0 }, [])).toThrow(
    /^Maze: reset options: unknown argument 'low'; it takes none$/,
  )
})

test('refuses a value outside the choices', () => {
  expect(() => checkChoice('mode', 'c', ['a', 'b', undefined])).toThrow(
    "mode is 'c'; pass one of 'a', 'b', undefined",
  )
})

test.each([
  [3, '3'],
  ['x', "'x'"],
  [null, 'null'],
  [[1, 2], 'an Array of length 2'],
  [new Float32Array(4), 'Float32Array(4)'],
  [{ a: 1, b: 2 }, 'an object with keys [a, b]'],
  [() => 1, 'a function'],
  [Promise.resolve(1), 'a promise'],
  [1n, '1n'],
  [-0, '-0'],
  [Number.NaN, 'NaN'],
  [Symbol('side'), 'Symbol(side)'],
  [undefined, 'undefined'],
  [Object.create(null), 'an object with keys []'],
  ['x'.repeat(1e6), `'${'x'.repeat(100)}…' of 1000000 characters`],
  [
    Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`k${i}`, i])),
    'an object with keys [k0, k1, k2, k3, k4, k5, k6, k7, k8, k9, k10, k11, … of 40]',
  ],
])('describes %s', (value, text) => {
  expect(describeValue(value)).toBe(text)
})
