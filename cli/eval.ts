/** `wn-rl eval` */
import { existsSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { z } from 'zod'
import { agents } from '../agents/index.ts'
import { type BackendChoice, type BackendName, BACKENDS, useBackend } from '../src/backend/index.ts'
import { directoryStore } from '../src/training/directory.ts'
import {
  evaluate,
  loadModel,
  type Model,
  requireSameSpaces,
  seedSchema,
  UsageError,
} from '../src/training/index.ts'
import { type ResolvedEnv, resolveEnv } from './environments.ts'
import { askedFor, messageOf } from './errors.ts'
import { evaluationSeed } from './run.ts'
import { agentNamed, readYaml } from './settings.ts'
import { positiveWholeNumber, wholeNumber } from './train.ts'

interface EvalFlags {
  readonly checkpoint?: string
  readonly episodes: number
  readonly seed?: number
  readonly env?: string
  readonly json?: true
}

/** What evaluating needs of a run's config.yaml; model.json names the agent. */
const configSchema = z.looseObject({
  env: z.string(),
  seed: seedSchema.default(1),
  envKwargs: z.record(z.string(), z.unknown()).default({}),
  run: z.looseObject({ backend: z.enum(BACKENDS).optional().catch(undefined) }).default({}),
})

type Config = z.output<typeof configSchema>

export function addEval(program: Command): void {
  program
    .command('eval')
    .description('play greedy episodes with a trained model')
    .argument('<run>', 'folder of a run, or of one of its models (runs/x/best)')
    .option('--checkpoint <name>', 'which model of the run: best or final (default: best)')
    .option('--episodes <n>', 'episodes to play', positiveWholeNumber, 100)
    .option(
      '--seed <n>',
      "seed of the episodes (default: the run's, which gives the numbers that training printed, or 1)",
      wholeNumber,
    )
    .option('--env <env>', "environment (default: the run's)")
    .option('--json', 'print one JSON object as the last line')
    .action(evaluateRun)
}

async function evaluateRun(run: string, flags: EvalFlags): Promise<void> {
  const { runDir, modelDir } = locate(run, flags.checkpoint)
  const { policy, env, seed, backend } = await askedFor(async () => {
    const config = await readConfig(runDir)
    const model = await loadModel(directoryStore(modelDir))
    const found = await environmentFor(runDir, flags.env, config)
    compareSpaces(model, found, modelDir)
    const { name } = await useBackendOf(config)
    const { Agent } = agents[agentNamed(model.agent)]
    const policy = await Agent.load(modelDir)
    return { policy, env: found, seed: flags.seed ?? config?.seed ?? 1, backend: name }
  })
  const { makeEnv } = env
  const { mean, std, episodes, returns, lengths } = evaluate(policy, {
    makeEnv,
    episodes: flags.episodes,
    seed: evaluationSeed(seed),
  })
  if (flags.json) console.log(JSON.stringify({ mean, std, episodes, returns, lengths, backend }))
  else {
    const [low, high] = [Math.min(...returns), Math.max(...returns)]
    console.log(`${modelDir} on ${env.id}, seed ${seed}, backend ${backend}`)
    console.log(
      `greedy return ${mean.toFixed(1)} ± ${std.toFixed(1)} over ${episodes} episodes (from ${low} to ${high})`,
    )
  }
}

/** The environment asked for, or that of the run: found as a name, from here, or from where the run lies. */
async function environmentFor(
  runDir: string,
  asked: string | undefined,
  config: Config | undefined,
): Promise<ResolvedEnv> {
  const kwargs = config?.envKwargs ?? {}
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
function compareSpaces(model: Model, { makeEnv }: ResolvedEnv, modelDir: string): void {
  const env = makeEnv()
  try {
    requireSameSpaces(model, env, modelDir)
  } finally {
    env.close()
  }
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
