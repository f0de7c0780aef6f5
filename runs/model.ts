/** A trained model in a run's folder: where it lies, the environment that it knows, and its agent. */
import { existsSync, lstatSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { agents } from '../agents/index.ts'
import { type BackendChoice, type BackendName, useBackend } from '../src/backend/index.ts'
import type { Seed } from '../src/rng.ts'
import { listCheckpoints } from '../src/storage/checkpoint-folder.ts'
import { directoryStore } from '../src/storage/directory.ts'
import { refuseLinks } from '../src/storage/no-links.ts'
import { UsageError } from '../src/errors.ts'
import { requireSameSpaces } from '../src/training/index.ts'
import { loadModel, type Model } from '../src/storage/index.ts'
import { type ResolvedEnv, resolveAgentEnv } from './environments.ts'
import { CONFIG_FILE, readRunConfig, type RunConfig } from './config.ts'
import { environmentOfRun, type Trust } from './origin.ts'
import { agentNamed } from './settings.ts'

export interface Trained {
  readonly runDir: string
  readonly modelDir: string
  readonly model: Model
  /** Undefined for a model that was moved out of its run. */
  readonly config: RunConfig | undefined
}

/**
 * Opens a model.
 *
 * @param run folder of a run, or of one of its models
 * @param checkpoint best, final or step-N; the first of these that there is unless told
 * @throws UsageError if there is none
 */
export async function openTrained(run: string, checkpoint: string | undefined): Promise<Trained> {
  refuseLinks(run)
  const { runDir, modelDir } = await locate(run, checkpoint)
  const isRun = lstatSync(join(runDir, CONFIG_FILE), { throwIfNoEntry: false }) !== undefined
  if (runDir !== run && isRun) refuseLinks(runDir) // else it is only where a model happens to lie
  const config = await readRunConfig(runDir)
  return { runDir, modelDir, config, model: await loadModel(directoryStore(modelDir)) }
}

/** The seed asked for, or the run's. */
export function seedOf({ config }: Trained, asked: Seed | undefined): Seed {
  return asked ?? config?.seed ?? 1
}

/**
 * The environment asked for, found from here, or that of the run, found from where it lies.
 *
 * @param more keyword arguments beside the run's
 */
export async function environmentOf(
  { runDir, config }: Trained,
  trust: Trust,
  more: Readonly<Record<string, unknown>> = {},
): Promise<ResolvedEnv> {
  if (config) return environmentOfRun(runDir, config, trust, more)
  if (trust.env === undefined) {
    throw new UsageError(
      `${runDir} has no config.yaml that names the environment; give the one that the model was trained in with --env`,
    )
  }
  return resolveAgentEnv(trust.env, more)
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
  const policy = await agents[agentNamed(model.agent)].load(modelDir)
  return { policy, backend: name }
}

/** That of the run, so that the numbers are the same; the automatic choice where it does not start. */
async function useBackendOf(config: RunConfig | undefined): Promise<BackendChoice> {
  const asked: BackendName | undefined = config?.run.backend
  try {
    return await useBackend(asked ?? 'auto', { gpu: config?.run.device })
  } catch {
    return useBackend('auto')
  }
}

/** A run's folder and that of the model asked for; the model's own folder may be given instead. */
async function locate(
  run: string,
  checkpoint: string | undefined,
): Promise<{ runDir: string; modelDir: string }> {
  if (existsSync(join(run, 'model.json'))) {
    if (checkpoint !== undefined)
      throw new UsageError(`--checkpoint: ${run} is one model; name the run's folder`)
    return { runDir: runAbove(resolve(run)), modelDir: run }
  }
  if (!existsSync(join(run, 'config.yaml'))) {
    throw new UsageError(
      `${run} is not a run: it has no config.yaml; name a folder that wn-rl train made`,
    )
  }
  const steps = (await listCheckpoints(run)).map((step) => `step-${step}`)
  const found = ['best', 'final', ...steps].filter((name) =>
    existsSync(join(folderOf(run, name), 'model.json')),
  )
  const name = checkpoint ?? found[0]
  if (name !== undefined && found.includes(name))
    return { runDir: run, modelDir: folderOf(run, name) }
  const there = `found: ${found.join(', ') || 'none'}`
  throw new UsageError(
    name === undefined
      ? `${run} has no model yet (${there}); go on with it: wn-rl resume ${run}`
      : `--checkpoint: ${run} has no model "${name}" (${there})`,
  )
}

function folderOf(run: string, name: string): string {
  return name.startsWith('step-') ? join(run, 'checkpoints', name) : join(run, name)
}

/** Of a model at `<run>/best` or `<run>/checkpoints/step-N`. */
function runAbove(modelDir: string): string {
  const parent = dirname(modelDir)
  return basename(parent) === 'checkpoints' ? dirname(parent) : parent
}
