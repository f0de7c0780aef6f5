/**
 * Options: one zod schema per agent serves the constructor, preset files and the command line. An error names the
 * option, its value and what would do; unknown names are refused with the nearest known one.
 */
import { closest } from 'fastest-levenshtein'
import * as z from 'zod'

/** "unknown <kind> "x"; did you mean "y"?" followed by what there is. */
export function unknownName(kind: string, name: string, known: readonly string[]): string {
  const nearest = known.length > 0 ? `; did you mean "${closest(name, [...known])}"?` : ''
  return `unknown ${kind} "${name}"${nearest} (known: ${known.join(', ')})`
}

/**
 * Validates options and fills in defaults.
 *
 * @throws TypeError for an unknown option, naming the nearest; RangeError for a value that does not do
 */
export function parseOptions<T extends z.ZodObject>(schema: T, options: unknown): z.output<T> {
  if (hasPrototypeKey(options))
    throw new TypeError(unknownName('option', '__proto__', Object.keys(schema.shape)))
  const result = schema.safeParse(options)
  if (result.success) return result.data
  const issue = deepest(result.error.issues[0]!, options)
  const value = valueAt(options, issue.path)
  const unknown = unknownKey(schema, issue, options)
  if (unknown) throw unknown
  const path = issue.path.map(String)
  const description = path[0] === undefined ? undefined : describeOption(schema, path[0])
  throw new RangeError(
    `${path.join('.')} is ${valueText(value)}: ${lowerFirst(issue.message)}` +
      nearestValue(issue, value) +
      (description === undefined ? '' : ` (${path[0]!}: ${description})`),
  )
}

/** Whether there is a key `__proto__` in something that came from a file: schemas do not see it, and nobody means it. */
export function hasPrototypeKey(value: unknown, seen = new Set<object>()): boolean {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false
  if (seen.has(value)) return false // of a program, which may have cycles
  seen.add(value)
  const isWithin = (item: unknown) => hasPrototypeKey(item, seen)
  return Object.hasOwn(value, '__proto__') || Object.values(value).some(isWithin)
}

/** The description of an option, for messages and tables. */
export function describeOption(schema: z.ZodObject, name: string): string | undefined {
  let option: unknown = schema.shape[name]
  while (option instanceof z.ZodType && option.description === undefined && 'unwrap' in option) {
    option = (option as z.ZodDefault).unwrap() // a default or optional does not carry its inner description
  }
  return option instanceof z.ZodType ? option.description : undefined
}

/** What an option is unless told; undefined if it is then not set. */
export function defaultOf(schema: z.ZodObject, name: string): unknown {
  const option: unknown = schema.shape[name]
  return option instanceof z.ZodType ? option.safeParse(undefined).data : undefined
}

/** Of a union, the issue of the branch that got furthest, or that lists names: more telling than "invalid input". */
function deepest(issue: z.core.$ZodIssue, options: unknown): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union') return issue
  const branches = issue.errors.flatMap((errors) => errors.slice(0, 1))
  const isText = typeof valueAt(options, issue.path) === 'string'
  const depth = (branch: z.core.$ZodIssue) =>
    branch.path.length +
    (branch.code === 'unrecognized_keys' || (branch.code === 'invalid_value' && isText) ? 0.5 : 0)
  const furthest = branches.sort((a, b) => depth(b) - depth(a))[0]
  if (!furthest || depth(furthest) === 0) return issue
  return deepest({ ...furthest, path: [...issue.path, ...furthest.path] }, options)
}

/** The error for a key that the object it stands in does not know: at the top, or within an option's value. */
function unknownKey(
  schema: z.ZodObject,
  issue: z.core.$ZodIssue,
  options: unknown,
): TypeError | undefined {
  // A record without the key that tells the branches of a union apart may still have a key that no branch knows.
  const isBranchless = issue.code === 'invalid_union' && issue.discriminator !== undefined
  if (issue.code !== 'unrecognized_keys' && !isBranchless) return undefined
  const path = isBranchless ? issue.path.slice(0, -1) : issue.path
  const known = new Set(
    objectsAt(schema, path, options).flatMap((object) => Object.keys(object.shape)),
  )
  const value = valueAt(options, path)
  const key = Object.keys(value as object).find((name) => !known.has(name))
  if (key === undefined) return undefined
  const dotted = (name: string) => [...path, name].join('.')
  return new TypeError(unknownName('option', dotted(key), [...known].map(dotted)))
}

/** The object schemas that may be meant by what stands at a path of the options. */
function objectsAt(schema: unknown, path: readonly PropertyKey[], value: unknown): z.ZodObject[] {
  const [key, ...rest] = path
  if (schema instanceof z.ZodObject) {
    if (key === undefined) return [schema]
    return objectsAt(schema.shape[String(key)], rest, valueAt(value, [key]))
  }
  if (schema instanceof z.ZodArray)
    return key === undefined ? [] : objectsAt(schema.element, rest, valueAt(value, [key]))
  if (schema instanceof z.ZodDiscriminatedUnion) {
    const { discriminator, options } = schema.def
    const branches = options.flatMap((option) => objectsAt(option, path, value))
    const name = valueAt(value, [discriminator])
    const meant = branches.filter(
      (branch) => z.safeParse(branch.shape[discriminator], name).success,
    )
    return path.length === 0 && meant.length > 0 ? meant : branches
  }
  if (schema instanceof z.ZodUnion)
    return schema.options.flatMap((option) => objectsAt(option, path, value))
  if (schema instanceof z.ZodPipe) return objectsAt(schema.in, path, value)
  if (schema instanceof z.ZodType && 'unwrap' in schema)
    return objectsAt((schema as z.ZodDefault).unwrap(), path, value)
  return []
}

/** `; did you mean "weight"?` where one of some names was expected. */
function nearestValue(issue: z.core.$ZodIssue, value: unknown): string {
  // zod lists the names that tell the branches of a union apart, but does not declare it.
  const names =
    issue.code === 'invalid_value'
      ? issue.values
      : issue.code === 'invalid_union'
        ? (issue as { options?: readonly unknown[] }).options
        : undefined
  const texts = (names ?? []).filter((name) => typeof name === 'string')
  if (typeof value !== 'string' || texts.length === 0) return ''
  return `; did you mean "${closest(value, texts)}"?`
}

function valueAt(options: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) =>
      typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined,
    options,
  )
}

/** As JSON, but for what JSON shows as null, not at all, or refuses. */
export function valueText(value: unknown): string {
  if (typeof value === 'number') return String(value)
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return 'a function'
  if (value instanceof Promise) return 'a promise'
  try {
    const text = JSON.stringify(value, (_, item: unknown) =>
      (typeof item === 'number' && !Number.isFinite(item)) || typeof item === 'bigint'
        ? valueText(item)
        : item,
    ) as string | undefined
    return text ?? String(value)
  } catch {
    return 'an object that JSON cannot show' // a cycle, or a getter that throws
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
