/**
 * Reading and comparing the recorded numbers of layers, optimizers and algorithm equations. Format and comparison
 * rule: the README beside the data's source; in short |got − want| ≤ tol · max(|want|, mean |want| of the array),
 * where the mean of an all-zero array counts as 1.
 */

import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { GOLDEN_DIR, load } from './golden.ts'

const number = z
  .union([z.number(), z.null(), z.boolean()])
  .transform((value) => (value === null ? Number.NaN : Number(value)))
const shape = z.array(z.number())

const tensorSchema = z.union([
  number.transform((value) => tensorOf([], [value])),
  z.array(number).transform((values) => tensorOf([values.length], values)),
  z
    .array(z.array(number))
    .transform((rows) => tensorOf([rows.length, rows[0]!.length], rows.flat())),
  z
    .strictObject({ shape, data: z.array(number) })
    .transform(({ shape, data }) => tensorOf(shape, data)),
  z.strictObject({ shape, ones: z.array(z.number()) }).transform(({ shape, ones }) => {
    const tensor = tensorOf(shape, new Float64Array(shape.reduce((a, b) => a * b, 1)))
    for (const at of ones) tensor.data[at] = 1
    return tensor
  }),
])

/** A recorded array, in double precision. */
export interface GoldenTensor {
  readonly shape: readonly number[]
  readonly data: Float64Array
}

const caseSchema = z.strictObject({
  name: z.string(),
  kind: z.string(),
  hyper: z.record(z.string(), z.unknown()).default({}),
  in: z.record(z.string(), z.unknown()),
  out: z.record(z.string(), z.unknown()),
  tol: z.record(z.string(), z.number()).optional(),
})

const fileSchema = z.object({
  meta: z.object({
    tol_float32: z.record(z.string(), z.record(z.string(), z.number())),
    tol_float64: z.number(),
  }),
  cases: z.array(caseSchema),
})

function tensorOf(shape: readonly number[], values: Iterable<number>): GoldenTensor {
  return { shape, data: Float64Array.from(values) }
}

/** Anything that holds arrays: what was recorded, or what our code made of the same inputs. */
export type Tree = number | ArrayLike<number> | readonly Tree[] | { readonly [key: string]: Tree }

/** One recorded case: its inputs, and comparison of what our code makes of them with its outputs. */
export class GoldenCase {
  readonly name: string
  readonly #raw: z.output<typeof caseSchema>
  readonly #tol32: Readonly<Record<string, number>>
  readonly #tol64: number
  readonly #compared = new Set<string>()

  constructor(raw: z.output<typeof caseSchema>, meta: z.output<typeof fileSchema>['meta']) {
    this.name = raw.name
    this.#raw = raw
    this.#tol32 = { ...meta.tol_float32[raw.kind], ...raw.tol }
    this.#tol64 = meta.tol_float64
  }

  /** The hyperparameters, checked against what the test expects of them. */
  hyper<T extends z.ZodType>(schema: T): z.output<T> {
    return schema.parse(this.#raw.hyper)
  }

  has(input: string): boolean {
    return input in this.#raw.in
  }

  input(name: string): GoldenTensor {
    return tensorSchema.parse(this.#raw.in[name])
  }

  /** An input that holds several arrays. */
  inputs<T extends z.ZodType>(name: string, schema: T): z.output<T> {
    return schema.parse(this.#raw.in[name])
  }

  /** Compares with the tolerances of float32 code. */
  check(got: Readonly<Record<string, Tree>>): void {
    for (const [field, value] of Object.entries(got)) {
      const tolerance = this.#tol32[field]
      if (tolerance === undefined) expect.fail(`no tolerance is recorded for ${field}`)
      this.#compare(field, value, tolerance)
    }
  }

  /** Compares with the tolerance of code in double precision on the host. */
  checkDouble(got: Readonly<Record<string, Tree>>): void {
    for (const [field, value] of Object.entries(got)) this.#compare(field, value, this.#tol64)
  }

  /** Fails if a recorded output was not compared. */
  expectComplete(): void {
    expect([...this.#compared].sort()).toEqual(Object.keys(this.#raw.out).sort())
  }

  #compare(field: string, got: Tree, tolerance: number): void {
    this.#compared.add(field)
    compareTrees(got, this.#raw.out[field], tolerance, field)
  }
}

/** A recorded array as a schema, for `GoldenCase.inputs`. */
export const golden = tensorSchema

/**
 * Defines one test per recorded case of a file under golden/nn; a missing file is skipped by name, and so are kinds
 * that wait for a later issue.
 *
 * @param replay what to do with a case, by its kind
 * @param notYet the kinds that nothing replays yet
 */
export function describeCases(
  file: string,
  replay: Readonly<Record<string, (golden: GoldenCase) => void>>,
  notYet: readonly string[] = [],
): void {
  const data = load(`nn/${file}`)
  describe(file, () => {
    if (data === undefined) {
      test.skip(`no nn/${file} in ${GOLDEN_DIR}`)
      return
    }
    const { meta, cases } = fileSchema.parse(data)
    for (const kind of new Set(cases.map((one) => one.kind))) {
      if (!(kind in replay) && notYet.includes(kind)) test.todo(`${kind}: not yet`)
    }
    const now = cases.filter(({ kind }) => kind in replay || !notYet.includes(kind))
    test.each(now.map((one) => [one.kind, one.name, one] as const))('%s: %s', (kind, _, raw) => {
      const run = replay[kind]
      if (!run) expect.fail(`nothing replays cases of kind "${kind}"`)
      const golden = new GoldenCase(raw, meta)
      run(golden)
      golden.expectComplete()
    })
  })
}

function compareTrees(got: Tree, want: unknown, tolerance: number, path: string): void {
  const array = tensorSchema.safeParse(want)
  if (array.success) {
    compareArrays(flat(got, path), array.data.data, tolerance, path)
    return
  }
  if (typeof want !== 'object' || want === null || typeof got !== 'object') {
    expect.fail(`${path} is not laid out as recorded`)
  }
  const [ours, theirs] = [Object.entries(got), Object.entries(want)]
  expect(ours.map(([key]) => key).sort(), path).toEqual(theirs.map(([key]) => key).sort())
  const gotByKey = new Map<string, Tree>(ours)
  for (const [key, value] of theirs) {
    compareTrees(gotByKey.get(key)!, value, tolerance, `${path}.${key}`)
  }
}

function flat(got: Tree, path: string): ArrayLike<number> {
  if (typeof got === 'number') return [got]
  if (ArrayBuffer.isView(got) || Array.isArray(got)) return got as unknown as ArrayLike<number>
  return expect.fail(`${path} should be an array of numbers`)
}

function compareArrays(
  got: ArrayLike<number>,
  want: Float64Array,
  tolerance: number,
  path: string,
): void {
  expect(got.length, `${path}: length`).toBe(want.length)
  const mean = want.reduce((sum, value) => sum + Math.abs(value), 0) / want.length || 1
  for (const [i, value] of want.entries()) {
    const difference = Math.abs(got[i]! - value)
    if (difference <= tolerance * Math.max(Math.abs(value), mean) || Object.is(got[i], value))
      continue
    expect.fail(`${path}[${i}] is ${got[i]!}, recorded ${value} (tolerance ${tolerance})`)
  }
}
