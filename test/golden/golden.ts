/**
 * Recorded reference data: where it lies, how it is read, how numbers are compared. `GOLDEN_DIR`
 * points the same tests at another folder of the same layout.
 */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'

export const GOLDEN_DIR =
  process.env['GOLDEN_DIR'] ?? fileURLToPath(new URL('./data', import.meta.url))

/** Tolerance of float32 observations, after `Math.fround`. */
export const OBS_TOLERANCE = 1.2e-7

/** A number, or an infinity in the spelling of the data. */
export const real = z.union([
  z.number(),
  z.literal('inf').transform(() => Infinity),
  z.literal('-inf').transform(() => -Infinity),
])
export const reals = z.array(real)

/** The parsed JSON of a file (path inside the golden folder); undefined when there is none. */
export function load(file: string): unknown {
  const path = join(GOLDEN_DIR, file)
  if (!existsSync(path)) return undefined
  const parsed: unknown = JSON.parse(readFileSync(path, 'utf8'))
  return parsed
}

/** Defines tests over a file's data; a missing file becomes one skipped test that names it. */
export function describeGolden<S extends z.ZodType>(
  file: string,
  schema: S,
  define: (data: z.infer<S>) => void,
): void {
  const data = load(file)
  describe(file, () => {
    if (data === undefined) test.skip(`no ${file} in ${GOLDEN_DIR}`)
    else define(schema.parse(data))
  })
}

/** |got - want| <= tolerance * max(1, |want|); equal infinities are close. */
export function isClose(got: number, want: number, tolerance: number): boolean {
  return got === want || Math.abs(got - want) <= tolerance * Math.max(1, Math.abs(want))
}

/** Compares element by element and names the first one that is off. */
export function expectClose(
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  tolerance: number,
  what = 'array',
): void {
  expect(got.length, `${what}: length`).toBe(want.length)
  for (let i = 0; i < want.length; i++) {
    const [a, b] = [got[i]!, want[i]!]
    if (!isClose(a, b, tolerance)) {
      expect.fail(`${what}[${i}] is ${a}, recorded ${b} (tolerance ${tolerance})`)
    }
  }
}

/** Compares float32 observations: the recorded decimals are rounded to float32 first. */
export function expectObs(got: unknown, want: readonly number[], what: string): void {
  if (!(got instanceof Float32Array)) expect.fail(`${what}: ${String(got)} is no Float32Array`)
  expectClose(got, Float32Array.from(want), OBS_TOLERANCE, what)
}
