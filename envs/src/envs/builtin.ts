/** What `make` knows without registration: ids, limits and thresholds as in Gymnasium. */

import { box2d } from '#box2d' // box2d/entry-points.ts
import type { BipedalWalkerOptions } from './box2d/bipedal-walker.ts'
import type { LunarLanderOptions } from './box2d/lunar-lander.ts'
import { Acrobot, AcrobotModel } from './classic-control/acrobot.ts'
import type { AcrobotOptions } from './classic-control/acrobot.ts'
import { CartPole, CartPoleModel } from './classic-control/cartpole.ts'
import type { CartPoleOptions } from './classic-control/cartpole.ts'
import {
  MountainCarContinuous,
  MountainCarContinuousModel,
} from './classic-control/mountain-car-continuous.ts'
import type { MountainCarContinuousOptions } from './classic-control/mountain-car-continuous.ts'
import { MountainCar, MountainCarModel } from './classic-control/mountain-car.ts'
import type { MountainCarOptions } from './classic-control/mountain-car.ts'
import { Pendulum, PendulumModel } from './classic-control/pendulum.ts'
import type { PendulumOptions } from './classic-control/pendulum.ts'
import { MinAtarModel } from './minatar/minatar-model.ts'
import type { MinAtarModelOptions } from './minatar/minatar-model.ts'
import { MinAtar } from './minatar/minatar.ts'
import type { MinAtarOptions } from './minatar/minatar.ts'
import { Blackjack } from './toy-text/blackjack.ts'
import type { BlackjackOptions } from './toy-text/blackjack.ts'
import { CliffWalking } from './toy-text/cliff-walking.ts'
import type { CliffWalkingOptions } from './toy-text/cliff-walking.ts'
import { FrozenLake } from './toy-text/frozen-lake.ts'
import type { FrozenLakeOptions } from './toy-text/frozen-lake.ts'
import { Taxi } from './toy-text/taxi.ts'
import type { TaxiOptions } from './toy-text/taxi.ts'

/** All ten MinAtar ids differ in kwargs only. */
const MINATAR = {
  entryPoint: (options: MinAtarOptions) => new MinAtar(options),
  native: (options: MinAtarModelOptions) => new MinAtarModel(options),
  renderFps: 10,
}

export const BUILTIN_ENVS = {
  'CartPole-v0': {
    entryPoint: (options: CartPoleOptions) => new CartPole(options),
    native: (options: CartPoleOptions) => new CartPoleModel(options),
    maxEpisodeSteps: 200,
    rewardThreshold: 195,
    renderFps: 50,
  },
  'CartPole-v1': {
    entryPoint: (options: CartPoleOptions) => new CartPole(options),
    native: (options: CartPoleOptions) => new CartPoleModel(options),
    maxEpisodeSteps: 500,
    rewardThreshold: 475,
    renderFps: 50,
  },
  'MountainCar-v0': {
    entryPoint: (options: MountainCarOptions) => new MountainCar(options),
    native: (options: MountainCarOptions) => new MountainCarModel(options),
    maxEpisodeSteps: 200,
    rewardThreshold: -110,
    renderFps: 30,
  },
  'MountainCarContinuous-v0': {
    entryPoint: (options: MountainCarContinuousOptions) => new MountainCarContinuous(options),
    native: (options: MountainCarContinuousOptions) => new MountainCarContinuousModel(options),
    maxEpisodeSteps: 999,
    rewardThreshold: 90,
    renderFps: 30,
  },
  'Acrobot-v1': {
    entryPoint: (options: AcrobotOptions) => new Acrobot(options),
    native: (options: AcrobotOptions) => new AcrobotModel(options),
    maxEpisodeSteps: 500,
    rewardThreshold: -100,
    renderFps: 15,
  },
  'Pendulum-v1': {
    entryPoint: (options: PendulumOptions) => new Pendulum(options),
    native: (options: PendulumOptions) => new PendulumModel(options),
    maxEpisodeSteps: 200,
    renderFps: 30,
  },
  'LunarLander-v3': {
    entryPoint: (options: LunarLanderOptions) => box2d.lunarLander(options),
    maxEpisodeSteps: 1000,
    rewardThreshold: 200,
    renderFps: 50,
  },
  'LunarLanderContinuous-v3': {
    entryPoint: (options: LunarLanderOptions) => box2d.lunarLander(options),
    kwargs: { continuous: true },
    maxEpisodeSteps: 1000,
    rewardThreshold: 200,
    renderFps: 50,
  },
  'BipedalWalker-v3': {
    entryPoint: (options: BipedalWalkerOptions) => box2d.bipedalWalker(options),
    maxEpisodeSteps: 1600,
    rewardThreshold: 300,
    renderFps: 50,
  },
  'BipedalWalkerHardcore-v3': {
    entryPoint: (options: BipedalWalkerOptions) => box2d.bipedalWalker(options),
    kwargs: { hardcore: true },
    maxEpisodeSteps: 2000,
    rewardThreshold: 300,
    renderFps: 50,
  },
  'Blackjack-v1': {
    entryPoint: (options: BlackjackOptions) => new Blackjack(options),
    kwargs: { sab: true, natural: false },
    renderFps: 4,
  },
  'FrozenLake-v1': {
    entryPoint: (options: FrozenLakeOptions) => new FrozenLake(options),
    kwargs: { mapName: '4x4' },
    maxEpisodeSteps: 100,
    rewardThreshold: 0.7,
    renderFps: 4,
  },
  'FrozenLake8x8-v1': {
    entryPoint: (options: FrozenLakeOptions) => new FrozenLake(options),
    kwargs: { mapName: '8x8' },
    maxEpisodeSteps: 200,
    rewardThreshold: 0.85,
    renderFps: 4,
  },
  'CliffWalking-v1': {
    entryPoint: (options: CliffWalkingOptions) => new CliffWalking(options),
    renderFps: 4,
  },
  'CliffWalkingSlippery-v1': {
    entryPoint: (options: CliffWalkingOptions) => new CliffWalking(options),
    kwargs: { isSlippery: true },
    renderFps: 4,
  },
  'Taxi-v4': {
    entryPoint: (options: TaxiOptions) => new Taxi(options),
    maxEpisodeSteps: 200,
    rewardThreshold: 8,
    renderFps: 4,
  },
  'MinAtar/Asterix-v0': {
    ...MINATAR,
    kwargs: { game: 'asterix', useMinimalActionSet: false },
  },
  'MinAtar/Asterix-v1': {
    ...MINATAR,
    kwargs: { game: 'asterix', useMinimalActionSet: true },
  },
  'MinAtar/Breakout-v0': {
    ...MINATAR,
    kwargs: { game: 'breakout', useMinimalActionSet: false },
  },
  'MinAtar/Breakout-v1': {
    ...MINATAR,
    kwargs: { game: 'breakout', useMinimalActionSet: true },
  },
  'MinAtar/Freeway-v0': {
    ...MINATAR,
    kwargs: { game: 'freeway', useMinimalActionSet: false },
  },
  'MinAtar/Freeway-v1': {
    ...MINATAR,
    kwargs: { game: 'freeway', useMinimalActionSet: true },
  },
  'MinAtar/Seaquest-v0': {
    ...MINATAR,
    kwargs: { game: 'seaquest', useMinimalActionSet: false },
  },
  'MinAtar/Seaquest-v1': {
    ...MINATAR,
    kwargs: { game: 'seaquest', useMinimalActionSet: true },
  },
  'MinAtar/SpaceInvaders-v0': {
    ...MINATAR,
    kwargs: { game: 'space_invaders', useMinimalActionSet: false },
  },
  'MinAtar/SpaceInvaders-v1': {
    ...MINATAR,
    kwargs: { game: 'space_invaders', useMinimalActionSet: true },
  },
}
