/** What DQN's learning carries from one timestep to the next, besides networks and optimizer, and one update of it. */
import type { Space } from 'gymnasium-js'
import type { ObsArray, VectorEnv } from 'gymnasium-js/vector'
import { PrioritizedReplayBuffer, type ReplayBatch } from '../../src/buffers/index.ts'
import { type Awaitable, readsByWaiting } from '../../src/backend/index.ts'
import type { Network, ObservationEncoder, Optimizer } from '../../src/nn/index.ts'
import type { Rng } from '../../src/rng.ts'
import {
  type CheckpointState,
  joinStates,
  readJson,
  readStream,
  splitState,
  type StateOptions,
  type StatePart,
} from '../../src/state.ts'
import {
  actionMasksOf,
  copiesOf,
  environmentState,
  followMasks,
  MeanMetrics,
  type Moment,
  PendingReports,
  type Playing,
  readEnvironmentState,
  requireFinite,
  startPlaying,
} from '../../src/training/index.ts'
import type { ResolvedOptions } from './options.ts'
import { createReplay, drawBatch, type Replay } from './replay.ts'
import { learningSchema, masksFromState, masksToState } from './state.ts'
import { type DqnUpdate, dqnUpdate } from './update.ts'

export const UPDATE_METRICS = ['losses/td_loss', 'losses/q_values', 'losses/grad_norm'] as const

export interface Learning extends Playing {
  /** [N, A] which actions are legal now, where environments tell. */
  readonly masks: Uint8Array | undefined
  readonly replay: Replay
  /** The stream `replay`. */
  readonly rng: Rng
  /** Of the updates since the last row of the log. */
  readonly metrics: MeanMetrics<(typeof UPDATE_METRICS)[number]>
  /** One gradient step. */
  readonly update: DqnUpdate
  /** What updates found and learning has not heard of yet, where reading takes waiting. */
  readonly pending: PendingReports<Finding>
}

type Findings = Readonly<Record<Finding, Float32Array>>
type Finding = 'loss' | 'meanQ' | 'gradNorm' | 'errors'
type Batch = ReturnType<typeof drawBatch>

/** The agent's own, as learning needs it. */
export interface LearningParts {
  readonly options: ResolvedOptions
  readonly space: Space
  /** A. */
  readonly actions: number
  readonly envs: VectorEnv
  readonly encoder: ObservationEncoder
  /** Parent of the streams. */
  readonly rng: Rng
  readonly network: Network
  readonly target: Network
  readonly optimizer: Optimizer
}

/** Resets the environments; the buffer is empty. */
export function startLearning(parts: LearningParts, moment: Moment): Learning {
  const { playing, infos } = startPlaying(parts.envs, parts.rng, moment)
  const masks = actionMasksOf(infos, parts.actions)
  return { ...playing, masks, ...emptyMemory(parts, playing.obs, masks !== undefined) }
}

/**
 * One gradient step on a minibatch; the targets are computed within the program that updates.
 *
 * @param schedule.progress from 0 to 1: how much of the training is over
 * @returns a promise where learning should wait; where reading takes waiting, updates go on by themselves, and what
 *   they found is heard of later, except that of prioritized replay, which the next minibatch depends on
 * @throws TrainingTrouble if the loss, the Q-values or the gradient are not finite
 */
export function improve(
  learning: Learning,
  { options, optimizer }: LearningParts,
  { progress, learningRate }: { readonly progress: number; readonly learningRate: number },
  moment: Moment,
): Promise<void> | undefined {
  const { replay, rng, update } = learning
  const batch = drawBatch(replay, options, rng, progress)
  const inputs = { ...batch, ...optimizer.nextScalars(learningRate) }
  if (!readsByWaiting()) {
    hear(learning, update(inputs), batch, moment)
    return undefined
  }
  if (replay instanceof PrioritizedReplayBuffer)
    return hearLater(learning, update.run(inputs), batch, moment)
  return hearSometime(learning, inputs, batch, moment)
}

async function hearLater(
  learning: Learning,
  outputs: Awaitable<Findings>,
  batch: Batch,
  moment: Moment,
): Promise<void> {
  hear(learning, await outputs, batch, moment)
}

function hearSometime(
  learning: Learning,
  inputs: Parameters<DqnUpdate>[0],
  batch: Batch,
  moment: Moment,
): Promise<void> | undefined {
  const kept = copiesOf(evidenceOf(batch))
  return learning.pending.add(learning.update.later(inputs), (outputs) => {
    hear(learning, outputs, { ...batch, ...kept }, moment)
  })
}

/** Takes note of what an update found. */
function hear(
  { replay, metrics }: Learning,
  outputs: Findings,
  batch: Batch,
  moment: Moment,
): void {
  const [loss, meanQ, gradNorm] = [outputs.loss[0]!, outputs.meanQ[0]!, outputs.gradNorm[0]!]
  requireFinite({ loss, 'mean Q-value': meanQ, 'gradient norm': gradNorm }, moment, {
    rows: batch.rewards.length,
    batch: evidenceOf(batch),
  })
  if (replay instanceof PrioritizedReplayBuffer)
    replay.updatePriorities(batch.indices!, outputs.errors)
  metrics.add({
    'losses/td_loss': loss,
    'losses/q_values': meanQ,
    'losses/grad_norm': gradNorm,
  })
}

export function learningState(
  learning: Learning,
  { envs, actions }: LearningParts,
  options: StateOptions,
): CheckpointState {
  return joinStates(
    { rng: learning.rng.getState() },
    {
      environments: environmentState(envs, learning),
      masks: masksToState(learning.masks, actions),
      replay: learning.replay.getState(options),
      metrics: learning.metrics.getState(),
    },
  )
}

/** Checks a state; what it returns changes the environments and nothing else. @throws TypeError naming the field */
export function readLearning(
  state: StatePart,
  parts: LearningParts,
  globalStep: number,
): () => Learning {
  const { envs, encoder, actions, rng } = parts
  const json = readJson(learningSchema, state)
  const states = splitState(state, ['environments', 'masks', 'replay', 'metrics'])
  const own = { envs, obsSize: encoder.size, rng }
  const resume = readEnvironmentState(states.environments, own, globalStep)
  const masks = masksFromState(states.masks, envs.numEnvs, actions)
  const obsLike = states.environments.tensors['obs']!.data
  const memory = emptyMemory(parts, obsLike, masks !== undefined)
  readStream(json.rng, memory.rng, ['learning', 'rng'])()
  memory.replay.readState(states.replay)()
  memory.metrics.readState(states.metrics)()
  return () => {
    const { playing, abandoned, infos } = resume()
    if (abandoned) memory.replay.truncate()
    if (infos) followMasks(masks, infos, actions)
    return { ...playing, ...memory, masks }
  }
}

function emptyMemory(
  parts: LearningParts,
  obsLike: ObsArray,
  masked: boolean,
): Omit<Learning, keyof Playing | 'masks'> {
  const { options, actions, rng } = parts
  const prioritized = options.prioritizedReplay !== false
  return {
    replay: createReplay(parts, obsLike, masked ? actions : undefined),
    rng: rng.stream('replay'),
    metrics: new MeanMetrics(UPDATE_METRICS),
    update: dqnUpdate({ ...options, ...parts, masked, prioritized }),
    pending: new PendingReports(),
  }
}

/** What to look at where an update went wrong. */
function evidenceOf({ obs, actions, rewards, nextObs, terminated }: ReplayBatch) {
  return { obs, actions, rewards, nextObs, terminated }
}
