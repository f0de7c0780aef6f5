/** The schema of presets, `--config` files, `--set` and a run's config.yaml: one agent's options and the run's own. */
import * as z from 'zod'
import { type AgentName, agents } from '../agents/index.ts'

/** Options of a run, whatever the agent. Timesteps are environment timesteps. */
export const runOptions = {
  totalTimesteps: z.int().min(1).default(50_000).describe('timesteps of training, met exactly'),
  evalEvery: z
    .int()
    .min(0)
    .default(1000)
    .describe('timesteps between greedy evaluations during training; 0 for none'),
  evalEpisodes: z.int().min(1).default(20).describe('episodes of each of those evaluations'),
  finalEvalEpisodes: z
    .int()
    .min(1)
    .default(100)
    .describe('fresh episodes on which the best and the final model are evaluated at the end'),
  evalEnvs: z
    .int()
    .min(1)
    .default(10)
    .describe(
      'copies of the environment that an evaluation plays its episodes in, in turn; the returns are the same for any number',
    ),
  maxEpisodeSteps: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      'timesteps after which an episode is cut off, instead of the limit that the environment has; null for that',
    ),
  checkpointEvery: z
    .int()
    .min(0)
    .default(10_000)
    .describe('timesteps between checkpoints; 0 for none but where the run is interrupted'),
  keepCheckpoints: z.int().min(1).default(3).describe('checkpoints that stay, the latest ones'),
  episodeRows: z
    .int()
    .min(0)
    .default(20_000)
    .describe(
      'the most rows of metrics that ended episodes take, beside the first thousand: more share rows; 0 for a row each',
    ),
  envKwargs: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('keyword arguments of the environment, as make takes them'),
} as const

/** Everything that a preset for the agent may say. */
export function presetSchema(agent: AgentName) {
  return agents[agent].options.extend(runOptions)
}

/** Names of the run's own options; the others are the agent's. */
export const RUN_OPTIONS = Object.keys(runOptions)
