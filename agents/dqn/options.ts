/** Options of DQN: what may be set, in which range, and what it is unless told. */
import * as z from 'zod'
import type { NetworkFactory } from '../../src/nn/index.ts'
import { commonOptions } from '../../src/training/index.ts'

const fraction = z.number().min(0).max(1)

/** `true`, or the coefficients of prioritized replay. */
const prioritySchema = z
  .union([
    z.boolean(),
    z.strictObject({
      alpha: fraction.default(0.6).describe('from 0, uniform, to 1, in proportion to the TD error'),
      beta: fraction
        .default(0.4)
        .describe('of the importance weights at the start; it grows to 1 over totalTimesteps'),
      epsilon: z.number().positive().default(1e-6).describe('added to the TD error'),
    }),
  ])
  .transform((option) => (option === true ? { alpha: 0.6, beta: 0.4, epsilon: 1e-6 } : option))

/** Options of DQN: unit, range and origin of each. One unit of time everywhere: environment timesteps. */
export const dqnOptions = z.strictObject({
  ...commonOptions,
  learningRate: commonOptions.learningRate
    .default(2.5e-4)
    .describe('step size of the optimizer; default 2.5e-4 (CleanRL)'),
  learningRateSchedule: commonOptions.learningRateSchedule.default('constant'),
  optimizer: commonOptions.optimizer
    .default({ name: 'adam' })
    .describe('adam, adamax, rmsprop or sgd, or { name, … } with its coefficients; default adam'),
  maxGradNorm: commonOptions.maxGradNorm
    .default(10)
    .describe(
      'limit of the global gradient norm, or null for none; default 10 (Stable-Baselines3)',
    ),
  gamma: commonOptions.gamma.default(0.99),
  normalization: commonOptions.normalization.default('weight'),
  network: commonOptions.network
    .optional()
    .describe(
      'hidden layers; default two of 120 and 84 units (CleanRL), or a convolution for images',
    ),
  scaleObservations: commonOptions.scaleObservations.default(true),
  numEnvs: commonOptions.numEnvs
    .optional()
    .describe('copies made of an environment factory, stepped together; default 1'),
  logInterval: commonOptions.logInterval.default(1000),
  normInterval: z
    .int()
    .min(0)
    .default(10_000)
    .describe('timesteps between rows of the norm/* metrics, which take time; 0 for none'),
  bufferSize: z.int().min(1).default(50_000).describe('transitions that the replay buffer holds'),
  batchSize: z.int().min(1).default(128).describe('transitions per update; default 128 (CleanRL)'),
  learningStarts: z
    .int()
    .min(1)
    .default(1000)
    .describe('timesteps of random play before the first update'),
  initializationBatch: z
    .int()
    .min(2)
    .default(512)
    .describe(
      'observations, of those gathered before learning starts, that weights are initialized from',
    ),
  trainFrequency: z
    .int()
    .min(1)
    .default(10)
    .describe('timesteps between updates; default 10 (CleanRL)'),
  gradientSteps: z.int().min(1).default(1).describe('updates each time; default 1 (CleanRL)'),
  targetUpdateInterval: z
    .int()
    .min(1)
    .default(500)
    .describe('timesteps between moves of the target network; default 500 (CleanRL)'),
  tau: z
    .number()
    .positive()
    .max(1)
    .default(1)
    .describe(
      'Polyak coefficient of a move of the target network, above 0 and at most 1; 1 copies',
    ),
  epsilonStart: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe('probability of a random action at the start'),
  epsilonEnd: z
    .number()
    .min(0)
    .max(1)
    .default(0.05)
    .describe('probability of a random action in the end'),
  explorationFraction: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('part of totalTimesteps over which epsilon falls; default 0.5 (CleanRL)'),
  doubleQ: z
    .boolean()
    .default(false)
    .describe('choose the next action by the online network (van Hasselt et al. 2016)'),
  dueling: z
    .boolean()
    .default(false)
    .describe('value and advantages apart, Q = V + A − mean A (Wang et al. 2016)'),
  nSteps: z.int().min(1).default(1).describe('timesteps of reward in a target; 3 in Rainbow'),
  prioritizedReplay: prioritySchema
    .default(false)
    .describe(
      'sample by TD error (Schaul et al. 2016): true, or { alpha, beta, epsilon }; 0.6, 0.4 and 1e-6 unless told',
    ),
  distribution: z
    .enum(['none', 'c51', 'quantile'])
    .default('none')
    .describe(
      'what is learned of returns: their means, their distribution over fixed atoms (Bellemare et al. 2017), or ' +
        'quantiles (Dabney et al. 2018)',
    ),
  atoms: z.int().min(2).default(51).describe('atoms of c51, or number of quantiles'),
  vMin: z.number().default(-10).describe('least atom of c51, in units of return'),
  vMax: z.number().default(10).describe('greatest atom of c51, in units of return'),
  frameStack: z
    .int()
    .min(1)
    .default(1)
    .describe(
      'frames along the first axis of an observation (FrameStack), each kept once in replay; 1 for none',
    ),
  loss: z
    .enum(['mse', 'huber'])
    .default('mse')
    .describe('loss of the TD error: mse (no ½) or huber; c51 and quantile have their own'),
  huberDelta: z
    .number()
    .positive()
    .default(1)
    .describe('where Huber, or the quantile loss, turns linear, in units of reward'),
})

export type DqnOptions = z.input<typeof dqnOptions>
/** Every option resolved. */
export type ResolvedOptions = z.output<typeof dqnOptions> & { readonly network: NetworkFactory }

/** @throws RangeError for options that do not fit each other */
export function checkOptions({
  batchSize,
  bufferSize,
  learningStarts,
  distribution,
  vMin,
  vMax,
}: z.output<typeof dqnOptions>): void {
  if (batchSize > bufferSize) {
    throw new RangeError(
      `batchSize is ${batchSize}, but bufferSize is ${bufferSize}: a batch does not fit; enlarge bufferSize`,
    )
  }
  if (learningStarts > bufferSize) {
    throw new RangeError(
      `learningStarts is ${learningStarts}, but bufferSize is ${bufferSize}: what was gathered would be overwritten; ` +
        'enlarge bufferSize',
    )
  }
  if (distribution === 'c51' && vMin >= vMax)
    throw new RangeError(`vMin is ${vMin}, but vMax is ${vMax}; give a vMin below it`)
}
