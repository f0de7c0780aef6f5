/** The kinds of options that agents have: one line tells an option's range, default and meaning. */
import * as z from 'zod'
import { scheduleSchema } from './schedules.ts'

/** A whole number, from 1 on unless told. */
export const count = (byDefault: number, meaning: string, least = 1) =>
  z.int().min(least).default(byDefault).describe(meaning)

/** A number from 0 to 1. */
export const fraction = (byDefault: number, meaning: string) =>
  z.number().min(0).max(1).default(byDefault).describe(meaning)

/** A number above 0, and at most `most`. */
export const positive = (byDefault: number, meaning: string, most = Infinity) =>
  z.number().positive().max(most).default(byDefault).describe(meaning)

/** A number from 0 on. */
export const notNegative = (byDefault: number, meaning: string) =>
  z.number().min(0).default(byDefault).describe(meaning)

const FORMS = 'or a schedule: pieces [[progress, value], …], a function'

/** A number above 0, or a schedule that may go down to 0. */
export const scheduledPositive = (byDefault: number, meaning: string) =>
  scheduleSchema(z.number().positive(), z.number().min(0))
    .default(byDefault)
    .describe(`${meaning}; ${FORMS}`)

/** A number from 0 on, or a schedule of such. */
export const scheduledNotNegative = (byDefault: number, meaning: string) =>
  scheduleSchema(z.number().min(0), z.number().min(0))
    .default(byDefault)
    .describe(`${meaning}; ${FORMS}`)

/** A number above 0, or null, which is the default. */
export const positiveOrNone = (meaning: string) =>
  z.number().positive().nullable().default(null).describe(meaning)

export const anyNumber = (byDefault: number, meaning: string) =>
  z.number().default(byDefault).describe(meaning)

export const flag = (byDefault: boolean, meaning: string) =>
  z.boolean().default(byDefault).describe(meaning)

/** One of some names; the first unless told. */
export const choice = <const Names extends readonly [string, ...string[]]>(
  names: Names,
  meaning: string,
) =>
  z
    .enum(names as unknown as [Names[0], ...Names[number][]])
    .default(names[0] as never)
    .describe(meaning)
