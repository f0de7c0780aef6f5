/**
 * The weight-norm study: what normalizations do for DQN and A2C. docs/results/weight-norm-protocol.md is its protocol.
 *
 * The settings of each environment are fixed here, so that presets may change. They are the same for all variants; where
 * they were found with weight normalization (CartPole), that is to its advantage.
 */
import type { Cell, Scale, Study, Variants } from './study.ts'

const VARIANTS: Variants = {
  weight: { normalization: 'weight' },
  'weight-no-init': { normalization: 'weight', dataInitialization: false },
  none: { normalization: 'none' },
  layer: { normalization: 'layer' },
  batch: { normalization: 'batch' },
  'mean-only-batch': { normalization: 'mean-only-batch' },
}

/** Of both agents on small observations: greedy evaluations of 10 episodes, 100 at the end. */
const SHORT = { evalEpisodes: 10, finalEvalEpisodes: 100, checkpointEvery: 25_000 }
const LONG = { evalEpisodes: 10, finalEvalEpisodes: 100, checkpointEvery: 50_000 }

/** The DQN preset of CartPole but its learning rate: configs/dqn/CartPole-v1.yaml at version 0.1.0. */
const DQN = {
  network: { mlp: [64, 64] },
  learningRateSchedule: 'linear',
  maxGradNorm: null,
  batchSize: 128,
  learningStarts: 1000,
  initializationBatch: 256,
  trainFrequency: 10,
  targetUpdateInterval: 10,
  tau: 0.1,
  epsilonEnd: 0.05,
  explorationFraction: 0.2,
  gamma: 0.99,
}

/** The A2C preset of CartPole but its learning rate and γ: configs/a2c/CartPole-v1.yaml at version 0.1.0. */
const A2C = {
  numEnvs: 8,
  numSteps: 5,
  network: { mlp: [64, 64], activation: 'tanh' },
  policyOutputScale: 0.1,
  initializationSteps: 512,
  learningRateSchedule: 'linear',
  gaeLambda: 0.95,
  entCoef: 0.01,
  vfCoef: 0.5,
  maxGradNorm: 0.5,
}

/** MinAtar's paper (Young & Tian 2019), but Adam, and an update every 4 frames, which takes a quarter of the time. */
const DQN_MINATAR = {
  learningRateSchedule: 'constant',
  maxGradNorm: null,
  batchSize: 32,
  bufferSize: 100_000,
  learningStarts: 5000,
  initializationBatch: 256,
  trainFrequency: 4,
  targetUpdateInterval: 1000,
  tau: 1,
  epsilonEnd: 0.1,
  explorationFraction: 0.2,
  gamma: 0.99,
}

/** One trunk, as the paper of A3C has it for images. */
const A2C_MINATAR = { ...A2C, network: 'minatarConv', numEnvs: 16, sharedTrunk: true, gamma: 0.99 }

/** m, m/s, rad, rad/s: where episodes end, and typical speeds; the presets' */
const CART_POLE = { scaleObservations: [2.4, 3, 0.2095, 3] }
/** Cosines and sines, and typical speeds in rad/s. */
const ACROBOT = { scaleObservations: [1, 1, 1, 1, 3, 6] }

/** Half decades around the rates of the literature; where the best lies at an end, more are tried. */
const DQN_RATES = [3e-4, 1e-3, 3e-3, 1e-2, 3e-2]
const A2C_RATES = [3e-4, 1e-3, 3e-3, 1e-2, 3e-2]
const CONV_RATES = [3e-5, 1e-4, 3e-4, 1e-3, 3e-3]

const CELLS: readonly Cell[] = [
  {
    ...{ agent: 'dqn', env: 'CartPole-v1' },
    ...{ timesteps: 50_000, searchTimesteps: 25_000, seeds: 10, rates: DQN_RATES },
    options: { ...DQN, ...CART_POLE, ...SHORT, bufferSize: 50_000 },
  },
  {
    ...{ agent: 'a2c', env: 'CartPole-v1' },
    ...{ timesteps: 100_000, searchTimesteps: 50_000, seeds: 10, rates: A2C_RATES },
    options: { ...A2C, ...CART_POLE, ...SHORT, gamma: 0.98 },
  },
  {
    ...{ agent: 'dqn', env: 'Acrobot-v1' },
    ...{ timesteps: 60_000, searchTimesteps: 30_000, seeds: 10, rates: DQN_RATES },
    options: { ...DQN, ...ACROBOT, ...SHORT, bufferSize: 60_000 },
  },
  {
    ...{ agent: 'a2c', env: 'Acrobot-v1' },
    ...{ timesteps: 200_000, searchTimesteps: 100_000, seeds: 10, rates: A2C_RATES },
    options: { ...A2C, ...ACROBOT, ...SHORT, gamma: 0.99 },
  },
  {
    ...{ agent: 'dqn', env: 'LunarLander-v3' },
    ...{ timesteps: 200_000, searchTimesteps: 100_000, seeds: 5, rates: DQN_RATES },
    options: { ...DQN, ...LONG, trainFrequency: 4, targetUpdateInterval: 4, bufferSize: 100_000 },
  },
  {
    ...{ agent: 'a2c', env: 'LunarLander-v3' },
    ...{ timesteps: 500_000, searchTimesteps: 250_000, seeds: 5, rates: A2C_RATES },
    options: { ...A2C, ...LONG, gamma: 0.995 },
  },
  ...['MinAtar/Breakout-v1', 'MinAtar/SpaceInvaders-v1'].flatMap((env): Cell[] => [
    {
      ...{ agent: 'dqn', env },
      ...{ timesteps: 500_000, searchTimesteps: 100_000, seeds: 3, rates: CONV_RATES },
      options: { ...DQN_MINATAR, ...LONG },
    },
    {
      ...{ agent: 'a2c', env },
      ...{ timesteps: 500_000, searchTimesteps: 100_000, seeds: 3, rates: CONV_RATES },
      options: { ...A2C_MINATAR, ...LONG },
    },
  ]),
]

const SCALES: Readonly<Record<string, Scale>> = {
  'CartPole-v1': { random: 22, good: 500 },
  'Acrobot-v1': { random: -500, good: -75 },
  'LunarLander-v3': { random: -180, good: 250 },
  'MinAtar/Breakout-v1': { random: 0.5, good: 10 },
  'MinAtar/SpaceInvaders-v1': { random: 3, good: 50 },
}

export const WEIGHT_NORM: Study = {
  name: 'weight-norm',
  about: 'what normalizations do for DQN and A2C, each at its own best learning rate',
  variants: VARIANTS,
  cells: CELLS,
  scales: SCALES,
  searchSeeds: [1000, 1001, 1002],
  evaluations: 25,
}

/** The same on a small scale, within seconds: for tests, and to see that everything works. */
export const SMOKE: Study = {
  name: 'smoke',
  about: 'a study in seconds, which shows that all works and nothing else',
  variants: { weight: VARIANTS['weight']!, none: VARIANTS['none']! },
  cells: [
    {
      ...{ agent: 'dqn', env: 'CartPole-v1' },
      ...{ timesteps: 4000, searchTimesteps: 2000, seeds: 2, rates: [1e-3, 1e-2, 1e-1] },
      options: {
        ...DQN,
        ...CART_POLE,
        bufferSize: 4000,
        finalEvalEpisodes: 5,
        evalEpisodes: 3,
        checkpointEvery: 500,
      },
    },
  ],
  scales: SCALES,
  searchSeeds: [1000],
  evaluations: 5,
}
