/** What the states of all agents have in common: whose state it is, how far it has come, and what it started from. */
import type { Json, JsonObject, Space } from 'gymnasium-js'
import * as z from 'zod'
import type { LayerReport } from '../nn/index.ts'
import type { Seed } from '../rng.ts'
import { partSchema } from '../state.ts'
import { CHECKPOINT_STATE_VERSION } from '../storage/checkpoint-state.ts'

interface Identity {
  readonly seed: Seed
  readonly observationSpace: Space
  readonly actionSpace: Space
  readonly options: { readonly numEnvs: number }
}

/** How far an agent has come. */
interface Progress {
  readonly globalStep: number
  readonly isInitialized: boolean
  readonly initialization: readonly LayerReport[]
}

/** The JSON of an agent's state beside its parts. @param agent its name */
export function agentJson(
  agent: string,
  of: Identity & { readonly statistics: readonly JsonObject[] },
  progress: Progress,
): JsonObject {
  return {
    ...identity(agent, of),
    globalStep: progress.globalStep,
    initialized: progress.isInitialized,
    initialization: reportsToJson(progress.initialization),
    ...(of.statistics.length > 0 && { statistics: [...of.statistics] }),
    learning: null,
  }
}

/** The schema of a state, for that agent alone. */
export function agentSchema(agent: string, of: Identity) {
  const { version, ...same } = identity(agent, of)
  return z.strictObject({
    version: z.literal(version, {
      error:
        `expected ${version}: a checkpoint of another version of wn-rl cannot be resumed, but the models of its run ` +
        'can be loaded',
    }),
    agent: z.literal(same.agent),
    seed: z.literal(same.seed),
    numEnvs: z.literal(same.numEnvs),
    observationSpace: z.literal(same.observationSpace),
    actionSpace: z.literal(same.actionSpace),
    globalStep: z.int().min(0),
    initialized: z.boolean(),
    initialization: reportsSchema,
    /** What wrappers have gathered: also where the environments themselves could not be saved. */
    statistics: z.array(partSchema).optional(),
    algorithm: partSchema,
    learning: partSchema.nullable(),
  })
}

/** What must be the same in the agent that takes a state over. The seeds 1 and '1' are the same. */
function identity(agent: string, { seed, observationSpace, actionSpace, options }: Identity) {
  return {
    version: CHECKPOINT_STATE_VERSION,
    agent,
    seed: String(seed),
    numEnvs: options.numEnvs,
    observationSpace: observationSpace.toString(),
    actionSpace: actionSpace.toString(),
  }
}

/** What data-dependent initialization found, as JSON. */
const reportsSchema = z.array(
  z.strictObject({
    layer: z.string(),
    mean: z.array(z.number()),
    variance: z.array(z.number()),
    constantUnits: z.int().min(0),
  }),
)

function reportsToJson(reports: readonly LayerReport[]): Json {
  const positive = (value: number) => value + 0 // JSON has no −0
  return reports.map(({ mean, variance, ...rest }) => ({
    ...rest,
    mean: Array.from(mean, positive),
    variance: Array.from(variance, positive),
  }))
}

export function reportsFromJson(reports: z.output<typeof reportsSchema>): LayerReport[] {
  return reports.map(({ mean, variance, ...rest }) => ({
    ...rest,
    mean: Float32Array.from(mean),
    variance: Float32Array.from(variance),
  }))
}

/** @throws Error for an agent that is in the middle of a timestep, or was when learning failed */
export function requireBetweenTimesteps(isBetween: boolean): void {
  if (isBetween) return
  throw new Error(
    'getState: this agent is in the middle of a timestep, or stopped there by an error; ' +
      'call it from onStep, or when learn is through',
  )
}
