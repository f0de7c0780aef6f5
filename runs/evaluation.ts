/** Playing greedy episodes with a model that a run saved. */
import { UsageError } from '../src/errors.ts'
import type { Seed } from '../src/rng.ts'
import {
  evaluateInTurns,
  type Evaluation,
  requireMemoryForEvaluation,
} from '../src/training/index.ts'
import { askedFor } from './errors.ts'
import { evaluationSeed, periodicEvaluationSeed } from './evaluation-seeds.ts'
import type { Trust } from './origin.ts'
import {
  compareSpaces,
  environmentOf,
  loadPolicy,
  openTrained,
  seedOf,
  type Trained,
} from './model.ts'

const DEFAULT_EPISODES = 100

export interface EvaluateOptions extends Trust {
  /** Which model of the run: `best`, `final` or `step-N`; the first of these that there is unless given. */
  readonly checkpoint?: string | undefined
  /** Copies of the environment that play the episodes in turn; 10 unless given. */
  readonly evalEnvs?: number | undefined
  /** 100 unless given. */
  readonly episodes?: number | undefined
  /** Of the episodes; unless given the run's, which gives the numbers that training ended with. */
  readonly seed?: Seed | undefined
  /** Plays the very episodes of the periodic evaluation at the model's timestep, instead of `episodes` and `seed`. */
  readonly logged?: boolean | undefined
}

export interface RunEvaluation extends Evaluation {
  readonly modelDir: string
  /** Short name of the environment. */
  readonly env: string
  readonly seed: Seed
  readonly backend: string
}

/**
 * Evaluates a model of a run, as `wn-rl eval` does, on the backend that the run was trained on.
 *
 * @param run folder of a run, or of one of its models
 * @throws UsageError where there is no such model, or its environment is not found or another one
 * @example
 * const { mean, std } = await evaluateRun('runs/mine', { checkpoint: 'best', episodes: 20 })
 */
export async function evaluateRun(
  run: string,
  options: EvaluateOptions = {},
): Promise<RunEvaluation> {
  const { trained, env, policy, backend } = await askedFor(async () => {
    const opened = await openTrained(run, options.checkpoint)
    const found = await environmentOf(opened, options)
    compareSpaces(opened, found)
    const { episodes = DEFAULT_EPISODES, evalEnvs = 1 } = options
    requireMemoryForEvaluation({ episodes, evalEnvs })
    return { trained: opened, env: found, ...(await loadPolicy(opened)) }
  })
  try {
    const seed = seedOf(trained, options.seed)
    const episodes = options.logged
      ? loggedEpisodes(trained)
      : { episodes: options.episodes ?? DEFAULT_EPISODES, seed: evaluationSeed(seed) }
    const evaluation = await evaluateInTurns(policy, {
      makeEnv: env.makeEnv,
      evalEnvs: options.evalEnvs,
      ...episodes,
    })
    return { ...evaluation!, modelDir: trained.modelDir, env: env.id, seed, backend } // nothing aborts it
  } finally {
    policy.dispose()
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
