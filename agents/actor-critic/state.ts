/** The state of an actor-critic as checkpoints hold it: networks, optimizer and random streams, beside its rollout. */
import * as z from 'zod'
import type { JsonObject, Rng } from 'gymnasium-js'
import { type Optimizer, readVariableTensors, variableTensors } from '../../src/nn/index.ts'
import {
  type CheckpointState,
  joinStates,
  partSchema,
  readJson,
  readStream,
  splitState,
  type StatePart,
} from '../../src/state.ts'
import {
  agentJson,
  agentSchema,
  reportsFromJson,
  reportsSchema,
  reportsToJson,
} from '../../src/training/index.ts'
import { type ActorCritic, type Initialization, variablesOf } from './networks.ts'

/** What of a learner its state is made of. */
export type Stateful = Parameters<typeof agentSchema>[1] & {
  readonly name: string
  readonly exploration: Rng
  /** That updates draw from, by name. */
  readonly streams: Readonly<Record<string, Rng>>
  readonly networks: ActorCritic
  readonly optimizer: Optimizer
  readonly initialization: Initialization
}

/** @param learning the state of the rollout; undefined before the first timestep */
export function learnerState(
  learner: Stateful,
  initialized: boolean,
  learning: CheckpointState | undefined,
): CheckpointState {
  const { name, exploration, streams, networks, optimizer } = learner
  const { policy, value, trunk } = learner.initialization
  const json = {
    ...agentJson(name, learner, { initialized, exploration }),
    ...Object.fromEntries(Object.entries(streams).map(([stream, rng]) => [stream, rng.getState()])),
    initialization: {
      policy: reportsToJson(policy),
      value: reportsToJson(value),
      ...(trunk && { trunk: reportsToJson(trunk) }),
    },
    learning: null,
  }
  return joinStates(json, {
    networks: { json: {}, tensors: variableTensors(variablesOf(networks)) },
    optimizer: optimizer.getState(),
    ...(learning && { learning }),
  })
}

/** A state that was checked. */
export interface ReadState {
  readonly globalStep: number
  readonly initialized: boolean
  readonly initialization: Initialization
  /** Of the rollout; undefined before the first timestep. */
  readonly learning: StatePart | undefined
  /** Sets networks, optimizer and random streams. */
  readonly restore: () => void
}

/** Checks a state and changes nothing yet. @throws TypeError naming the field, if it is torn or does not fit */
export function readLearnerState(learner: Stateful, state: CheckpointState): ReadState {
  const json = readJson(stateSchema(learner), state)
  const names = ['networks', 'optimizer'] as const
  const parts = splitState(state, json.learning ? [...names, 'learning'] : names)
  const sets = [
    readStream(json.exploration, learner.exploration, ['exploration']),
    ...Object.entries(learner.streams).map(([name, stream]) =>
      readStream((json as Record<string, unknown>)[name] as JsonObject, stream, [name]),
    ),
    readVariableTensors(parts.networks, variablesOf(learner.networks)),
    learner.optimizer.readState(parts.optimizer),
  ]
  const { policy, value, trunk } = json.initialization
  return {
    globalStep: json.globalStep,
    initialized: json.initialized,
    initialization: {
      policy: reportsFromJson(policy),
      value: reportsFromJson(value),
      ...(trunk && { trunk: reportsFromJson(trunk) }),
    },
    learning: json.learning ? parts.learning : undefined,
    restore: () => {
      for (const set of sets) set()
    },
  }
}

const stateSchema = (of: Stateful) =>
  agentSchema(of.name, of).extend({
    ...Object.fromEntries(Object.keys(of.streams).map((stream) => [stream, partSchema])),
    initialization: z
      .strictObject({
        policy: reportsSchema,
        value: reportsSchema,
        trunk: reportsSchema.optional(),
      })
      .refine(({ trunk }) => (trunk === undefined) === (of.networks.trunk === undefined), {
        path: ['trunk'],
        message: 'expected what a trunk has, where there is one',
      }),
    networks: partSchema,
    optimizer: partSchema,
    learning: partSchema.nullable(),
  })
