/** gymnasium-js/vector. */

export { makeVector } from './vector/make-vector.ts'
export type { MakeVectorOptions } from './vector/make-vector.ts'
export { NativeEnv } from './native/native-env.ts'
export type { NativeEnvOptions } from './native/native-env.ts'
export type { NativeModel, NativeStates } from './native/native-model.ts'
export { NativeVectorEnv } from './native/native-vector-env.ts'
export type { NativeVectorOptions } from './native/native-vector-env.ts'
export { SyncVectorEnv } from './vector/sync-vector-env.ts'
export type { SyncVectorOptions } from './vector/sync-vector-env.ts'
export type {
  ActionArray,
  AutoresetMode,
  ObsArray,
  VectorEnv,
  VectorReset,
  VectorResetArgs,
  VectorStep,
} from './vector-env.ts'
export { VectorWrapper } from './vector/vector-wrapper.ts'
export { NormalizeObservation } from './vector/wrappers/normalize-observation.ts'
export { NormalizeReward } from './vector/wrappers/normalize-reward.ts'
