/** Recorded spaces, and comparing ours with them. */

import type { Space } from 'gymnasium-js'
import { expect } from 'vitest'
import * as z from 'zod'
import { OBS_TOLERANCE, expectClose, real, reals } from './golden.ts'

const bounded = z.union([z.boolean(), z.array(z.boolean())]).optional()
export const boxSchema = z.object({
  type: z.literal('Box'),
  shape: z.array(z.number()),
  dtype: z.string(),
  low: z.union([real, reals]),
  high: z.union([real, reals]),
  bounded_below: bounded,
  bounded_above: bounded,
})
const discreteSchema = z.object({ type: z.literal('Discrete'), n: z.number(), start: z.number() })
const tupleSchema = z.object({ type: z.literal('Tuple'), spaces: z.array(discreteSchema) })
export const spaceSchema = z.union([boxSchema, discreteSchema, tupleSchema])

export function expectSpace(space: Space, want: z.infer<typeof spaceSchema>): void {
  if (want.type === 'Discrete') {
    expect(space.toJSON()).toEqual({ kind: 'discrete', n: want.n, start: want.start })
  } else if (want.type === 'Tuple') {
    if (space.kind !== 'tuple') expect.fail(`${space.toString()} is no Tuple`)
    expect(space.spaces.length).toBe(want.spaces.length)
    for (const [i, part] of want.spaces.entries()) expectSpace(space.spaces[i]!, part)
  } else {
    expectBox(space, want)
  }
}

function expectBox(space: Space, want: z.infer<typeof boxSchema>): void {
  if (space.kind !== 'box') expect.fail(`${space.toString()} is no Box`)
  expect([space.shape, space.dtype]).toEqual([want.shape, want.dtype])
  expectBound(space.low, want.low, want.bounded_below)
  expectBound(space.high, want.high, want.bounded_above)
}

function expectBound(
  got: ArrayLike<number>,
  want: number | readonly number[],
  bounded: boolean | readonly boolean[] | undefined,
): void {
  const wanted = typeof want === 'number' ? Array.from(got, () => want) : want
  expectClose(got, wanted, OBS_TOLERANCE, 'bound')
  if (bounded === undefined) return
  const finite = Array.from(got, Number.isFinite)
  expect(finite).toEqual(typeof bounded === 'boolean' ? finite.map(() => bounded) : bounded)
}
