/** Options that agents have in common, and small steps that their constructors share. */
import * as z from 'zod'
import { NORMALIZATIONS } from '../nn/layer-spec.ts'
import type { NetworkOptions } from '../nn/network.ts'
import { describeNetwork, networkSchema } from '../nn/network-option.ts'
import type { OptimizerOptions } from '../nn/optimizers.ts'
import type { Seed } from '../rng.ts'
import { linearSchedule } from './schedules.ts'

const decay = z.number().min(0).lt(1)
const epsilon = z.number().positive()

const optimizerObject = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.enum(['adam', 'adamax']),
    beta1: decay.optional(),
    beta2: decay.optional(),
    epsilon: epsilon.optional(),
  }),
  z.strictObject({
    name: z.literal('rmsprop'),
    alpha: decay.optional(),
    epsilon: epsilon.optional(),
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
  .union([z.enum(['adam', 'adamax', 'rmsprop', 'sgd']), optimizerObject])
  .transform((option): OptimizerOptions =>
    withoutUndefined(typeof option === 'string' ? { name: option } : option),
  )

export const seedSchema = z.union([z.int().min(0), z.string().min(1)]) satisfies z.ZodType<Seed>

export const learningRateSchedules = z.enum(['constant', 'linear'])

/** Options of every agent, each with its unit; defaults are the agents' own. */
export const commonOptions = {
  learningRate: z.number().positive(),
  learningRateSchedule: learningRateSchedules.describe(
    '"constant", or "linear": from learningRate to 0 over totalTimesteps (CleanRL: anneal_lr)',
  ),
  optimizer: optimizerSchema,
  maxGradNorm: z.number().positive().nullable(),
  gamma: z.number().min(0).max(1).describe('discount factor per timestep, from 0 to 1'),
  normalization: z
    .enum(NORMALIZATIONS)
    .describe(
      'normalization of the hidden layers: "weight" (Salimans & Kingma 2016), "none", "batch", ' +
        '"mean-only-batch" (batch means taken off weight-normalized layers) or "layer"',
    ),
  projection: z
    .boolean()
    .default(false)
    .describe(
      'put the weights back to their first length after each update, so that the effective learning rate does ' +
        'not shrink (Lyle et al. 2024); not for normalization "none"',
    ),
  dataInitialization: z
    .boolean()
    .optional()
    .describe(
      'fit layers to a batch of observations before learning; default all but those of "none" and "layer"',
    ),
  statisticsMomentum: z
    .number()
    .min(0)
    .max(1)
    .default(0.99)
    .describe('momentum of the running statistics of "batch" and "mean-only-batch", from 0 to 1'),
  network: networkSchema,
  scaleObservations: z
    .union([z.boolean(), z.array(z.number().positive())])
    .describe(
      'true maps observations with finite bounds to [-1, 1] (to [0, 1] where the low bound is 0); ' +
        'a list divides each entry of the observation by its number',
    ),
  numEnvs: z.int().min(1),
  logInterval: z.int().min(1).describe('timesteps between two rows of losses in the metrics'),
} as const

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

/** Options as data for config.yaml and model files: the network as its layers. */
export function serializableOptions(
  options: Readonly<Record<string, unknown>> & {
    readonly network: Parameters<typeof describeNetwork>[0]
  },
): Record<string, unknown> {
  return { ...options, network: describeNetwork(options.network) }
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
    readonly learningRate: number
    readonly learningRateSchedule: z.output<typeof learningRateSchedules>
  },
  globalStep: number,
  totalTimesteps: number,
): number {
  if (options.learningRateSchedule === 'constant') return options.learningRate
  return linearSchedule(options.learningRate, 0, totalTimesteps, globalStep)
}

function withoutUndefined(options: object): OptimizerOptions {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as never
}
