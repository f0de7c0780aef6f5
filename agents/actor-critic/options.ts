/** Options that A2C and PPO share: unit, range and origin of each. Agents give the defaults that differ. */
import * as z from 'zod'
import { commonOptions } from '../../src/training/index.ts'

export const actorCriticOptions = {
  ...commonOptions,
  learningRateSchedule: commonOptions.learningRateSchedule.default('constant'),
  maxGradNorm: commonOptions.maxGradNorm
    .default(0.5)
    .describe(
      'limit of the gradient norm over all networks, or null for none; default 0.5 (Stable-Baselines3)',
    ),
  gamma: commonOptions.gamma.default(0.99),
  normalization: commonOptions.normalization.default('weight'),
  network: commonOptions.network
    .optional()
    .describe(
      'hidden layers of each network; default two of 64 tanh units (Stable-Baselines3), or a convolution for images',
    ),
  sharedTrunk: z
    .boolean()
    .default(false)
    .describe('one set of hidden layers under both the policy and the value, instead of one each'),
  scaleObservations: commonOptions.scaleObservations.default(true),
  numEnvs: commonOptions.numEnvs
    .optional()
    .describe('copies made of an environment factory, stepped together; default 8'),
  logInterval: commonOptions.logInterval.default(1000),
  normInterval: z
    .int()
    .min(0)
    .default(10_000)
    .describe('timesteps between two rows of norm/* metrics; 0 for none'),
  gaeLambda: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe('λ of GAE, from 0 to 1; 1: n-step returns'),
  entCoef: z
    .number()
    .min(0)
    .default(0)
    .describe('weight of the entropy bonus, nats; default 0 (Stable-Baselines3)'),
  entCoefEnd: z
    .number()
    .min(0)
    .optional()
    .describe('the weight at the end of training, approached linearly; default entCoef'),
  vfCoef: z
    .number()
    .min(0)
    .default(0.5)
    .describe('weight of the value loss; default 0.5 (Stable-Baselines3)'),
  valueClip: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .describe(
      'how far an update may profit from moving a value, units of return, or null for no limit',
    ),
  rewardScale: z
    .number()
    .positive()
    .default(1)
    .describe(
      'multiplies rewards as the agent learns from them; reported returns stay as they are',
    ),
  logStdInit: z
    .number()
    .default(0)
    .describe(
      'initial log standard deviation of continuous actions, which are in the units of the environment',
    ),
  policyOutputScale: z
    .number()
    .positive()
    .default(0.1)
    .describe(
      'initial standard deviation of the logits or means; near-uniform policies need it well below 1',
    ),
  initializationSteps: z
    .int()
    .min(2)
    .default(512)
    .describe(
      'timesteps of random play that weights are initialized from; none where nothing is to be fitted to data',
    ),
} as const
