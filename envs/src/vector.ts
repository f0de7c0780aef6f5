/** gymnasium-js/vector. */

export { makeVector } from './vector/make-vector.ts'
export type { MakeVectorOptions } from './vector/make-vector.ts'
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
} from './vector/vector-env.ts'
