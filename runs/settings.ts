/** From a preset, a file and flags to one checked set of options. */
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type * as z from 'zod'
import { type AgentName, agents } from '../agents/index.ts'
import { presetSchema, RUN_OPTIONS, type runOptions } from '../configs/schema.ts'
import type { Seed } from '../src/rng.ts'
import { UsageError } from '../src/errors.ts'
import { defaultOf, parseOptions, unknownName } from '../src/training/index.ts'
import { type ConfigFile, optionsOf, parseYaml, readConfigFile } from './config.ts'

/** configs/ beside runs/ in the sources, and beside dist/ in the package. */
const CONFIGS = new URL('../configs/', import.meta.url)

type RunOptions = { [K in keyof typeof runOptions]: z.output<(typeof runOptions)[K]> }

export interface Settings {
  readonly run: RunOptions
  /** Options of the agent, as its constructor takes them. */
  readonly agent: Readonly<Record<string, unknown>>
  /** The options before they were checked: unlike `agent`, which may hold functions, they can be sent elsewhere. */
  readonly given: Readonly<Record<string, unknown>>
  /** That of the file, if it names one. */
  readonly seed?: Seed | undefined
  /** Where the values came from, for the header: a preset, a file, or the agent's defaults. */
  readonly origin: string
}

export interface SettingsSources {
  readonly agent: AgentName
  readonly envId: string
  /** `--config`: instead of the preset. */
  readonly configFile?: string | undefined
  /** `--preset`: a variant of the preset, such as `gpu`. */
  readonly preset?: string | undefined
  /** `--set key=value`, in order; keys may be dotted. */
  readonly set: readonly string[]
  /** Options with a flag of their own; undefined where it was not given. */
  readonly flags: Readonly<Record<string, unknown>>
}

/** @throws UsageError for an agent that there is not, naming the nearest */
export function agentNamed(name: string): AgentName {
  if (Object.hasOwn(agents, name)) return name as AgentName
  throw new UsageError(unknownName('agent', name, Object.keys(agents)))
}

/**
 * The options of a run: defaults, under the preset or file, under `--set`, under the flags.
 *
 * @throws UsageError, TypeError or RangeError naming the option, its value and the remedy
 */
export async function loadSettings(sources: SettingsSources): Promise<Settings> {
  const { values, origin, seed } = await baseValues(sources)
  const schema = presetSchema(sources.agent)
  for (const assignment of sources.set)
    assign(values, assignment, (option) => defaultOf(schema, option))
  for (const [name, value] of Object.entries(sources.flags))
    if (value !== undefined) values[name] = value
  return checkSettings(sources.agent, { given: values, origin, seed })
}

/**
 * @param source settings that were checked before, perhaps in another process, or what they are made of
 * @throws TypeError or RangeError naming the option, its value and the remedy
 */
export function checkSettings(
  agent: AgentName,
  { given, origin, seed }: Pick<Settings, 'given' | 'origin' | 'seed'>,
): Settings {
  const parsed: Record<string, unknown> = parseOptions(presetSchema(agent), given)
  const isRunOption = (name: string) => RUN_OPTIONS.includes(name)
  const pick = (wanted: boolean) =>
    Object.fromEntries(Object.entries(parsed).filter(([name]) => isRunOption(name) === wanted))
  return { run: pick(true) as RunOptions, agent: pick(false), given, seed, origin }
}

/**
 * What options were in a run whose config.yaml does not name them, since it was made before there were such; a file that a
 * user wrote leaves out what is to be as it is by default.
 */
export function olderOptions(
  agent: AgentName,
  { run }: ConfigFile,
): Readonly<Record<string, unknown>> {
  return run['wnRl'] === undefined ? {} : agents[agent].older
}

async function baseValues({ agent, envId, configFile, preset: variant }: SettingsSources): Promise<{
  values: Record<string, unknown>
  seed?: Seed | undefined
  origin: string
}> {
  if (configFile !== undefined) {
    const file = await readConfigFile(configFile)
    const owner = file.agent ?? agent
    if (owner !== agent) {
      throw new UsageError(
        `--config: ${configFile} is for agent ${JSON.stringify(owner)}, not "${agent}"; give that agent, or a file of ${agent}`,
      )
    }
    return {
      values: { ...olderOptions(agent, file), ...optionsOf(file) },
      seed: file.seed,
      origin: configFile,
    }
  }
  const preset = presetFor(agent, envId, variant)
  if (preset) {
    const values = optionsOf(await readConfigFile(preset.path))
    return { values, origin: `preset ${preset.name}` }
  }
  if (variant === undefined)
    return { values: {}, origin: `defaults of ${agent} (no preset for ${envId})` }
  const variants = variantsOf(agent, envId)
  throw new UsageError(
    variants.length > 0
      ? unknownName(`preset of ${agent} for ${envId}`, variant, variants)
      : `--preset: ${agent} has one preset for ${envId} at most; leave it out`,
  )
}

/** The preset of an environment, or of its namespace: MinAtar's games share one. */
function presetFor(
  agent: AgentName,
  envId: string,
  variant: string | undefined,
): { name: string; path: string } | undefined {
  const [namespace] = envId.split('/')
  const names = variant === undefined ? [envId, namespace!] : [`${variant}-${envId}`]
  return names
    .map((name) => `${agent}/${name}`)
    .map((name) => ({ name, path: fileURLToPath(new URL(`${name}.yaml`, CONFIGS)) }))
    .find(({ path }) => existsSync(path))
}

/** What `--preset` may name: `gpu` where there is a file `gpu-<env>.yaml`. */
function variantsOf(agent: AgentName, envId: string): string[] {
  const end = `-${envId}.yaml`
  const files = existsSync(new URL(agent, CONFIGS)) ? readdirSync(new URL(agent, CONFIGS)) : []
  return files.filter((file) => file.endsWith(end)).map((file) => file.slice(0, -end.length))
}

/** `optimizer.name=adam` → values.optimizer.name */
function assign(
  values: Record<string, unknown>,
  assignment: string,
  byDefault: (option: string) => unknown,
): void {
  const equals = assignment.indexOf('=')
  if (equals < 1)
    throw new UsageError(`--set ${assignment}: write key=value, such as --set learningRate=0.001`)
  const path = assignment.slice(0, equals).split('.')
  if (path.includes('__proto__'))
    throw new UsageError(`--set ${assignment}: there is no option __proto__`)
  let at = values
  for (const key of path.slice(0, -1)) {
    const told = Object.hasOwn(at, key) ? at[key] : undefined
    const inner = told ?? (at === values ? byDefault(key) : undefined)
    at = at[key] = partsOf(inner)
  }
  at[path.at(-1)!] = parseYaml(assignment.slice(equals + 1), `--set ${assignment}`)
}

/** What an option has that is told in parts: one that is told by its name alone has that name. */
function partsOf(value: unknown): Record<string, unknown> {
  if (typeof value === 'string') return { name: value }
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}
