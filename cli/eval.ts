/** `wn-rl eval` */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Command } from 'commander'
import { parse } from 'yaml'
import { z } from 'zod'
import { agents } from '../agents/index.ts'
import { useBackend } from '../src/backend/index.ts'
import { evaluate, UsageError } from '../src/training/index.ts'
import { resolveEnv } from './environments.ts'
import { askedFor } from './errors.ts'
import { evaluationSeed } from './run.ts'
import { agentNamed } from './settings.ts'
import { wholeNumber } from './train.ts'

interface EvalFlags {
  readonly checkpoint?: string
  readonly episodes: number
  readonly seed?: number
  readonly env?: string
  readonly json?: true
}

/** What evaluating needs of a run's config.yaml. */
const configSchema = z.looseObject({
  agent: z.string(),
  env: z.string(),
  seed: z.union([z.number(), z.string()]),
  envKwargs: z.record(z.string(), z.unknown()).default({}),
})

export function addEval(program: Command): void {
  program
    .command('eval')
    .description('play greedy episodes with a trained model')
    .argument('<run>', 'folder of a run, or of one of its models (runs/x/best)')
    .option('--checkpoint <name>', 'which model of the run: best or final (default: best)')
    .option('--episodes <n>', 'episodes to play', wholeNumber, 100)
    .option(
      '--seed <n>',
      "seed of the episodes (default: the run's, which gives the numbers that training printed)",
      wholeNumber,
    )
    .option('--env <env>', "environment (default: the run's)")
    .option('--json', 'print one JSON object as the last line')
    .action(evaluateRun)
}

async function evaluateRun(run: string, flags: EvalFlags): Promise<void> {
  const { runDir, modelDir } = locate(run, flags.checkpoint)
  const { policy, env, seed } = await askedFor(async () => {
    const config = await readConfig(runDir)
    await useBackend('auto')
    const found = await resolveEnv(flags.env ?? config.env, config.envKwargs)
    const { Agent } = agents[agentNamed(config.agent)]
    return { policy: await Agent.load(modelDir), env: found, seed: flags.seed ?? config.seed }
  })
  const { makeEnv } = env
  const { mean, std, episodes, returns, lengths } = evaluate(policy, {
    makeEnv,
    episodes: flags.episodes,
    seed: evaluationSeed(seed),
  })
  if (flags.json) console.log(JSON.stringify({ mean, std, episodes, returns, lengths }))
  else {
    const [low, high] = [Math.min(...returns), Math.max(...returns)]
    console.log(`${modelDir} on ${env.id}, seed ${seed}`)
    console.log(
      `greedy return ${mean.toFixed(1)} ± ${std.toFixed(1)} over ${episodes} episodes (from ${low} to ${high})`,
    )
  }
}

/** A run's folder and that of the model asked for; the model's own folder may be given instead. */
function locate(run: string, checkpoint: string | undefined): { runDir: string; modelDir: string } {
  if (existsSync(join(run, 'model.json'))) {
    if (checkpoint !== undefined)
      throw new UsageError(`--checkpoint: ${run} is one model; name the run's folder`)
    return { runDir: dirname(run), modelDir: run }
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

async function readConfig(runDir: string): Promise<z.output<typeof configSchema>> {
  const path = join(runDir, 'config.yaml')
  const result = configSchema.safeParse(parse(await readFile(path, 'utf8')))
  if (result.success) return result.data
  const issue = result.error.issues[0]!
  throw new UsageError(`${path}: ${issue.path.join('.')}: ${issue.message}`)
}
