/** Random spaces of every kind, nested, for property tests. */

import { Box, Dict, Discrete, MultiBinary, MultiDiscrete, Tuple } from 'gymnasium-js'
import type { DType, Space } from 'gymnasium-js'
import fc from 'fast-check'

const INTEGERS = {
  int8: [-128, 127],
  int16: [-32_768, 32_767],
  int32: [-2_147_483_648, 2_147_483_647],
  uint8: [0, 255],
  uint16: [0, 65_535],
  uint32: [0, 4_294_967_295],
} as const

const shape = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 })

/** Bounds of one element: open or closed, of any size that float32 holds, perhaps one point. */
const interval = fc
  .tuple(
    fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    fc.double({ min: 0, max: 1e6, noNaN: true }),
    fc.boolean(),
    fc.boolean(),
  )
  .map(([low, width, below, above]) => [below ? low : -Infinity, above ? low + width : Infinity])

const realBox = (dtype: 'float32' | 'float64') =>
  shape.chain((dims) => {
    const size = dims.reduce((product, n) => product * n, 1)
    return fc.array(interval, { minLength: size, maxLength: size }).map((bounds) => {
      const [low, high] = [0, 1].map((side) => bounds.map((pair) => pair[side]!))
      return new Box<DType>({ low: low!, high: high!, shape: dims, dtype })
    })
  })

const integerBox = fc
  .tuple(fc.constantFrom(...(Object.keys(INTEGERS) as (keyof typeof INTEGERS)[])), shape)
  .chain(([dtype, dims]) => {
    const [min, max] = INTEGERS[dtype]
    const bounds = fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }))
    return bounds.map(([a, b]) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)]
      return new Box<DType>({ low, high, shape: dims, dtype })
    })
  })

const count = fc.integer({ min: 1, max: 4 })
const key = fc.string({ minLength: 1, maxLength: 3 }).filter((name) => name !== '__proto__')

/** A space of any kind, at most three deep. */
export const anySpace: fc.Arbitrary<Space> = fc.letrec<{ space: Space }>((tie) => ({
  space: fc.oneof(
    { maxDepth: 3 },
    realBox('float32'),
    realBox('float64'),
    integerBox,
    fc.tuple(count, fc.integer({ min: -3, max: 3 })).map(([n, start]) => new Discrete(n, start)),
    fc.array(count, { minLength: 1, maxLength: 3 }).map((nvec) => new MultiDiscrete(nvec)),
    fc.array(count, { minLength: 1, maxLength: 2 }).map((dims) => new MultiBinary(dims)),
    fc.array(tie('space'), { maxLength: 3 }).map((parts) => new Tuple(parts)),
    fc.dictionary(key, tie('space'), { maxKeys: 3 }).map((parts) => new Dict(parts)),
  ),
})).space
