import stdlibCos from '@stdlib/math-base-special-cos'
import stdlibSin from '@stdlib/math-base-special-sin'
import { Rng } from 'gymnasium-js'
import { expect, test } from 'vitest'
import { fc } from '../helpers/properties.ts'
import { cos, sin } from '../../envs/src/trig.ts'

const expectSameBits = (x: number) => {
  if (!Object.is(sin(x), stdlibSin(x))) expect.fail(`sin(${x}) is ${sin(x)}, not ${stdlibSin(x)}`)
  if (!Object.is(cos(x), stdlibCos(x))) expect.fail(`cos(${x}) is ${cos(x)}, not ${stdlibCos(x)}`)
}

test('sine and cosine are those of stdlib, bit for bit', () => {
  fc.assert(fc.property(fc.double(), expectSameBits), { numRuns: 3000 })
  const rng = new Rng(1)
  for (let i = 0; i < 200_000; i++) expectSameBits(rng.uniform(-8, 8))
  for (let i = 0; i < 20_000; i++) expectSameBits(rng.uniform(-1, 1))
  for (let i = 0; i < 1000; i++) expectSameBits(2 ** -rng.uniform(1, 60))
})

test('where the nearest multiple of π/2 changes, and near it, too', () => {
  const rng = new Rng(2)
  for (let eighths = -20; eighths <= 20; eighths++) {
    for (let i = 0; i < 2000; i++) {
      const distance = 2 ** -rng.uniform(1, 54)
      expectSameBits((eighths * Math.PI) / 4 + distance)
      expectSameBits((eighths * Math.PI) / 4 - distance)
    }
  }
})

test.each([0, -0, Math.PI / 4, -Math.PI / 4, 0.7853981633974484, NaN, Infinity, 5e-324])(
  'at %d too',
  expectSameBits,
)

test('known values', () => {
  expect(sin(Math.PI / 6)).toBeCloseTo(0.5, 15)
  expect(cos(Math.PI / 4)).toBeCloseTo(Math.SQRT1_2, 15)
  expect([sin(0), cos(0)]).toEqual([0, 1])
})
