/** A run's config.yaml, read again: by `eval` and `play` for the environment, by `resume` and `reproduce` for all of it. */
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import * as z from 'zod'
import type { AgentName } from '../agents/index.ts'
import { BACKENDS } from '../src/backend/index.ts'
import type { Seed } from '../src/rng.ts'
import { UsageError } from '../src/errors.ts'
import { seedSchema } from '../src/training/index.ts'
import { loadModel } from '../src/storage/index.ts'
import { directoryStore } from '../src/storage/directory.ts'
import { type ResolvedEnv, resolveAgentEnv, resolveEnv } from './environments.ts'
import { describePlatform, writeConfig } from './folder.ts'
import { agentNamed, loadSettings, readYaml, type Settings } from './settings.ts'

const FILE = 'config.yaml'

/** Until a timestep, a run was trained as one of so many timesteps in all, which schedules follow. */
const budgetSchema = z.strictObject({
  until: z.int().min(0),
  totalTimesteps: z.int().min(1),
})

const configSchema = z.looseObject({
  env: z.string(),
  seed: seedSchema.default(1),
  envKwargs: z.record(z.string(), z.unknown()).default({}),
  evalEpisodes: z.int().min(1).optional().catch(undefined),
  run: z
    .looseObject({
      backend: z.enum(BACKENDS).optional().catch(undefined),
      device: z.string().optional().catch(undefined),
      budgets: z.array(budgetSchema).default([]),
    })
    .default({ budgets: [] }),
})

export type RunConfig = z.output<typeof configSchema>

/** Undefined for a model that was moved out of its run. @throws UsageError naming the file and the field */
export async function readRunConfig(runDir: string): Promise<RunConfig | undefined> {
  const path = join(runDir, FILE)
  if (!existsSync(path)) return undefined
  const result = configSchema.safeParse(await readYaml(path))
  if (result.success) return result.data
  const issue = result.error.issues[0]!
  throw new UsageError(`${path}: ${issue.path.join('.')}: ${issue.message}`)
}

/** All that a run was made of. */
export interface RecordedRun {
  readonly runDir: string
  readonly config: RunConfig
  readonly agent: AgentName
  readonly env: ResolvedEnv
  readonly seed: Seed
  readonly settings: Settings
  /** Timesteps of its final model; undefined while it has none. */
  readonly finalStep: number | undefined
}

/**
 * Opens a run to go on with it, or to repeat it.
 *
 * @param flags options that are to be other than the run's; undefined where they are not
 * @throws UsageError for a folder that is no run, or one whose files or environment are missing
 */
export async function openRun(
  runDir: string,
  flags: Readonly<Record<string, unknown>> = {},
): Promise<RecordedRun> {
  const config = await readRunConfig(runDir)
  if (!config) {
    throw new UsageError(
      `${runDir} is not a run: it has no ${FILE}; name a folder that wn-rl train made`,
    )
  }
  const agent = agentNamed(typeof config['agent'] === 'string' ? config['agent'] : '')
  const folders = [process.cwd(), ...foldersUpFrom(runDir)]
  const { id } = await resolveEnv(config.env, {}, folders)
  const configFile = join(runDir, FILE)
  const settings = await loadSettings({ agent, envId: id, configFile, set: [], flags })
  const env = await resolveAgentEnv(config.env, settings.run.envKwargs, folders)
  const final = join(runDir, 'final')
  const finalStep = existsSync(join(final, 'model.json'))
    ? (await loadModel(directoryStore(final))).globalStep
    : undefined
  return { runDir, config, agent, env, seed: config.seed, settings, finalStep }
}

/** A run lies below the folder that training was started in, unless it was moved. */
export function foldersUpFrom(path: string): string[] {
  const folder = resolve(path)
  const parent = dirname(folder)
  return parent === folder ? [folder] : [folder, ...foldersUpFrom(parent)]
}

/** What was other when the run was made, in words: versions, engine, platform. */
export function differences({ config }: RecordedRun): string[] {
  const now = describePlatform()
  return ['wnRl', 'commit', 'node', 'platform'].flatMap((name) => {
    const then = config.run[name]
    if (typeof then !== 'string' || then === now[name]) return []
    return [`${name} was ${then}, and is ${String(now[name])}`]
  })
}

/** Writes down that the run goes on with another budget or backend, or from another timestep than it had come to. */
export async function recordBudgets(
  { runDir, config }: RecordedRun,
  globalStep: number,
  totalTimesteps: number,
  backend: Readonly<Record<string, string>>,
): Promise<void> {
  const before = config['totalTimesteps'] as number
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
  const written = await readYaml(join(runDir, FILE))
  const platform = { ...(written['run'] as object), device: undefined, ...backend }
  const run = { ...platform, budgets: budgets.filter(({ until }) => until > 0) }
  await writeConfig(runDir, { ...written, totalTimesteps, run })
}
