import stdlibLn from '@stdlib/math-base-special-ln'
import { Rng } from 'gymnasium-js'
import { expect, test } from 'vitest'
import { ln } from '../../envs/src/logarithm.ts'
import { fc } from '../helpers/properties.ts'

const expectSameBits = (x: number) => {
  if (!Object.is(ln(x), stdlibLn(x))) expect.fail(`ln(${x}) is ${ln(x)}, not ${stdlibLn(x)}`)
}

test('the logarithm is that of stdlib, bit for bit', () => {
  fc.assert(fc.property(fc.double(), expectSameBits), { numRuns: 3000 })
  const rng = new Rng(1)
  for (let i = 0; i < 300_000; i++) expectSameBits(rng.random())
  for (let i = 0; i < 20_000; i++) expectSameBits(rng.uniform(0, 1e6))
  for (let i = 0; i < 20_000; i++) expectSameBits(2 ** rng.uniform(-1074, 1023))
})

test('near 1, and where mantissas change sides, too', () => {
  const rng = new Rng(2)
  for (const centre of [1, Math.SQRT2, Math.SQRT1_2, 2, 1.37, 0.6953125]) {
    for (let i = 0; i < 5000; i++) {
      const distance = 2 ** -rng.uniform(1, 53)
      expectSameBits(centre + distance)
      expectSameBits(Math.abs(centre - distance))
    }
  }
})

test.each([0, -0, 1, -1, NaN, Infinity, -Infinity, 5e-324, 2 ** -1022, 0.5, 4, Number.MAX_VALUE])(
  'at %d too',
  expectSameBits,
)

test('known values', () => {
  expect(ln(Math.E)).toBeCloseTo(1, 15)
  expect(ln(8)).toBeCloseTo(3 * Math.LN2, 15)
  expect([ln(1), ln(0), ln(-1)]).toEqual([0, -Infinity, NaN])
})
