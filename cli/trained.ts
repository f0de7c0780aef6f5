/** A trained model in a run's folder: where it lies, the environment that it knows, and its agent. */
import { existsSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import { agents } from '../agents/index.ts'
import { type BackendChoice, type BackendName, BACKENDS, useBackend } from '../src/backend/index.ts'
import type { Seed } from '../src/rng.ts'
import { directoryStore } from '../src/training/directory.ts'
import {
  loadModel,
  type Model,
  requireSameSpaces,
  seedSchema,
  UsageError,
} from '../src/training/index.ts'
import { type ResolvedEnv, resolveEnv } from './environments.ts'
import { messageOf } from './errors.ts'
import { agentNamed, readYaml } from './settings.ts'

/** What playing needs of a run's config.yaml; model.json names the agent. */
const configSchema = z.looseObject({
  env: z.string(),
  seed: seedSchema.default(1),
  envKwargs: z.record(z.string(), z.unknown()).default({}),
  run: z.looseObject({ backend: z.enum(BACKENDS).optional().catch(undefined) }).default({}),
})

type Config = z.output<typeof configSchema>

export interface Trained {
  readonly runDir: string
  readonly modelDir: string
  readonly model: Model
  /** Undefined for a model that was moved out of its run. */
  readonly config: Config | undefined
}

/**
 * Opens a model.
 *
 * @param run folder of a run, or of one of its models
 * @param checkpoint best or final; best, where there is one, unless told
 * @throws UsageError if there is none
 */
export async function openTrained(run: string, checkpoint: string | undefined): Promise<Trained> {
  const { runDir, modelDir } = locate(run, checkpoint)
  const config = await readConfig(runDir)
  return { runDir, modelDir, config, model: await loadModel(directoryStore(modelDir)) }
}

/** The seed asked for, or the run's. */
export function seedOf({ config }: Trained, asked: Seed | undefined): Seed {
  return asked ?? config?.seed ?? 1
}

/**
 * The environment asked for, or that of the run: found as a name, from here, or from where the run lies.
 *
 * @param more keyword arguments beside the run's
 */
export async function environmentOf(
  { runDir, config }: Trained,
  asked: string | undefined,
  more: Readonly<Record<string, unknown>> = {},
): Promise<ResolvedEnv> {
  const kwargs = { ...config?.envKwargs, ...more }
  if (asked !== undefined) return resolveEnv(asked, kwargs)
  if (!config) {
    throw new UsageError(
      `${runDir} has no config.yaml that names the environment; give the one that the model was trained in with --env`,
    )
  }
  try {
    return await resolveEnv(config.env, kwargs, [process.cwd(), ...foldersUpFrom(runDir)])
  } catch (error) {
    throw new UsageError(
      `${messageOf(error)}; the run names ${config.env}: say where it is now with --env`,
      { cause: error },
    )
  }
}

/** A run lies below the folder that training was started in, unless it was moved. */
function foldersUpFrom(path: string): string[] {
  const folder = resolve(path)
  const parent = dirname(folder)
  return parent === folder ? [folder] : [folder, ...foldersUpFrom(parent)]
}

/** @throws Error if the model was trained with other observations or actions */
export function compareSpaces({ model, modelDir }: Trained, { makeEnv }: ResolvedEnv): void {
  const env = makeEnv()
  try {
    requireSameSpaces(model, env, modelDir)
  } finally {
    env.close()
  }
}

/** The agent with its networks, on the run's backend. */
export async function loadPolicy({ model, modelDir, config }: Trained) {
  const { name } = await useBackendOf(config)
  const { Agent } = agents[agentNamed(model.agent)]
  return { policy: await Agent.load(modelDir), backend: name }
}

/** That of the run, so that the numbers are the same; the automatic choice where it does not start. */
async function useBackendOf(config: Config | undefined): Promise<BackendChoice> {
  const asked: BackendName | undefined = config?.run.backend
  try {
    return await useBackend(asked ?? 'auto')
  } catch {
    return useBackend('auto')
  }
}

/** A run's folder and that of the model asked for; the model's own folder may be given instead. */
function locate(run: string, checkpoint: string | undefined): { runDir: string; modelDir: string } {
  if (existsSync(join(run, 'model.json'))) {
    if (checkpoint !== undefined)
      throw new UsageError(`--checkpoint: ${run} is one model; name the run's folder`)
    return { runDir: dirname(resolve(run)), modelDir: run }
  }
  if (!existsSync(join(run, 'config.yaml'))) {
    throw new UsageError(
      `${run} is not a run: it has no config.yaml; name a folder that wn-rl train made`,
    )
  }
  const name = checkpoint ?? (existsSync(join(run, 'best')) ? 'best' : 'final')
  const modelDir = join(run, name)
  if (basename(name) !== name || !existsSync(join(modelDir, 'model.json'))) {
    const found = ['best', 'final'].filter((each) => existsSync(join(run, each, 'model.json')))
    throw new UsageError(
      `--checkpoint: ${run} has no model "${name}" (found: ${found.join(', ') || 'none'})`,
    )
  }
  return { runDir: run, modelDir }
}

/** Undefined for a model that was moved out of its run. */
async function readConfig(runDir: string): Promise<Config | undefined> {
  const path = join(runDir, 'config.yaml')
  if (!existsSync(path)) return undefined
  const result = configSchema.safeParse(await readYaml(path))
  if (result.success) return result.data
  const issue = result.error.issues[0]!
  throw new UsageError(`${path}: ${issue.path.join('.')}: ${issue.message}`)
}
