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
])('describes %s', (value, text) => {
  expect(describeValue(value)).toBe(text)
})
