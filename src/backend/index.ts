/** Where tensors live and how a step runs: choosing a backend, and `compile`. */
export { compile, tensorFrom } from './compile.ts'
export type { Profile } from './capture.ts'
export { FUSED, fusedOr } from './fused.ts'
export { GpuFailure } from './gpu-failure.ts'
export { type Later, readTogether } from './later.ts'
export { atOnce, type Awaitable, download, onHost, readsByWaiting } from './reading.ts'
export { whenThere } from './when-there.ts'
export type {
  CompileOptions,
  NumericArray,
  Program,
  ProgramInputs,
  Signature,
  TensorSpec,
} from './compile.ts'
export {
  BACKENDS,
  BIT_EXACT,
  backendFor,
  backendInUse,
  requireKernels,
  useBackend,
  useCpuUntilChosen,
} from './select.ts'
export type { BackendChoice, BackendName, BackendOptions } from './select.ts'
export { TENSORFLOW_ENTRY, tensorflowFolder } from './tensorflow.ts'
