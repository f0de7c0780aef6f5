import { describe, expect, test } from 'vitest'
import { importanceWeights, power, stratifiedMass, SumTree } from '../../src/buffers/index.ts'
import { fc } from '../helpers/properties.ts'

/** The first index whose cumulative sum exceeds the mass. */
function linearScan(priorities: readonly number[], mass: number): number {
  let sum = 0
  return priorities.findIndex((p) => (sum += p) > mass)
}

describe('a sum tree', () => {
  // Multiples of 1/8: sums are exact in any order, so that equality is asked for.
  const priority = fc.nat(64).map((n) => n / 8)
  const changes = fc.array(fc.tuple(fc.nat(30), priority), { minLength: 1, maxLength: 80 })

  test('finds what a linear scan finds, through changes of any order', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 31 }),
        changes,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (capacity, changes, u) => {
          const tree = new SumTree(capacity)
          const list = new Array<number>(capacity).fill(0)
          for (const [at, priority] of changes) {
            tree.set(at % capacity, priority)
            list[at % capacity] = priority
            const total = list.reduce((sum, p) => sum + p, 0)
            expect(tree.total).toBe(total)
            if (total > 0) expect(tree.find(u * total)).toBe(linearScan(list, u * total))
          }
          expect(list.map((_, i) => tree.get(i))).toEqual(list)
        },
      ),
    )
  })

  test('a mass on an edge belongs to the next leaf, and leaves of priority 0 are passed over', () => {
    const tree = new SumTree(5)
    for (const [i, p] of [0, 2, 0, 1, 0].entries()) tree.set(i, p)
    expect([0, 1.5, 2, 2.5].map((mass) => tree.find(mass))).toEqual([1, 1, 3, 3])
  })

  test('a mass that rounding pushed to the total still finds the last positive leaf', () => {
    const tree = new SumTree(3)
    tree.set(0, 0.1)
    tree.set(1, 0.2)
    expect([tree.find(tree.total), tree.find(1)]).toEqual([1, 1])
  })

  test('never draws a leaf of priority 0, whatever the numbers', () => {
    const anyPriority = fc.oneof(fc.constant(0), fc.double({ min: 1e-12, max: 1e12, noNaN: true }))
    fc.assert(
      fc.property(
        fc.array(anyPriority, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 9 }),
        (priorities, count) => {
          const tree = new SumTree(priorities.length)
          for (const [i, p] of priorities.entries()) tree.set(i, p)
          fc.pre(tree.total > 0)
          for (let k = 0; k < count; k++) {
            const mass = stratifiedMass(k, 1 - 2 ** -53, count, tree.total)
            expect(priorities[tree.find(mass)]).toBeGreaterThan(0)
          }
        },
      ),
    )
  })

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('refuses a priority of %s', (priority) => {
    expect(() => new SumTree(2).set(0, priority)).toThrow(/priority is .*finite/)
  })

  test('takes 16 bytes for each leaf of the next power of two', () => {
    expect([1, 5, 8].map((capacity) => SumTree.estimateBytes(capacity))).toEqual([16, 128, 128])
  })
})

describe('importance weights', () => {
  test('undo the bias and are divided by the largest of the batch', () => {
    // N P = 0.5, 1, 2 → with β = 1: 2, 1, 0.5
    const weights = importanceWeights(Float64Array.of(0.125, 0.25, 0.5), 4, 1, new Float64Array(3))
    expect(Array.from(weights, (w) => Number(w.toFixed(12)))).toEqual([1, 0.5, 0.25])
  })

  test('are 1 where nothing is corrected', () => {
    const weights = importanceWeights(Float64Array.of(0.1, 0.7), 4, 0, new Float64Array(2))
    expect([...weights]).toEqual([1, 1])
  })

  test('powers are those of Math up to rounding', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-9, max: 1e6, noNaN: true }),
        fc.double({ min: -1, max: 1, noNaN: true }),
        (x, y) => {
          expect(power(x, y) / x ** y).toBeCloseTo(1, 12)
        },
      ),
    )
  })
})
