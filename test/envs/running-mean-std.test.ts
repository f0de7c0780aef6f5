import fc from 'fast-check'
import { RunningMeanStd } from 'gymnasium-js/wrappers'
import { expect, test } from 'vitest'
import { viaJson } from './via-json.ts'

test('starts as mean 0, variance 1, count 1e-4', () => {
  const statistics = new RunningMeanStd(2)
  expect(statistics.getState()).toEqual({ mean: [0, 0], variance: [1, 1], count: 1e-4 })
})

test('merges a batch by hand', () => {
  const statistics = new RunningMeanStd(1)
  statistics.update([1, 3]) // mean 2, variance 1, count 2
  const total = 2.0001
  expect(statistics.mean[0]).toBeCloseTo((2 * 2) / total, 14)
  expect(statistics.variance[0]).toBeCloseTo((1e-4 + 2 + (4 * 1e-4 * 2) / total) / total, 14)
  expect(statistics.count).toBe(total)
})

const finite = fc.double({ min: -1e3, max: 1e3, noNaN: true })

/** Mean and variance in two passes over all rows, with the start values as 1e-4 of a row. */
function twoPass(
  rows: readonly (readonly number[])[],
  k: number,
): [mean: number, variance: number] {
  const column = rows.map((row) => row[k]!)
  const total = 1e-4 + column.length
  const mean = column.reduce((sum, x) => sum + x, 0) / total
  // The start value is one of mean 0 and variance 1.
  const squares = 1e-4 * (1 + mean * mean) + column.reduce((sum, x) => sum + (x - mean) ** 2, 0)
  return [mean, squares / total]
}

test('equals two passes over all rows, however they come in batches', () => {
  const row = fc.tuple(finite, finite)
  const batches = fc.array(fc.array(row, { maxLength: 6 }), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(batches, (given) => {
      const statistics = new RunningMeanStd(2)
      for (const batch of given) statistics.update(batch.flat())
      const rows = given.flat()
      fc.pre(rows.length > 0)
      for (const k of [0, 1]) {
        const [mean, variance] = twoPass(rows, k)
        expect(Math.abs(statistics.mean[k]! - mean)).toBeLessThanOrEqual(1e-10)
        expect(Math.abs(statistics.variance[k]! - variance)).toBeLessThanOrEqual(1e-7)
      }
    }),
  )
})

test('goes on bit for bit from a state that went through JSON', () => {
  const batch = fc.array(finite, { minLength: 1, maxLength: 8 })
  const dtype = fc.constantFrom('float32' as const, 'float64' as const)
  fc.assert(
    fc.property(batch, batch, dtype, (first, second, kind) => {
      const statistics = new RunningMeanStd(1, kind)
      statistics.update(kind === 'float32' ? Float32Array.from(first) : first)
      const copy = new RunningMeanStd(1, kind)
      copy.setState(viaJson(statistics.getState()))
      for (const each of [statistics, copy]) {
        each.update(kind === 'float32' ? Float32Array.from(second) : second)
      }
      expect(copy.getState()).toEqual(statistics.getState())
    }),
  )
})

test('float32 statistics are float32 numbers', () => {
  const statistics = new RunningMeanStd(1, 'float32')
  statistics.update(Float32Array.of(0.1, 0.7, 0.4))
  const { mean, variance } = statistics
  expect([mean[0], variance[0]]).toEqual([Math.fround(mean[0]!), Math.fround(variance[0]!)])
})

test('an empty batch changes nothing', () => {
  const statistics = new RunningMeanStd(3)
  statistics.update([])
  expect(statistics.getState()).toEqual(new RunningMeanStd(3).getState())
})

test.each([
  [[1, 2, 3], 'a batch of 3 numbers for vectors of 2; pass [B, 2]'],
  [[1, NaN], 'holds NaN in column 1'],
  [[1, 2, -Infinity, 3], 'holds -Infinity in column 0'],
  [[1, 1e200], 'numbers too large to square in column 1'],
])('refuses %j and keeps what it had', (batch, message) => {
  const statistics = new RunningMeanStd(2)
  statistics.update([5, 6])
  const before = statistics.getState()
  expect(() => {
    statistics.update(batch)
  }).toThrow(message)
  expect(statistics.getState()).toEqual(before)
})

test('refuses states of another size', () => {
  const state = new RunningMeanStd(2).getState()
  expect(() => {
    new RunningMeanStd(3).setState(state)
  }).toThrow('state.mean: expected an array of 3 finite numbers')
  expect(() => new RunningMeanStd(0)).toThrow('size is 0; pass an integer >= 1')
})
