/**
 * What a search may change, per agent: for each option the values that it is drawn from. They surround what
 * Stable-Baselines3's zoo and CleanRL use. Options that come with the environment, such as the budget, are the preset's.
 */
import type { AgentName } from '../../agents/index.ts'

/** An option's name, as presets and `--set` write it, and its values. */
export type SearchSpace = Readonly<Record<string, readonly unknown[]>>

const mlps = (activation: 'relu' | 'tanh') =>
  [[64], [64, 64], [128, 128], [256, 256]].map((mlp) => ({ mlp, activation }))

const actorCritic: SearchSpace = {
  learningRate: [1e-4, 3e-4, 7e-4, 1e-3, 2e-3, 3e-3, 7e-3],
  learningRateSchedule: ['constant', 'linear'],
  network: mlps('tanh'),
  gamma: [0.9, 0.95, 0.98, 0.99, 0.995, 0.999],
  gaeLambda: [0.8, 0.9, 0.95, 0.98, 1],
  entCoef: [0, 0.001, 0.01, 0.03],
  maxGradNorm: [0.5, 2, null],
  rewardScale: [1, 0.3, 0.1, 0.03],
}

export const spaces: Readonly<Record<AgentName, SearchSpace>> = {
  dqn: {
    learningRate: [1e-4, 3e-4, 6e-4, 1e-3, 2e-3, 4e-3, 1e-2],
    learningRateSchedule: ['constant', 'linear'],
    network: mlps('relu'),
    batchSize: [32, 64, 128],
    trainFrequency: [1, 4, 8, 16],
    gradientSteps: [1, 2, 4, 8],
    targetUpdateInterval: [4, 16, 250, 600],
    tau: [0.005, 0.02, 0.1, 1],
    epsilonEnd: [0.01, 0.05, 0.1],
    explorationFraction: [0.1, 0.2, 0.5],
    gamma: [0.98, 0.99, 0.995],
    loss: ['mse', 'huber'],
    doubleQ: [false, true],
    nSteps: [1, 3],
  },
  a2c: {
    ...actorCritic,
    optimizer: ['rmsprop', 'adam'],
    numEnvs: [4, 8, 16],
    numSteps: [5, 8, 16, 32, 64],
    normalizeAdvantages: [false, true],
  },
  ppo: {
    ...actorCritic,
    numEnvs: [4, 8, 16],
    numSteps: [32, 128, 512, 1024],
    epochs: [4, 10, 20],
    batchSize: [64, 128, 256],
    clip: [0.1, 0.2, 0.3],
  },
  pqn: {
    learningRate: [1e-4, 2.5e-4, 5e-4, 1e-3, 2e-3],
    learningRateSchedule: ['constant', 'linear'],
    network: mlps('relu'),
    normalization: ['layer', 'weight'],
    numEnvs: [8, 16, 32, 64, 128],
    numSteps: [16, 32, 64],
    epochs: [1, 2, 4],
    batchSize: [64, 128, 256],
    lambda: [0.65, 0.8, 0.9, 0.95],
    epsilonEnd: [0.01, 0.05, 0.2],
    explorationFraction: [0.1, 0.2, 0.5],
    gamma: [0.98, 0.99, 0.995],
  },
}
