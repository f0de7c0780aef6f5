/** The parts of DQN's state that are DQN's own, and what they must be. */
import * as z from 'zod'
import {
  type CheckpointState,
  partSchema,
  readJson,
  readTensors,
  type StatePart,
  tensorOf,
} from '../../src/state.ts'
import { agentSchema, reportsSchema } from '../../src/training/index.ts'

export const stateSchema = (agent: Parameters<typeof agentSchema>[1]) =>
  agentSchema('dqn', agent).extend({
    epsilon: z.number().min(0).max(1),
    initialization: reportsSchema,
    network: partSchema,
    target: partSchema,
    optimizer: partSchema,
    learning: partSchema.nullable(),
  })

export const learningSchema = z.strictObject({
  rng: partSchema,
  environments: partSchema,
  masks: partSchema,
  replay: partSchema,
  metrics: partSchema,
})

/** Which actions are legal now. @param masks [N, A] of environments that tell */
export function masksToState(masks: Uint8Array | undefined, numActions: number): CheckpointState {
  if (!masks) return { json: { told: false }, tensors: {} }
  const legal = tensorOf(masks.slice(), [masks.length / numActions, numActions])
  return { json: { told: true }, tensors: { legal } }
}

/** @throws TypeError naming the field */
export function masksFromState(
  state: StatePart,
  numEnvs: number,
  numActions: number,
): Uint8Array | undefined {
  const { told } = readJson(z.strictObject({ told: z.boolean() }), state)
  const legal = { dtype: 'uint8', shape: [numEnvs, numActions] } as const
  if (told) return readTensors(state, { legal }).legal.slice()
  readTensors(state, {})
  return undefined
}
