import { describe, expect, test } from 'vitest'
import {
  bootstrapInterval,
  explainedVariance,
  interquartileMean,
  mean,
  percentile,
} from '../../src/training/statistics.ts'
import { fc } from '../helpers/properties.ts'

const score = fc.double({ min: -1000, max: 1000, noNaN: true })
const scores = fc.array(score, { minLength: 1, maxLength: 30 })

describe('interquartileMean', () => {
  test('cuts a quarter from either end, rounded down', () => {
    expect(interquartileMean([1000, 3, 1, 2, -1000])).toBe(2)
    expect(interquartileMean([8, 1, 4, 2, 3, 100, 6, -50])).toBe((2 + 3 + 4 + 6) / 4)
  })

  test('is the mean of fewer than four values, and of none NaN', () => {
    expect(interquartileMean([3, 30, 300])).toBe(111)
    expect(interquartileMean([])).toBeNaN()
  })

  test('is what is left when the least and the greatest are taken away one by one', () => {
    fc.assert(
      fc.property(scores, (values) => {
        const left = [...values]
        for (let k = 0; k < Math.floor(values.length / 4); k++) {
          left.splice(left.indexOf(Math.min(...left)), 1)
          left.splice(left.indexOf(Math.max(...left)), 1)
        }
        expect(interquartileMean(values)).toBeCloseTo(mean(left), 9)
      }),
    )
  })

  test('leaves its argument as it is', () => {
    const values = [3, 1, 2, 0]
    interquartileMean(values)
    expect(values).toEqual([3, 1, 2, 0])
  })
})

describe('percentile', () => {
  test('interpolates between neighbours', () => {
    expect(percentile([40, 10, 20], 0.5)).toBe(20)
    expect(percentile([10, 20], 0.25)).toBe(12.5)
    expect([0, 1].map((p) => percentile([5, 1, 9], p))).toEqual([1, 9])
  })

  test('refuses positions outside and no values', () => {
    expect(() => percentile([1], 1.1)).toThrow('p: 1.1 is not from 0 to 1')
    expect(() => percentile([1], Number.NaN)).toThrow('p: NaN')
    expect(() => percentile([], 0.5)).toThrow('values: there are none')
  })
})

describe('bootstrapInterval', () => {
  test('lies between the least and the greatest score, and around the middle resample', () => {
    fc.assert(
      fc.property(scores, fc.nat(1000), (values, seed) => {
        const { low, high, resampled } = bootstrapInterval(
          values.map((value) => [value]),
          { seed, resamples: 50 },
        )
        expect(low).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9)
        expect(high).toBeLessThanOrEqual(Math.max(...values) + 1e-9)
        const middle = percentile(resampled, 0.5)
        expect(low).toBeLessThanOrEqual(middle)
        expect(high).toBeGreaterThanOrEqual(middle)
      }),
    )
  })

  test('is the same for the same seed, and another for another', () => {
    const table = [[1], [5], [2], [8], [4], [7]]
    expect(bootstrapInterval(table, { seed: 1 })).toEqual(bootstrapInterval(table, { seed: 1 }))
    const other = bootstrapInterval(table, { seed: 2 }).resampled
    expect(other).not.toEqual(bootstrapInterval(table, { seed: 1 }).resampled)
  })

  test('draws the runs of each task by themselves', () => {
    // Task 0 scores 0 and task 1 scores 1 in every run: any resample of the strata has mean ½.
    const table = Array.from({ length: 6 }, () => [0, 1])
    expect(bootstrapInterval(table, { statistic: mean })).toMatchObject({ low: 0.5, high: 0.5 })
    // Were whole runs drawn, the sum of both tasks would be 1 in every resample.
    const opposed = [
      [0, 1],
      [1, 0],
    ]
    const sums = bootstrapInterval(opposed, { statistic: mean, resamples: 100 }).resampled
    expect(new Set(sums)).toEqual(new Set([0, 0.25, 0.5, 0.75, 1]))
  })

  test('has the width that the normal distribution gives of many runs', () => {
    const table = Array.from({ length: 100 }, (_, i) => [i])
    const { low, high } = bootstrapInterval(table, { statistic: mean })
    // 2 · 1.96 · √(variance / n), where the variance of 0…99 is (100² − 1) / 12.
    expect(high - low).toBeCloseTo(2 * 1.96 * Math.sqrt(9999 / 12 / 100), 0)
    expect((high + low) / 2).toBeCloseTo(49.5, 0)
  })

  test('is wider with more confidence', () => {
    const table = Array.from({ length: 20 }, (_, i) => [i])
    const narrow = bootstrapInterval(table, { confidence: 0.5 })
    const wide = bootstrapInterval(table, { confidence: 0.99 })
    expect(wide.low).toBeLessThan(narrow.low)
    expect(wide.high).toBeGreaterThan(narrow.high)
  })

  test('refuses tables with holes and options out of range', () => {
    expect(() => bootstrapInterval([])).toThrow('scores: there are none')
    expect(() => bootstrapInterval([[]])).toThrow('scores: there are none')
    expect(() => bootstrapInterval([[1, 2], [3]])).toThrow('run 1 has 1 tasks and run 0 has 2')
    expect(() => bootstrapInterval([[1]], { resamples: 0 })).toThrow('resamples: 0')
    expect(() => bootstrapInterval([[1]], { confidence: 1 })).toThrow('confidence: 1')
  })
})

describe('explainedVariance', () => {
  test('is 1 of a value function that is right up to a constant, and 0 of a constant', () => {
    expect(explainedVariance([1, 2, 3], [11, 12, 13])).toBe(1)
    expect(explainedVariance([7, 7, 7], [1, 2, 3])).toBe(0)
  })

  test('is worked out by hand', () => {
    // Residuals 1, 0, −1, 0 have variance ½; the returns 0, 2, 2, 4 have 2.
    expect(explainedVariance([-1, 2, 3, 4], [0, 2, 2, 4])).toBe(0.75)
  })

  test('is NaN where the returns do not vary', () => {
    expect(explainedVariance([1, 2], [3, 3])).toBeNaN()
  })

  test('refuses values that do not pair with returns', () => {
    expect(() => explainedVariance([1], [1, 2])).toThrow('values: 1 for 2 returns')
  })
})
