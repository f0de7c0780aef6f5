/** gymnasium-js/workers: environments in threads. Node only. */

export { WorkerVectorEnv } from './vector/worker-vector-env.ts'
export type { WorkerVectorOptions } from './vector/worker-vector-env.ts'
export type { WorkerEnvSource } from './vector/worker-arguments.ts'
