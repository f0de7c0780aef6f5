/** `wn-rl eval` */
import type { Command } from 'commander'
import { evaluate } from '../src/training/index.ts'
import { askedFor } from './errors.ts'
import { evaluationSeed } from './run.ts'
import { positiveWholeNumber, wholeNumber } from './train.ts'
import { compareSpaces, environmentOf, loadPolicy, openTrained, seedOf } from './trained.ts'

interface EvalFlags {
  readonly checkpoint?: string
  readonly episodes: number
  readonly seed?: number
  readonly env?: string
  readonly json?: true
}

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
  const { trained, env, policy, backend } = await askedFor(async () => {
    const opened = await openTrained(run, flags.checkpoint)
    const found = await environmentOf(opened, flags.env)
    compareSpaces(opened, found)
    return { trained: opened, env: found, ...(await loadPolicy(opened)) }
  })
  const seed = seedOf(trained, flags.seed)
  const { makeEnv } = env
  const { mean, std, episodes, returns, lengths } = evaluate(policy, {
    makeEnv,
    episodes: flags.episodes,
    seed: evaluationSeed(seed),
  })
  if (flags.json) console.log(JSON.stringify({ mean, std, episodes, returns, lengths, backend }))
  else {
    const [low, high] = [Math.min(...returns), Math.max(...returns)]
    console.log(`${trained.modelDir} on ${env.id}, seed ${seed}, backend ${backend}`)
    console.log(
      `greedy return ${mean.toFixed(1)} ± ${std.toFixed(1)} over ${episodes} episodes (from ${low} to ${high})`,
    )
  }
}
