/** gymnasium-js: spaces, environments and the registry. Wrappers: `gymnasium-js/wrappers`. */

export { Wrapper } from './env.ts'
export type {
  Env,
  EnvState,
  Frame,
  Info,
  RenderMode,
  ResetArgs,
  ResetOptions,
  ResetResult,
  StepResult,
} from './env.ts'
export { CartPole } from './envs/classic-control/cartpole.ts'
export type { CartPoleOptions, KinematicsIntegrator } from './envs/classic-control/cartpole.ts'
export type { Json, JsonObject } from './json.ts'
export { make } from './make.ts'
export type { BuiltinEnv, BuiltinId, MakeOptions } from './make.ts'
export { checkKwargs } from './names.ts'
export { register, registeredSpecs, spec } from './registry.ts'
export type { EntryPoint, EnvRegistration, EnvSpec } from './registry.ts'
export { Rng, restoreSource, saveSource } from './rng.ts'
export type { RandomSource, RngState, Seed } from './rng.ts'
export { Box } from './spaces/box.ts'
export type { BoxOptions } from './spaces/box.ts'
export { Dict } from './spaces/dict.ts'
export type { DictValue } from './spaces/dict.ts'
export { Discrete } from './spaces/discrete.ts'
export type { ArrayOf, DType, TypedArray } from './spaces/dtype.ts'
export { flatdim, flatten } from './spaces/flatten.ts'
export { MultiBinary } from './spaces/multi-binary.ts'
export { MultiDiscrete } from './spaces/multi-discrete.ts'
export { spaceFromJSON } from './spaces/space-json.ts'
export type { SpaceJson } from './spaces/space-json.ts'
export type { AnySpace, Space, SpaceBase, SpaceKind, ValueOf } from './spaces/space.ts'
export { Tuple } from './spaces/tuple.ts'
export type { TupleValue } from './spaces/tuple.ts'
