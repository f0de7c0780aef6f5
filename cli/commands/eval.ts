/** `wn-rl eval` */
import { type Command, Option } from 'commander'
import { evaluateRun } from '../../runs/evaluation.ts'
import { positiveWholeNumber, wholeNumber } from '../flags.ts'
import { cutText, returnsText } from '../show/lines.ts'
import { say, sayJson } from '../show/terminal.ts'

interface EvalFlags {
  readonly checkpoint?: string
  readonly episodes?: number
  readonly seed?: number
  readonly logged?: true
  readonly evalEnvs?: number
  readonly maxEpisodeSteps?: number
  readonly env?: string
  readonly trust?: true
  readonly json?: true
}

export function addEval(program: Command): void {
  program
    .command('eval')
    .description('play greedy episodes with a trained model')
    .argument('<run>', 'folder of a run, or of one of its models (runs/x/best)')
    .option(
      '--checkpoint <name>',
      'which model of the run: best, final or step-N (default: the first there is)',
    )
    .option('--episodes <n>', 'episodes to play (default: 100)', positiveWholeNumber)
    .option(
      '--seed <n>',
      "seed of the episodes (default: the run's, which gives the numbers that training printed, or 1)",
      wholeNumber,
    )
    .addOption(
      new Option(
        '--logged',
        "the very episodes that training played at the model's timestep: gives what its metrics say",
      ).conflicts(['seed', 'episodes']),
    )
    .option(
      '--eval-envs <n>',
      'copies of the environment that play (default: 10)',
      positiveWholeNumber,
    )
    .option(
      '--max-episode-steps <n>',
      "timesteps after which an episode is cut off (default: the run's limit)",
      positiveWholeNumber,
    )
    .option('--env <env>', "environment (default: the run's)")
    .option('--trust', 'load the code that the run names, wherever the run comes from')
    .option('--json', 'print one JSON object as the last line')
    .action(evaluate)
}

async function evaluate(run: string, { json, ...flags }: EvalFlags): Promise<void> {
  const { modelDir, env, seed, backend, ...scores } = await evaluateRun(run, {
    ...flags,
    print: json ? undefined : say,
  })
  const { mean, std, episodes, returns, lengths, cut } = scores
  if (json) sayJson({ mean, std, episodes, returns, lengths, cut, backend })
  else {
    const low = returns.reduce((least, value) => Math.min(least, value), Infinity)
    const high = returns.reduce((most, value) => Math.max(most, value), -Infinity)
    say(`${modelDir} on ${env}, seed ${seed}, backend ${backend}`)
    say(
      `${returnsText({ mean, std })} over ${episodes} episodes (from ${low} to ${high})${cutText({ cut, episodes })}`,
    )
  }
}
