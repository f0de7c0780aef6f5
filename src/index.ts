/**
 * wn-rl: what agents are made of, for people who build their own. The agents are in `wn-rl/agents`, networks in
 * `wn-rl/nn`, backends in `wn-rl/backend`, environments in `gymnasium-js`.
 */
export * from './buffers/index.ts'
export * from './logging/index.ts'
export * from './rng.ts'
export { combineCallbacks, logTo, type Callbacks, type EpisodeEnd } from './training/callbacks.ts'
export { digestOf, sha256Hex } from './training/digest.ts'
export type { EnvSource } from './training/environments.ts'
export { evaluate, periodicEvaluation } from './training/evaluation.ts'
export type {
  Evaluation,
  EvaluationOptions,
  PeriodicEvaluationOptions,
  Policy,
} from './training/evaluation.ts'
export {
  loadModel,
  memoryStore,
  saveModel,
  type FileStore,
  type Model,
} from './training/model-file.ts'
export {
  decodeSafetensors,
  encodeSafetensors,
  type HostTensor,
  type HostTensors,
} from './training/safetensors.ts'
export { linearSchedule } from './training/schedules.ts'
