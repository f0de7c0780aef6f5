import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkFinite, checkFraction, checkInteger, clip } from '../../envs/src/numbers.ts'

test('clip gives the nearest number between the bounds, and keeps NaN', () => {
  expect([clip(-3, -1, 2), clip(0.5, -1, 2), clip(3, -1, 2)]).toEqual([-1, 0.5, 2])
  expect(clip(Infinity, 0, 7)).toBe(7)
  expect(clip(NaN, 0, 1)).toBeNaN()
  const bounds = fc.tuple(fc.integer(), fc.integer()).map((pair) => pair.sort((a, b) => a - b))
  fc.assert(
    fc.property(fc.integer(), bounds, (x, [low, high]) => {
      expect(clip(x, low, high)).toBe([x, low, high].sort((a, b) => a - b)[1])
    }),
  )
})

test.each([0, 1.5, NaN, Infinity, 2 ** 53, '1', undefined])('%s is no integer >= 1', (value) => {
  expect(() => checkInteger('Maze: size', value)).toThrow(RangeError)
  expect(() => checkInteger('Maze: size', value)).toThrow(
    /^Maze: size is .*; pass an integer >= 1$/,
  )
})

test('the least integer is the caller’s to say', () => {
  checkInteger('seed', 0, 0)
  checkInteger('size', 1)
  expect(() => checkInteger('size', 1, 2)).toThrow('size is 1; pass an integer >= 2')
})

test.each([-0.1, 1.1, NaN, '0.5', null])('%s is no fraction', (value) => {
  expect(() => checkFraction('p', value)).toThrow(RangeError)
  expect(() => checkFraction('p', value)).toThrow(/^p is .*; pass a number from 0 to 1$/)
})

test('fractions include 0 and 1, finite numbers exclude infinities and NaN', () => {
  for (const x of [0, 0.5, 1]) checkFraction('p', x)
  checkFinite('g', -9.8)
  for (const x of [Infinity, NaN, '1']) expect(() => checkFinite('g', x)).toThrow(RangeError)
})
