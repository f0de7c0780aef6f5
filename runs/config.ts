/**
 * config.yaml, and every other file of options: presets, and what a user writes for `--config`. A run's file is such a
 * file too, with what the run was and ran on beside the options, so that `--config` takes it again.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { isMap, isScalar, parseDocument, stringify, visit, YAMLParseError, YAMLWarning } from 'yaml'
import * as z from 'zod'
import { BACKENDS } from '../src/backend/index.ts'
import { messageOf, UsageError } from '../src/errors.ts'
import { readOrdinary } from '../src/ordinary-file.ts'
import { writeWhole } from '../src/storage/directory.ts'
import { hasPrototypeKey, seedSchema, valueText } from '../src/training/index.ts'

/** The name of the file in a run's folder. */
export const CONFIG_FILE = 'config.yaml'

/** Bytes of a file of options; ours have some thousand. */
const MAX_CONFIG_BYTES = 1 << 20
/** Anchors' uses, and tags, in a file: the time that they take grows with the square of their number. */
const MAX_MARKS = 1000

/** Until a timestep, a run was trained as one of so many timesteps in all, which schedules follow. */
const budgetSchema = z.strictObject({
  until: z.int().min(0),
  totalTimesteps: z.int().min(1),
})

/** What a run ran on; versions and platform are beside. */
const recordSchema = z.looseObject({
  backend: z.enum(BACKENDS).optional().catch(undefined),
  device: z.string().optional().catch(undefined),
  budgets: z.array(budgetSchema).default([]),
})

/** Beside the options; all of it may be left out in a file that is no run's. */
const metadata = {
  agent: z.string(),
  env: z.string(),
  seed: seedSchema,
  run: recordSchema.default({ budgets: [] }),
}
const fileSchema = z.looseObject({
  agent: metadata.agent.optional(),
  env: metadata.env.optional(),
  seed: metadata.seed.optional(),
  run: metadata.run,
})

/** What training writes, and of the options what is read without the agent's schema. */
const runSchema = z.looseObject({
  ...metadata,
  totalTimesteps: z.int().min(0),
  envKwargs: z.record(z.string(), z.unknown()).default({}),
  evalEpisodes: z.int().min(1).optional(),
  maxEpisodeSteps: z.int().min(1).nullable().optional(),
})

/** A file of options. */
export type ConfigFile = z.output<typeof fileSchema>
/** A run's config.yaml: the run, every option resolved, and in `run` what it ran on. */
export type RunConfig = z.output<typeof runSchema>

/** @throws UsageError of one line for a file that cannot be read or holds no options */
// eslint-disable-next-line @typescript-eslint/require-await -- what it throws is to be a rejection
export async function readConfigFile(path: string): Promise<ConfigFile> {
  return checked(fileSchema, readYaml(path), path)
}

/**
 * What a run was made of, and ran on.
 *
 * @param runDir the run's folder
 * @returns undefined where there is no config.yaml, as beside a model that was moved out of its run
 * @throws UsageError naming the file and the field
 */
// eslint-disable-next-line @typescript-eslint/require-await -- what it throws is to be a rejection
export async function readRunConfig(runDir: string): Promise<RunConfig | undefined> {
  const path = join(runDir, CONFIG_FILE)
  return existsSync(path) ? checked(runSchema, readYaml(path), path) : undefined
}

/** The options of a file, without what stands beside them. */
export function optionsOf(config: ConfigFile | RunConfig): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).filter(([name]) => !Object.hasOwn(metadata, name)),
  )
}

/** config.yaml: every value resolved, and what the run ran on. */
export async function writeConfig(
  runDir: string,
  config: Readonly<Record<string, unknown>>,
): Promise<void> {
  const bytes = new TextEncoder().encode(stringify(config))
  if (bytes.length > MAX_CONFIG_BYTES) {
    throw new UsageError(
      `the options have ${bytes.length} bytes as YAML, and ${MAX_CONFIG_BYTES} are the most that ${CONFIG_FILE} is read with; ` +
        'let envKwargs name a file that the environment reads',
    )
  }
  await writeWhole(join(runDir, CONFIG_FILE), bytes)
}

/** Writes down that the run goes on with another budget or backend, or from another timestep than it had come to. */
export async function recordBudgets(
  { runDir, config }: { readonly runDir: string; readonly config: RunConfig },
  globalStep: number,
  totalTimesteps: number,
  backend: Readonly<Record<string, string>>,
): Promise<void> {
  const before = config.totalTimesteps
  const reached = config.run.budgets.map(({ until, ...rest }) => ({
    ...rest,
    until: Math.min(until, globalStep),
  }))
  const budgets =
    before === totalTimesteps
      ? reached
      : [...reached, { until: globalStep, totalTimesteps: before }]
  const isSame = Object.entries(backend).every(([name, value]) => config.run[name] === value)
  if (isSame && JSON.stringify(budgets) === JSON.stringify(config.run.budgets)) return
  const written = readYaml(join(runDir, CONFIG_FILE)) // as it stands, without our defaults
  const platform = { ...(written['run'] as object), device: undefined, ...backend }
  const run = { ...platform, budgets: budgets.filter(({ until }) => until > 0) }
  await writeConfig(runDir, { ...written, totalTimesteps, run })
}

/** @param source where the text is from, for the message. @throws UsageError of one line */
export function parseYaml(text: string, source: string): unknown {
  const refuse = (why: string, cause?: unknown) => new UsageError(`${source}: ${why}`, { cause })
  const marks = text.match(/(?<![^\s,[{:-])[*!][^\s,[\]{}]/g)?.length ?? 0
  if (marks > MAX_MARKS) throw refuse(`it has ${marks} aliases and tags; use ${MAX_MARKS} at most`)
  try {
    // The library looks for a key that comes twice in a time that grows with the square of their number.
    const document = parseDocument(text, { uniqueKeys: false })
    // A tag that is not known is no more than a warning.
    const error = document.errors[0] ?? document.warnings[0]
    if (error) throw error
    const twice = keyThatComesTwice(document)
    if (twice !== undefined) throw refuse(`the key ${JSON.stringify(twice)} comes twice`)
    const value: unknown = document.toJS()
    if (hasPrototypeKey(value)) throw refuse('there is no option __proto__')
    return value
  } catch (error) {
    if (error instanceof YAMLParseError || error instanceof YAMLWarning)
      throw refuse(error.message.split('\n')[0]!, error)
    if (error instanceof ReferenceError || error instanceof RangeError)
      throw refuse(messageOf(error), error) // aliases of aliases, or nested too deep
    throw error
  }
}

function keyThatComesTwice(document: ReturnType<typeof parseDocument>): string | undefined {
  let twice: string | undefined
  visit(document, {
    Map(_, map) {
      if (!isMap(map)) return undefined
      const known = new Set<unknown>()
      for (const { key } of map.items) {
        const name = isScalar(key) ? key.value : key
        if (known.has(name) && isScalar(key)) {
          twice = String(key.value)
          return visit.BREAK
        }
        known.add(name)
      }
      return undefined
    },
  })
  return twice
}

function readYaml(path: string): Record<string, unknown> {
  let text: string
  try {
    text = new TextDecoder().decode(readOrdinary(path, MAX_CONFIG_BYTES))
  } catch (error) {
    throw new UsageError(`${messageOf(error)}; name a YAML file`, { cause: error })
  }
  const value = parseYaml(text, path) ?? {} // nothing but comments
  if (typeof value === 'object' && !Array.isArray(value)) return { ...value }
  throw new UsageError(`${path} does not hold options; write one "key: value" a line`)
}

const REMEDIES: Readonly<Record<string, string>> = { seed: 'give a whole number from 0 or a text' }

function checked<T>(schema: z.ZodType<T>, values: Record<string, unknown>, path: string): T {
  const result = schema.safeParse(values)
  if (result.success) return result.data
  const issue = result.error.issues[0]!
  const field = issue.path.join('.')
  const value = issue.path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown>)[key],
    values,
  )
  const text = value === undefined ? 'missing' : valueText(value)
  throw new UsageError(`${path}: ${field} is ${text}; ${REMEDIES[field] ?? issue.message}`)
}
