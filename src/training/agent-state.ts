/** What the states of all agents have in common: whose state it is, how far it has come, and what it explores by. */
import type { Json, JsonObject, Space } from 'gymnasium-js'
import * as z from 'zod'
import type { LayerReport } from '../nn/network.ts'
import type { Rng, Seed } from '../rng.ts'
import { partSchema } from '../state.ts'
import { CHECKPOINT_STATE_VERSION } from '../storage/checkpoint-state.ts'

interface StatefulAgent {
  readonly seed: Seed
  readonly globalStep: number
  readonly observationSpace: Space
  readonly actionSpace: Space
  readonly options: { readonly numEnvs?: number | undefined }
}

/** The JSON that the state of every agent starts with. */
export function agentJson(
  agent: string,
  of: StatefulAgent,
  own: { readonly initialized: boolean; readonly exploration: Rng },
): JsonObject {
  return {
    ...identity(agent, of),
    globalStep: of.globalStep,
    initialized: own.initialized,
    exploration: own.exploration.getState(),
  }
}

/** The schema of `agentJson`, for that agent alone, to be extended by the agent's own fields. */
export function agentSchema(agent: string, of: StatefulAgent) {
  const { version, ...same } = identity(agent, of)
  return z.strictObject({
    version: z.literal(version),
    agent: z.literal(same.agent),
    seed: z.literal(same.seed),
    numEnvs: z.literal(same.numEnvs),
    observationSpace: z.literal(same.observationSpace),
    actionSpace: z.literal(same.actionSpace),
    globalStep: z.int().min(0),
    initialized: z.boolean(),
    exploration: partSchema,
  })
}

/** What must be the same in the agent that takes a state over. The seeds 1 and '1' are the same. */
function identity(agent: string, { seed, observationSpace, actionSpace, options }: StatefulAgent) {
  return {
    version: CHECKPOINT_STATE_VERSION,
    agent,
    seed: String(seed),
    numEnvs: options.numEnvs ?? 1,
    observationSpace: observationSpace.toString(),
    actionSpace: actionSpace.toString(),
  }
}

/** What data-dependent initialization found, as JSON. */
export const reportsSchema = z.array(
  z.strictObject({
    layer: z.int().min(0),
    mean: z.array(z.number()),
    variance: z.array(z.number()),
    constantUnits: z.int().min(0),
  }),
)

export function reportsToJson(reports: readonly LayerReport[]): Json {
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
