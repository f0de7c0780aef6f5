/**
 * Options: one zod schema per agent serves the constructor, preset files and the command line. An error names the
 * option, its value and what would do; unknown names are refused with the nearest known one.
 */
import { closest } from 'fastest-levenshtein'
import { z } from 'zod'

/** A bad option, preset key or argument: the user's to mend. The command line exits with 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

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
  const result = schema.safeParse(options)
  if (result.success) return result.data
  const issue = deepest(result.error.issues[0]!)
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(schema.shape)
    throw new TypeError(unknownName('option', [...issue.path, issue.keys[0]!].join('.'), known))
  }
  const path = issue.path.map(String)
  const value = path.reduce<unknown>(
    (at, key) => (at as Record<string, unknown> | undefined)?.[key],
    options,
  )
  const description = path[0] === undefined ? undefined : describeOption(schema, path[0])
  throw new RangeError(
    `${path.join('.')} is ${JSON.stringify(value)}: ${lowerFirst(issue.message)}` +
      (description === undefined ? '' : ` (${path[0]!}: ${description})`),
  )
}

/** The description of an option, for messages and tables. */
export function describeOption(schema: z.ZodObject, name: string): string | undefined {
  let option: unknown = schema.shape[name]
  while (option instanceof z.ZodType && option.description === undefined && 'unwrap' in option) {
    option = (option as z.ZodDefault).unwrap() // a default or optional does not carry its inner description
  }
  return option instanceof z.ZodType ? option.description : undefined
}

/** Of a union, the issue of the branch that got furthest, or that lists names: more telling than "invalid input". */
function deepest(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union') return issue
  const branches = issue.errors.flatMap((errors) => errors.slice(0, 1))
  const depth = (branch: z.core.$ZodIssue) =>
    branch.path.length + (branch.code === 'invalid_value' ? 0.5 : 0)
  const furthest = branches.sort((a, b) => depth(b) - depth(a))[0]
  if (!furthest || depth(furthest) === 0) return issue
  return deepest({ ...furthest, path: [...issue.path, ...furthest.path] })
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
