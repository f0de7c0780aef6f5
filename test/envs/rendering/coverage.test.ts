import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Coverage, type Contour } from '../../../envs/src/rendering/coverage.ts'
import { rectangle } from '../../../envs/src/rendering/shapes.ts'

/** Coverage of every pixel, and how often each was visited. */
function cover(width: number, height: number, ...path: Contour[]): Float64Array {
  const covered = new Float64Array(width * height)
  new Coverage(width, height).visit(path, (index, coverage) => {
    expect(index).toBeGreaterThanOrEqual(0)
    expect(index).toBeLessThan(width * height)
    expect(covered[index]).toBe(0)
    covered[index] = coverage
  })
  return covered
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0)
}

/** Gauss's area formula. */
function areaOf(contour: Contour): number {
  let twice = 0
  for (let i = 0; i < contour.length; i += 2) {
    const j = (i + 2) % contour.length
    twice += contour[i]! * contour[j + 1]! - contour[j]! * contour[i + 1]!
  }
  return Math.abs(twice) / 2
}

/** A polygon that does not cross itself: corners around (10, 10), less than half a turn apart. */
const polygons = fc
  .array(
    fc.record({
      delay: fc.double({ min: 0, max: 0.45, noNaN: true }),
      radius: fc.double({ min: 0.1, max: 9.9, noNaN: true }),
    }),
    { minLength: 3, maxLength: 12 },
  )
  .map((corners) =>
    corners.flatMap(({ delay, radius }, i) => {
      const angle = ((i + delay) * 2 * Math.PI) / corners.length
      return [10 + radius * Math.cos(angle), 10 + radius * Math.sin(angle)]
    }),
  )
const anywhere = fc.array(fc.double({ min: -40, max: 60, noNaN: true }), {
  minLength: 6,
  maxLength: 12,
})

describe('coverage by hand', () => {
  test('a rectangle between pixels covers the share of each that it overlaps', () => {
    expect([...cover(3, 2, rectangle(0.25, 0.5, 1.25, 1))]).toEqual([
      0.375, 0.25, 0, 0.375, 0.25, 0,
    ])
  })

  test('a diagonal halves the pixels that it crosses', () => {
    expect([...cover(2, 2, [0, 0, 2, 0, 0, 2])]).toEqual([1, 0.5, 0.5, 0])
  })

  test('an edge that crosses four pixels of one row leaves an eighth more of each', () => {
    expect([...cover(4, 1, [0, 0, 4, 0, 4, 1])]).toEqual([0.125, 0.375, 0.625, 0.875])
  })

  test('does not depend on which way round the corners go', () => {
    expect([...cover(4, 1, [4, 1, 4, 0, 0, 0])]).toEqual([0.125, 0.375, 0.625, 0.875])
  })

  test('contours that turn alike count once where they overlap', () => {
    expect([...cover(3, 1, rectangle(0, 0, 2, 1), rectangle(1, 0, 2, 1))]).toEqual([1, 1, 1])
  })

  test('a contour that turns the other way is a hole', () => {
    const hole = [1, 1, 1, 2, 2, 2, 2, 1]
    expect([...cover(3, 3, rectangle(0, 0, 3, 3), hole)]).toEqual([1, 1, 1, 1, 0, 1, 1, 1, 1])
  })

  test('nothing is left from one shape to the next', () => {
    const coverage = new Coverage(4, 4)
    coverage.visit([[0.3, 0.2, 5, 1, 3.9, 3.7, -2, 3]], () => undefined)
    const visited: number[] = []
    coverage.visit([rectangle(1, 1, 1, 1)], (index, share) => visited.push(index, share))
    expect(visited).toEqual([5, 1])
  })
})

test('coverage sums to the area of the polygon', () => {
  fc.assert(
    fc.property(polygons, (polygon) => {
      expect(sum(cover(20, 20, polygon))).toBeCloseTo(areaOf(polygon), 6)
    }),
  )
})

test('what is cut off at the edge is what a larger picture shows there', () => {
  fc.assert(
    fc.property(anywhere, (numbers) => {
      const polygon = numbers.slice(0, numbers.length - (numbers.length % 2))
      const small = cover(20, 20, polygon)
      const large = cover(
        100,
        100,
        polygon.map((z) => z + 40),
      )
      for (let y = 0; y < 20; y++) {
        for (let x = 0; x < 20; x++) {
          expect(small[y * 20 + x]).toBeCloseTo(large[(y + 40) * 100 + x + 40]!, 6)
        }
      }
    }),
    { numRuns: 60 },
  )
})

test.each([
  ['left', rectangle(-9, 2, 8, 3)],
  ['right', rectangle(20, 2, 8, 3)],
  ['above', rectangle(2, -9, 3, 8)],
  ['below', rectangle(2, 20, 3, 8)],
])('a shape that lies wholly %s of the picture touches no pixel', (_, shape) => {
  expect(sum(cover(20, 20, shape))).toBe(0)
})
