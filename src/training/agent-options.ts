/** Options that agents have in common, and small steps that their constructors share. */
import * as z from 'zod'
import { type Normalization, NORMALIZATIONS } from '../nn/layer-spec.ts'
import type { NetworkOptions } from '../nn/network.ts'
import { describeNetwork, networkSchema } from '../nn/network-option.ts'
import type { OptimizerOptions } from '../nn/optimizers.ts'
import type { Seed } from '../rng.ts'
import {
  anyNumber,
  count,
  flag,
  fraction,
  notNegative,
  positive,
  positiveOrNone,
  scheduledNotNegative,
  scheduledPositive,
} from './option-types.ts'
import { linearSchedule, type Schedule, scheduledValue, scheduleSchema } from './schedules.ts'

const decay = z.number().min(0).lt(1)
const positiveNumber = z.number().positive()
const probability = z.number().min(0).max(1)

const optimizerObject = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.enum(['adam', 'adamax', 'radam']),
    beta1: decay.optional(),
    beta2: decay.optional(),
    epsilon: positiveNumber.optional(),
  }),
  z.strictObject({
    name: z.literal('rmsprop'),
    alpha: decay.optional(),
    epsilon: positiveNumber.optional(),
    centered: z.boolean().optional(),
    epsilonPlacement: z.enum(['outside', 'inside']).optional(),
  }),
  z.strictObject({
    name: z.literal('sgd'),
    momentum: decay.optional(),
    nesterov: z.boolean().optional(),
  }),
])

/** `adam`, or `{ name: adam, beta1: 0.5 }`. */
export const optimizerSchema = z
  .union([z.enum(['adam', 'adamax', 'radam', 'rmsprop', 'sgd']), optimizerObject])
  .transform((option): OptimizerOptions =>
    withoutUndefined(typeof option === 'string' ? { name: option } : option),
  )

export const seedSchema = z.union([z.int().min(0), z.string().min(1)]) satisfies z.ZodType<Seed>

/** A default together with where it comes from. */
type Told<T> = readonly [byDefault: T, origin: string]

export interface CommonDefaults {
  readonly learningRate: Told<number>
  readonly learningRateSchedule?: 'constant' | 'linear'
  readonly optimizer: Told<z.input<typeof optimizerSchema>>
  readonly maxGradNorm: Told<number>
  readonly normalization?: Normalization
  /** Hidden layers, in words. */
  readonly network: string
  readonly numEnvs: number
}

/** Options of every agent: unit and range of each, and the agent's own defaults. */
export function commonOptions(defaults: CommonDefaults) {
  const [learningRate, rateOrigin] = defaults.learningRate
  const [optimizer, optimizerOrigin] = defaults.optimizer
  const [maxGradNorm, normOrigin] = defaults.maxGradNorm
  return {
    learningRate: scheduledPositive(
      learningRate,
      `step size of the optimizer; default ${learningRate} (${rateOrigin})`,
    ),
    learningRateSchedule: z
      .enum(['constant', 'linear'])
      .default(defaults.learningRateSchedule ?? 'constant')
      .describe(
        'of a learningRate that is a number: "constant", or "linear", down to 0 over totalTimesteps (CleanRL: anneal_lr)',
      ),
    optimizer: optimizerSchema
      .default(withoutUndefined(optimizerSchema.parse(optimizer)))
      .describe(
        'adam, adamax, radam, rmsprop or sgd, or { name, … } with its coefficients; ' +
          `default ${optimizerOrigin}`,
      ),
    maxGradNorm: z
      .number()
      .positive()
      .nullable()
      .default(maxGradNorm)
      .describe(
        `limit of the global gradient norm, or null for none; default ${maxGradNorm} (${normOrigin})`,
      ),
    gamma: fraction(0.99, 'discount factor per timestep, from 0 to 1'),
    normalization: z
      .enum(NORMALIZATIONS)
      .default(defaults.normalization ?? 'weight')
      .describe(
        'normalization of the hidden layers: "weight" (Salimans & Kingma 2016), "none", "batch", ' +
          '"mean-only-batch" (batch means taken off weight-normalized layers) or "layer"',
      ),
    projection: flag(
      false,
      'put the weights back to their first length after each update, so that the effective learning rate does ' +
        'not shrink (Lyle et al. 2024); not for normalization "none"',
    ),
    dataInitialization: z
      .boolean()
      .optional()
      .describe(
        'fit layers to a batch of observations before learning; default all but those of "none" and "layer"',
      ),
    statisticsMomentum: fraction(
      0.99,
      'momentum of the running statistics of "batch" and "mean-only-batch", from 0 to 1',
    ),
    network: networkSchema
      .optional()
      .describe(`hidden layers; default ${defaults.network}, or a convolution for images`),
    scaleObservations: z
      .union([z.boolean(), z.array(z.number().positive())])
      .default(true)
      .describe(
        'true maps observations with finite bounds to [-1, 1] (to [0, 1] where the low bound is 0); ' +
          'a list divides each entry of the observation by its number',
      ),
    numEnvs: z
      .int()
      .min(1)
      .optional()
      .describe(
        `copies made of an environment factory, stepped together; default ${defaults.numEnvs}`,
      ),
    logInterval: count(1000, 'timesteps between two rows of losses in the metrics'),
    normInterval: z
      .int()
      .min(0)
      .default(10_000)
      .describe('timesteps between rows of the norm/* metrics, which take time; 0 for none'),
  }
}

/** What every agent's options are, defaults filled in. */
export type CommonOptions = z.output<z.ZodObject<ReturnType<typeof commonOptions>>>

/** Options of ε-greedy exploration. @param duration part of totalTimesteps, and where it comes from */
export function explorationOptions([duration, origin]: Told<number>) {
  return {
    epsilonStart: fraction(1, 'probability of a random action at the start'),
    epsilonEnd: fraction(0.05, 'probability of a random action in the end'),
    explorationFraction: fraction(
      duration,
      `part of totalTimesteps over which epsilon falls; default ${duration} (${origin})`,
    ),
    epsilon: scheduleSchema(probability, probability)
      .optional()
      .describe(
        'probability of a random action, in place of the three above: a number, pieces [[progress, value], …], a function',
      ),
  }
}

/** Options of agents that learn from a replay buffer. */
export function replayOptions(
  defaults: Readonly<Record<'bufferSize' | 'learningStarts', number>> & {
    readonly batchSize: Told<number>
  },
) {
  const [batchSize, origin] = defaults.batchSize
  return {
    bufferSize: count(defaults.bufferSize, 'transitions that the replay buffer holds'),
    batchSize: count(batchSize, `transitions per update; default ${batchSize} (${origin})`),
    learningStarts: count(
      defaults.learningStarts,
      'timesteps of random play before the first update',
    ),
    initializationBatch: count(
      512,
      'observations, of those gathered before learning starts, that weights are initialized from',
      2,
    ),
    gradientSteps: count(1, 'updates each time'),
  }
}

/** @throws RangeError for options that do not fit each other */
export function checkReplayOptions(
  options: Readonly<Record<'bufferSize' | 'batchSize' | 'learningStarts', number>>,
): void {
  const { bufferSize } = options
  for (const name of ['batchSize', 'learningStarts'] as const) {
    if (options[name] <= bufferSize) continue
    throw new RangeError(
      `${name} is ${options[name]}, but bufferSize is ${bufferSize}: so many do not fit; enlarge bufferSize`,
    )
  }
}

/** `true`, or the coefficients of prioritized replay. */
export const prioritizedReplayOption = z
  .union([
    z.boolean(),
    z.strictObject({
      alpha: fraction(0.6, 'from 0, uniform, to 1, in proportion to the TD error'),
      beta: fraction(
        0.4,
        'of the importance weights at the start; it grows to 1 over totalTimesteps',
      ),
      epsilon: positive(1e-6, 'added to the TD error'),
    }),
  ])
  .transform((option) => (option === true ? { alpha: 0.6, beta: 0.4, epsilon: 1e-6 } : option))
  .default(false)
  .describe(
    'sample by TD error (Schaul et al. 2016): true, or { alpha, beta, epsilon }; 0.6, 0.4 and 1e-6 unless told',
  )

/** Options of agents that fit their networks to a warm-up of random play before they learn from rollouts. */
export const rolloutOptions = {
  rewardScale: positive(
    1,
    'multiplies rewards as the agent learns from them; reported returns stay as they are',
  ),
  initializationSteps: z
    .int()
    .min(2)
    .default(512)
    .describe(
      'timesteps of random play that weights are initialized from; none where nothing is to be fitted to data',
    ),
}

/** Options that A2C and PPO share. */
export const actorCriticOptions = {
  sharedTrunk: flag(
    false,
    'one set of hidden layers under both the policy and the value, instead of one each',
  ),
  gaeLambda: fraction(1, 'λ of GAE, from 0 to 1; 1: n-step returns'),
  entCoef: scheduledNotNegative(
    0,
    'weight of the entropy bonus, nats; default 0 (Stable-Baselines3)',
  ),
  entCoefEnd: z
    .number()
    .min(0)
    .optional()
    .describe(
      'where entCoef is a number: the weight at the end of training, approached linearly; default entCoef',
    ),
  vfCoef: notNegative(0.5, 'weight of the value loss; default 0.5 (Stable-Baselines3)'),
  valueClip: positiveOrNone(
    'how far an update may profit from moving a value, units of return, or null for no limit',
  ),
  ...rolloutOptions,
  scaleActions: flag(
    true,
    'continuous actions with finite bounds are in [-1, 1] for the policy and scaled to the bounds for the environment; ' +
      'false: all are in the units of the environment',
  ),
  logStdInit: anyNumber(
    0,
    'initial log standard deviation of continuous actions, which go from -1 to 1 where they have bounds (scaleActions)',
  ),
  policyOutputScale: positive(
    0.1,
    'initial standard deviation of the logits or means; near-uniform policies need it well below 1',
  ),
}

/** What actor-critics did before there was an option for it: where a model or a run does not name it, it is older. */
export const olderActorCriticOptions: z.input<z.ZodObject<typeof actorCriticOptions>> = {
  scaleActions: false,
}

/** What a network factory takes of an agent's options. */
export function normalizationOf(
  options: Pick<
    NetworkOptions,
    'normalization' | 'projection' | 'dataInitialization' | 'statisticsMomentum'
  >,
) {
  const { normalization, projection, dataInitialization, statisticsMomentum } = options
  return { normalization, projection, dataInitialization, statisticsMomentum }
}

/** Options as data for config.yaml and model files: the network as its layers, other functions as `custom`. */
export function serializableOptions(
  options: Readonly<Record<string, unknown>> & {
    readonly network: Parameters<typeof describeNetwork>[0]
  },
): Record<string, unknown> {
  const data = Object.entries(options).map(([name, value]): [string, unknown] => [
    name,
    typeof value === 'function' ? 'custom' : value,
  ])
  return { ...Object.fromEntries(data), network: describeNetwork(options.network) }
}

/** @throws RangeError if the budget cannot be met exactly, or has been spent already */
export function checkBudget(totalTimesteps: number, numEnvs: number, globalStep: number): void {
  if (!Number.isSafeInteger(totalTimesteps) || totalTimesteps < 1) {
    throw new RangeError(
      `totalTimesteps is ${totalTimesteps}; give a positive whole number of environment timesteps`,
    )
  }
  if (totalTimesteps <= globalStep) {
    throw new RangeError(
      `totalTimesteps is ${totalTimesteps}, but the agent has learned for ${globalStep} already; give more`,
    )
  }
  const over = (totalTimesteps - globalStep) % numEnvs
  if (over !== 0) {
    const below = totalTimesteps - over
    throw new RangeError(
      `totalTimesteps is ${totalTimesteps}, which ${numEnvs} environments cannot meet exactly; ` +
        `give ${below > globalStep ? `${below} or ` : ''}${below + numEnvs}`,
    )
  }
}

/** The learning rate of an update that starts after `globalStep` of `totalTimesteps`. */
export function learningRateAt(
  options: {
    readonly learningRate: Schedule
    readonly learningRateSchedule: 'constant' | 'linear'
  },
  globalStep: number,
  totalTimesteps: number,
): number {
  const { learningRate, learningRateSchedule } = options
  if (typeof learningRate !== 'number')
    return scheduledValue('learningRate', learningRate, globalStep / totalTimesteps)
  if (learningRateSchedule === 'constant') return learningRate
  return linearSchedule(learningRate, 0, totalTimesteps, globalStep)
}

/** What a loss is weighed with at a part of the training, from 0 to 1, as inputs: entCoef, and clip if it changes. */
export function scheduledInputs(
  options: {
    readonly entCoef: Schedule
    readonly entCoefEnd?: number | undefined
    readonly clip?: Schedule
  },
  progress: number,
): Readonly<Record<string, Float32Array>> {
  const { entCoef, entCoefEnd, clip } = options
  const weight =
    typeof entCoef === 'number'
      ? linearSchedule(entCoef, entCoefEnd ?? entCoef, 1, progress)
      : scheduledValue('entCoef', entCoef, progress)
  const isClipFixed = clip === undefined || typeof clip === 'number'
  return {
    entCoef: Float32Array.of(weight),
    ...(!isClipFixed && { clip: Float32Array.of(scheduledValue('clip', clip, progress)) }),
  }
}

/** ε of a timestep that follows `globalStep` of `totalTimesteps`. */
export function epsilonAt(
  options: {
    readonly epsilonStart: number
    readonly epsilonEnd: number
    readonly explorationFraction: number
    readonly epsilon?: Schedule | undefined
  },
  globalStep: number,
  totalTimesteps: number,
): number {
  const { epsilon, epsilonStart, epsilonEnd, explorationFraction } = options
  if (epsilon !== undefined)
    return scheduledValue('epsilon', epsilon, globalStep / totalTimesteps, 1)
  return linearSchedule(epsilonStart, epsilonEnd, explorationFraction * totalTimesteps, globalStep)
}

function withoutUndefined(options: object): OptimizerOptions {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as never
}
