/**
 * wn-rl: what agents are made of, for people who build their own (`defineAgent`: CONTRIBUTING.md). The agents are in `wn-rl/agents`, networks in
 * `wn-rl/nn`, backends in `wn-rl/backend`, environments in `gymnasium-js`.
 */
export * from './buffers/index.ts'
export * from './logging/index.ts'
export * from './policies/index.ts'
export * from './rng.ts'
export type { CheckpointState, StateOptions, StateTensor, StateTensors } from './state.ts'
export {
  combineCallbacks,
  logTo,
  type Callbacks,
  type CallbackSource,
  type CombinedCallbacks,
  type EpisodeEnd,
} from './training/callbacks.ts'
export {
  checkpointEvery,
  loadCheckpoint,
  saveCheckpoint,
  stopAtReturn,
  stopWithoutImprovement,
} from './training/ready-callbacks.ts'
export { digestOf, sha256Hex } from './storage/digest.ts'
export {
  defineAgent,
  type Agent,
  type AgentClass,
  type AgentDefinition,
  type Algorithm,
  type AlgorithmParts,
  type Learner,
  type LearnerStart,
} from './training/define-agent.ts'
export { Learning } from './training/learning.ts'
export { advantagesOf, Rollouts } from './training/rollouts.ts'
export {
  commonOptions,
  explorationOptions,
  normalizationOf,
  replayOptions,
  rolloutOptions,
} from './training/agent-options.ts'
export { replayMemory, rolloutMemory } from './training/buffer-memory.ts'
export { requireDiscreteActions } from './training/environments.ts'
export { unsavedReason } from './training/environment-state.ts'
export type { EnvSource } from './training/environments.ts'
export { evaluate, evaluateInTurns, periodicEvaluation } from './training/evaluation.ts'
export type {
  Evaluation,
  EvaluationOptions,
  EvaluationState,
  PeriodicEvaluation,
  PeriodicEvaluationOptions,
  Policy,
} from './training/evaluation.ts'
export { fetchStore, type Fetch } from './storage/fetch-store.ts'
export { memoryStore, type FileStore } from './storage/file-store.ts'
export { loadModel, saveModel, type Model } from './storage/model-file.ts'
export {
  decodeSafetensors,
  encodeSafetensors,
  type HostTensor,
  type HostTensors,
} from './storage/safetensors.ts'
export { linearSchedule, type Schedule } from './training/schedules.ts'
export {
  bootstrapInterval,
  explainedVariance,
  interquartileMean,
  mean,
  percentile,
  type BootstrapOptions,
  type Interval,
  type Scores,
} from './training/statistics.ts'
export { TrainingTrouble, type TroubleDetails } from './trouble.ts'
