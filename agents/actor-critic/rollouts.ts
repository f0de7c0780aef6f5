/**
 * The rollouts of actor-critics while they learn: the environments in mid-episode and the rollout that is being filled,
 * from one timestep to the next and in checkpoints.
 */
import type { Info, Rng } from 'gymnasium-js'
import type { ObsArray, VectorEnv, VectorStep } from 'gymnasium-js/vector'
import * as z from 'zod'
import { RolloutBuffer } from '../../src/buffers/index.ts'
import {
  type CheckpointState,
  joinStates,
  partSchema,
  readJson,
  readTensors,
  splitState,
  type StatePart,
  tensorOf,
} from '../../src/state.ts'
import {
  actionMasksOf,
  environmentState,
  MeanMetrics,
  type Playing,
  readEnvironmentState,
} from '../../src/training/index.ts'
import type { ActionDistribution } from './action-distribution.ts'
import type { Played } from './player.ts'

/** What rollouts are of. */
export interface RolloutParts {
  readonly envs: VectorEnv
  /** Numbers in one observation. */
  readonly obsSize: number
  readonly distribution: ActionDistribution
  readonly rewardScale: number
  /** Of updates, averaged between rows of the log. */
  readonly updateMetrics: readonly string[]
}

/** What learning carries from one timestep to the next, besides the networks and the optimizer. */
export interface Learning extends Playing {
  /** [N, maskSize] legal actions; undefined where the environments do not tell */
  masks: Uint8Array | undefined
  /** By their number of steps. */
  readonly rollouts: Map<number, RolloutBuffer>
  /** The one being filled; undefined where the next timestep begins one. */
  rollout: RolloutBuffer | undefined
  /** Of the updates since the last row of the log. */
  readonly metrics: MeanMetrics<string>
}

/** Before the first timestep. @param infos [N] of the reset */
export function startRollouts(
  parts: RolloutParts,
  { playing, infos }: { readonly playing: Playing; readonly infos: readonly Info[] },
): Learning {
  return {
    ...playing,
    masks: masksOf(parts, infos),
    rollouts: new Map(),
    rollout: undefined,
    metrics: new MeanMetrics(parts.updateMetrics),
  }
}

/** The rollout buffer of that many steps, emptied; only the warm-up and the last rollout differ in length. */
export function emptyRollout(
  { envs, obsSize, distribution }: RolloutParts,
  { obs, rollouts }: Pick<Learning, 'obs' | 'rollouts'>,
  numSteps: number,
): RolloutBuffer {
  let rollout = rollouts.get(numSteps)
  if (!rollout) {
    rollout = new RolloutBuffer({
      numSteps,
      numEnvs: envs.numEnvs,
      obsSize,
      obsLike: obs,
      actionSize: distribution.actionSize,
      actionLike: distribution.empty(0),
      numActions: distribution.maskSize,
    })
    rollouts.set(numSteps, rollout)
  }
  rollout.clear()
  return rollout
}

/** Stores a step of all environments, and moves on to what they show after it. */
export function addStep(
  parts: RolloutParts,
  learning: Learning,
  { actions, values }: Played,
  step: VectorStep,
): void {
  const { rewardScale } = parts
  const scaled = () => ({ ...step, rewards: step.rewards.map((reward) => reward * rewardScale) })
  const learned = rewardScale === 1 ? step : scaled()
  learning.rollout!.add(learning.obs, actions, values, learned, { masks: learning.masks })
  learning.obs.set(step.obs)
  learning.masks = masksOf(parts, step.infos)
}

/** The legal actions of a full rollout; undefined where all were. [T, N, maskSize] */
export function masksIn({ masks }: RolloutBuffer): Uint8Array | undefined {
  return masks.includes(0) ? masks : undefined
}

export function rolloutState(envs: VectorEnv, learning: Learning): CheckpointState {
  const { rollout, metrics, masks } = learning
  return joinStates(
    { rollout: null, masks: null },
    {
      environments: environmentState(envs, learning),
      metrics: metrics.getState(),
      ...(rollout && { rollout: rollout.getState() }),
      ...(masks && {
        masks: {
          json: {},
          tensors: { legal: tensorOf(masks, [envs.numEnvs, masks.length / envs.numEnvs]) },
        },
      }),
    },
  )
}

/**
 * Checks a state; what it returns changes the environments and nothing else.
 *
 * @param at.maxSteps of a rollout at that time
 */
export function readRolloutState(
  parts: RolloutParts,
  state: StatePart,
  at: { readonly rng: Rng; readonly globalStep: number; readonly maxSteps: number },
): () => Learning {
  const { envs, obsSize, distribution, updateMetrics } = parts
  const json = readJson(learningSchema(at.maxSteps), state)
  const present = (['rollout', 'masks'] as const).filter((name) => json[name])
  const part = splitState(state, ['environments', 'metrics', ...present])
  const resume = readEnvironmentState(
    part.environments,
    { envs, obsSize, rng: at.rng },
    at.globalStep,
  )
  const metrics = new MeanMetrics(updateMetrics)
  metrics.readState(part.metrics)()
  const rollouts = new Map<number, RolloutBuffer>()
  const obs: ObsArray = part.environments.tensors['obs']!.data
  const rollout = json.rollout && emptyRollout(parts, { obs, rollouts }, json.rollout.numSteps)
  rollout?.setState(part.rollout)
  const shape = [envs.numEnvs, distribution.maskSize]
  const masks =
    json.masks && readTensors(part.masks, { legal: { dtype: 'uint8', shape } } as const).legal
  return () => {
    const { playing, abandoned, infos } = resume()
    if (abandoned) rollout?.truncate(abandoned)
    return {
      ...playing,
      masks: infos ? masksOf(parts, infos) : masks?.slice(),
      rollouts,
      rollout: rollout ?? undefined,
      metrics,
    }
  }
}

function masksOf({ distribution }: RolloutParts, infos: readonly Info[]): Uint8Array | undefined {
  return distribution.maskSize === 0 ? undefined : actionMasksOf(infos, distribution.maskSize)
}

/** A rollout in the state has begun and is not full. */
const learningSchema = (maxSteps: number) =>
  z.strictObject({
    environments: partSchema,
    metrics: partSchema,
    rollout: z
      .looseObject({ numSteps: z.int().min(1).max(maxSteps), steps: z.int().min(1) })
      .refine(({ numSteps, steps }) => steps < numSteps, 'expected fewer steps than numSteps')
      .nullable(),
    masks: partSchema.nullable(),
  })
