/** Where tensors live and how a step runs: choosing a backend, and `compile`. */
export type { Profile } from './capture.ts'
export { compile, type CompileOptions } from './compile.ts'
export { FUSED, fusedOr } from './fused.ts'
export { GpuFailure } from './gpu-failure.ts'
export { type Later, readTogether } from './later.ts'
export { onHost } from './host.ts'
export { tensorFrom } from './inputs.ts'
export { profileProgram } from './profile.ts'
export { INDICES, NUMBERS, SCALAR } from './program.ts'
export type { NumericArray, Program, ProgramInputs, Signature, TensorSpec } from './program.ts'
export { atOnce, type Awaitable, download, readsByWaiting, whenThere } from './reading.ts'
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
export { tensorMemory } from './tensor-memory.ts'
export { TENSORFLOW_ENTRY, tensorflowFolder } from './tensorflow.ts'
