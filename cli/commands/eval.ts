/** `wn-rl eval` */
import { type Command, Option } from 'commander'
import { UsageError } from '../../src/errors.ts'
import { evaluateInTurns } from '../../src/training/index.ts'
import { askedFor } from '../../runs/errors.ts'
import { returnsText } from '../show/lines.ts'
import { evaluationSeed } from '../../runs/start.ts'
import { periodicEvaluationSeed } from '../../runs/session.ts'
import { positiveWholeNumber, wholeNumber } from './train.ts'
import {
  compareSpaces,
  environmentOf,
  loadPolicy,
  openTrained,
  seedOf,
  type Trained,
} from '../../runs/model.ts'

const DEFAULT_EPISODES = 100

interface EvalFlags {
  readonly checkpoint?: string
  readonly episodes?: number
  readonly seed?: number
  readonly logged?: true
  readonly env?: string
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
  const played = flags.logged ? loggedEpisodes(trained) : undefined
  const evaluation = await evaluateInTurns(policy, {
    makeEnv,
    episodes: played?.episodes ?? flags.episodes ?? DEFAULT_EPISODES,
    seed: played?.seed ?? evaluationSeed(seed),
  })
  const { mean, std, episodes, returns, lengths } = evaluation! // nothing aborts it
  if (flags.json) console.log(JSON.stringify({ mean, std, episodes, returns, lengths, backend }))
  else {
    const [low, high] = [Math.min(...returns), Math.max(...returns)]
    console.log(`${trained.modelDir} on ${env.id}, seed ${seed}, backend ${backend}`)
    console.log(`${returnsText({ mean, std })} over ${episodes} episodes (from ${low} to ${high})`)
  }
}

/** Those of the periodic evaluation at the model's timestep. @throws UsageError for a model without its run */
function loggedEpisodes({ model, config, modelDir }: Trained): { seed: string; episodes: number } {
  if (config?.evalEpisodes === undefined) {
    throw new UsageError(
      `--logged: ${modelDir} has no config.yaml that says how it was evaluated; give --seed and --episodes`,
    )
  }
  const seed = `${periodicEvaluationSeed(config.seed)}/${model.globalStep}`
  return { seed, episodes: config.evalEpisodes }
}
