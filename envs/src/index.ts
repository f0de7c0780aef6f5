/** gymnasium-js: spaces, environments and the registry. Wrappers: `gymnasium-js/wrappers`. */

export { BaseWrapper, complete, Wrapper } from './env.ts'
export type {
  AsyncEnv,
  CompleteEnv,
  Env,
  EnvExtras,
  EnvReset,
  EnvSpec,
  EnvState,
  EnvStep,
  Info,
  Numbers,
  PlainObs,
  RenderMode,
  ResetArgs,
  ResetOptions,
  ResetResult,
  StepResult,
} from './env.ts'
export type { Frame, Picture } from './frame.ts'
export { register, registeredSpecs, spec } from './environments.ts'
export { BipedalWalker } from './envs/box2d/bipedal-walker.ts'
export type { BipedalWalkerOptions } from './envs/box2d/bipedal-walker.ts'
export {
  BipedalWalkerHeuristic,
  lunarLanderContinuousHeuristic,
  lunarLanderHeuristic,
} from './envs/box2d/heuristics.ts'
export { LunarLander } from './envs/box2d/lunar-lander.ts'
export type { LunarLanderOptions } from './envs/box2d/lunar-lander.ts'
export type { LanderSettings } from './envs/box2d/lunar-lander-episode.ts'
export { Acrobot } from './envs/classic-control/acrobot.ts'
export type { AcrobotEquations, AcrobotOptions } from './envs/classic-control/acrobot.ts'
export { CartPole } from './envs/classic-control/cartpole.ts'
export type { CartPoleOptions, KinematicsIntegrator } from './envs/classic-control/cartpole.ts'
export { MountainCarContinuous } from './envs/classic-control/mountain-car-continuous.ts'
export type { MountainCarContinuousOptions } from './envs/classic-control/mountain-car-continuous.ts'
export { MountainCar } from './envs/classic-control/mountain-car.ts'
export type { MountainCarOptions } from './envs/classic-control/mountain-car.ts'
export { Pendulum } from './envs/classic-control/pendulum.ts'
export type { PendulumOptions } from './envs/classic-control/pendulum.ts'
export type { MinAtarGame } from './envs/minatar/game.ts'
export { MinAtar } from './envs/minatar/minatar.ts'
export type { MinAtarOptions } from './envs/minatar/minatar.ts'
export type { MinAtarGameName } from './envs/minatar/games.ts'
export { Blackjack } from './envs/toy-text/blackjack.ts'
export type { BlackjackObs, BlackjackOptions, BlackjackTable } from './envs/toy-text/blackjack.ts'
export { CliffWalking } from './envs/toy-text/cliff-walking.ts'
export type { CliffWalkingOptions } from './envs/toy-text/cliff-walking.ts'
export { FROZEN_LAKE_MAPS, generateRandomMap } from './envs/toy-text/frozen-lake-map.ts'
export type { FrozenLakeMapName, RandomMapOptions } from './envs/toy-text/frozen-lake-map.ts'
export { FrozenLake } from './envs/toy-text/frozen-lake.ts'
export type { FrozenLakeOptions, RewardSchedule } from './envs/toy-text/frozen-lake.ts'
export { TabularEnv } from './envs/toy-text/tabular.ts'
export type { TabularInfo, Transition, TransitionTable } from './envs/toy-text/tabular.ts'
export { decodeTaxi, encodeTaxi } from './envs/toy-text/taxi-rules.ts'
export type { TaxiState } from './envs/toy-text/taxi-rules.ts'
export { Taxi } from './envs/toy-text/taxi.ts'
export type { TaxiInfo, TaxiOptions } from './envs/toy-text/taxi.ts'
export type { Json, JsonObject } from './json.ts'
export { make } from './make.ts'
export type { BuiltinEnv, BuiltinId, MakeOptions } from './make.ts'
export { checkKwargs } from './names.ts'
export type { EntryPoint, EnvRegistration } from './registry.ts'
export type { LanderScene, Point, WalkerScene } from './rendering/views/box2d-scene.ts'
export { Rng, restoreSource, saveSource } from './rng.ts'
export type { RandomSource, RngState, Seed } from './rng.ts'
export { Box } from './spaces/box.ts'
export type { BoxOptions } from './spaces/box.ts'
export { Dict, Tuple } from './spaces/composite.ts'
export type { AnySpace, DictValue, Space, SpaceKind, TupleValue } from './spaces/composite.ts'
export { Discrete } from './spaces/discrete.ts'
export type { ArrayOf, DType, TypedArray } from './spaces/dtype.ts'
export { flatdim, flatten } from './spaces/flatten.ts'
export { spaceFromJSON } from './spaces/from-json.ts'
export type { SpaceJson } from './spaces/json.ts'
export { sampleAction } from './spaces/legal-action.ts'
export type { Mask } from './spaces/mask.ts'
export { MultiBinary } from './spaces/multi-binary.ts'
export { MultiDiscrete } from './spaces/multi-discrete.ts'
export type { SpaceBase, ValueOf } from './spaces/space.ts'
export { flattenSpace, unflatten } from './spaces/unflatten.ts'
