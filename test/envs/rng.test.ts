import { Rng } from 'gymnasium-js'
import alea from 'seedrandom/lib/alea.js'
import { describe, expect, test } from 'vitest'
import { fc } from '../helpers/properties.ts'
import { viaJson } from './via-json.ts'
import { restoreSource, saveSource } from '../../envs/src/rng.ts'

const seeds = fc.oneof(fc.nat(), fc.string())

function draws(rng: Rng, n = 5): number[] {
  return Array.from({ length: n }, () => rng.random())
}

function mean(n: number, draw: () => number): number {
  let sum = 0
  for (let i = 0; i < n; i++) sum += draw()
  return sum / n
}

describe('seeds', () => {
  test('the same seed gives the same numbers, another seed others', () => {
    expect(draws(new Rng(7))).toEqual(draws(new Rng(7)))
    expect(draws(new Rng('a'))).toEqual(draws(new Rng('a')))
    expect(draws(new Rng(7))).not.toEqual(draws(new Rng(8)))
  })

  test('the numbers of seed 1 are pinned: saved runs depend on them', () => {
    expect(draws(new Rng(1), 3)).toEqual([
      0.5260470956849501, 0.47771977624423734, 0.1658184207777541,
    ])
  })

  test.each([-1, 1.5, NaN, 2 ** 53])('%d is refused', (seed) => {
    expect(() => new Rng(seed)).toThrow(`seed is ${seed}; pass an integer`)
  })
})

describe('streams', () => {
  test('a stream does not depend on what its parent drew', () => {
    const parent = new Rng(3)
    const before = draws(parent.stream('eval'))
    draws(parent, 100)
    expect(draws(parent.stream('eval'))).toEqual(before)
    expect(parent.stream('eval').seed).toBe('3/eval')
  })

  test('streams of different names differ, and from their parent', () => {
    const parent = new Rng(3)
    expect(draws(parent.stream('a'))).not.toEqual(draws(parent.stream('b')))
    expect(draws(parent.stream('a'))).not.toEqual(draws(new Rng(3)))
  })
})

describe('state', () => {
  test('a generator goes on from its state, through JSON, after any mix of draws', () => {
    fc.assert(
      fc.property(seeds, fc.nat(20), (seed, n) => {
        const rng = new Rng(seed)
        for (let i = 0; i < n; i++) rng.normal()
        const copy = Rng.fromState(viaJson(rng.getState()))
        expect(copy.normal()).toBe(rng.normal())
        expect(draws(copy)).toEqual(draws(rng))
        expect(draws(copy.stream('x'))).toEqual(draws(rng.stream('x')))
      }),
    )
  })

  test('a torn state is refused by field', () => {
    expect(() => Rng.fromState({})).toThrow('state.seed')
    expect(() => Rng.fromState({ seed: 1, c: 1, s0: 0.5, s1: 'x', s2: 0 })).toThrow('state.s1')
    // Each would make draws that are NaN or lie outside of [0, 1).
    const state = new Rng(1).getState()
    for (const torn of [{ s0: 1e9 }, { s1: -1 }, { s2: 1 }, { c: -1 }, { c: 2_091_640 }]) {
      expect(() => Rng.fromState({ ...state, ...torn })).toThrow(`state.${Object.keys(torn)[0]!}`)
    }
  })

  test('an injected source is saved as null and kept on restoring', () => {
    const source = { random: () => 0.5, randInt: (lo: number) => lo }
    expect(saveSource(source)).toBeNull()
    expect(restoreSource(null, source)).toBe(source)
    expect(() => restoreSource(undefined, source)).toThrow('state.rng')
  })
})

describe('draws', () => {
  test('random is in [0, 1) and uses more than 32 bits', () => {
    const rng = new Rng(1)
    const values = draws(rng, 1000)
    expect(values.every((u) => u >= 0 && u < 1)).toBe(true)
    expect(values.some((u) => !Number.isInteger(u * 2 ** 32))).toBe(true)
  })

  test('randInt reaches both ends and nothing outside', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.integer({ min: -50, max: 50 }),
        fc.integer({ min: 1, max: 4 }),
        (s, lo, n) => {
          const rng = new Rng(s)
          const seen = new Set(Array.from({ length: 200 }, () => rng.randInt(lo, lo + n)))
          expect([...seen].sort((a, b) => a - b)).toEqual(
            Array.from({ length: n }, (_, i) => lo + i),
          )
        },
      ),
      { numRuns: 20 },
    )
  })

  test.each([
    [1, 1],
    [2, 1],
    [0.5, 3],
    [0, NaN],
  ])('randInt(%d, %d) is refused', (lo, hi) => {
    expect(() => new Rng(1).randInt(lo, hi)).toThrow('lo < hi')
  })

  test('moments are those of the distributions', () => {
    const rng = new Rng(11)
    const n = 40_000
    expect(mean(n, () => rng.uniform(2, 4))).toBeCloseTo(3, 1)
    expect(mean(n, () => rng.exponential())).toBeCloseTo(1, 1)
    expect(mean(n, () => rng.normal(5, 2))).toBeCloseTo(5, 1)
    expect(mean(n, () => rng.normal() ** 2)).toBeCloseTo(1, 1)
    expect(mean(n, () => rng.normal() ** 4) / 3).toBeCloseTo(1, 0)
  })

  test('neighbouring seeds start with unrelated numbers', () => {
    const first = Array.from({ length: 4000 }, (_, seed) => new Rng(seed).random() - 0.5)
    const products = first.slice(1).map((u, i) => u * first[i]!)
    const correlation = (products.reduce((a, b) => a + b) / products.length) * 12
    expect(Math.abs(correlation)).toBeLessThan(0.06) // 3.8 standard errors
  })

  test('permutation holds every index once, in every order', () => {
    const rng = new Rng(2)
    const orders = new Set(Array.from({ length: 300 }, () => rng.permutation(3).join('')))
    expect([...orders].sort()).toEqual(['012', '021', '102', '120', '201', '210'])
    expect(rng.permutation(0)).toEqual(new Int32Array(0))
    expect(() => rng.permutation(-1)).toThrow('n is -1')
  })
})

describe('categorical', () => {
  /** An Rng whose every u is the one given. */
  class FixedRng extends Rng {
    u = 0
    override random(): number {
      return this.u
    }
  }
  const rng = new FixedRng(0)
  const at = (u: number, probabilities: ArrayLike<number>) => {
    rng.u = u
    return rng.categorical(probabilities)
  }

  test('takes the first index whose cumulative sum exceeds u, strictly', () => {
    expect([0, 0.24, 0.25, 0.74, 0.75, 0.99].map((u) => at(u, [0.25, 0.5, 0.25]))).toEqual([
      0, 0, 1, 1, 2, 2,
    ])
    expect(at(0, [0, 1])).toBe(1)
  })

  test('takes the last index of positive probability where rounding leaves none', () => {
    expect(at(1 - 2 ** -53, Float32Array.of(0.3, 0.7 - 1e-4, 0))).toBe(1)
  })

  test.each([
    [[0.5, 0.3], 'sum to 0.8'],
    [[0, 0], 'sum to 0'],
    [[], 'sum to 0'],
    [[NaN, 1], 'probabilities[0] is NaN'],
    [[0.1, -1], 'probabilities[1] is -1'],
  ])('refuses %j', (probabilities, message) => {
    expect(() => at(0.9, probabilities)).toThrow(message)
  })
})

test('draws what seedrandom draws', () => {
  const rng = new Rng('any seed')
  const reference = alea('any seed', { state: true })
  for (let i = 0; i < 1000; i++) expect(rng.random()).toBe(reference.double())
  const { seed, ...registers } = rng.getState()
  expect([seed, registers]).toEqual(['any seed', reference.state()])
})
