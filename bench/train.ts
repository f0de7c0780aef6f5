/**
 * Suite `train`: environment steps per second over an agent's whole learning loop on CartPole-v1, in the settings of
 * the toolkits that it is compared with.
 *
 * A run is as long as a turn asks for, and what CleanRL ties to its 500,000 timesteps (random play, ε) shrinks in
 * proportion: the mixture of random play, acting and updates is that of CleanRL's whole run. Making the agent and its
 * programs is part of the time.
 */
import { make } from 'gymnasium-js'
import { A2c, Dqn, Ppo, type PpoOptions, Pqn } from '../agents/index.ts'
import { mlp } from '../src/nn/index.ts'
import { onBackends } from './backends.ts'
import type { Contender, Work } from './measure.ts'

const ENV = 'CartPole-v1'
/** CleanRL's dqn.py starts to learn after 10,000 of 500,000 timesteps. */
const RANDOM_PLAY = 10_000 / 500_000

/** @returns the contenders, case by case */
export function trainCases(asked: (backend: string) => boolean): Contender[][] {
  const works = {
    [`dqn/${ENV}`]: learnDqn,
    [`a2c/${ENV}`]: learnA2c,
    [`ppo/${ENV}`]: learnPpo,
    [`ppo/${ENV}/64-envs`]: learnPpoOfMany(),
    [`ppo/${ENV}/64-envs/unobserved`]: learnPpoOfMany({ normInterval: 0 }),
    [`pqn/${ENV}`]: learnPqn,
  }
  return Object.entries(works).map(([path, work]) => onBackends({ path, asked }, () => ({ work })))
}

/** CleanRL's settings: 120-84, batch 128, an update every 10 timesteps, the target copied every 500. */
const learnDqn: Work = async (totalTimesteps) => {
  const learningStarts = Math.max(128, Math.round(RANDOM_PLAY * totalTimesteps))
  const agent = new Dqn({
    env: () => make(ENV),
    seed: 1,
    network: mlp([120, 84]),
    batchSize: 128,
    bufferSize: 10_000,
    learningStarts,
    initializationBatch: 128,
    learningRate: 2.5e-4,
    trainFrequency: 10,
    targetUpdateInterval: 500,
    tau: 1,
    epsilonStart: 1,
    epsilonEnd: 0.05,
    explorationFraction: 0.5,
    gamma: 0.99,
  })
  await agent.learn({ totalTimesteps })
  agent.dispose()
}

/** Stable-Baselines3's settings: 8 environments × 5 steps, two networks of 64-64 tanh units, RMSProp. */
const learnA2c: Work = async (totalTimesteps) => {
  const agent = new A2c({
    env: () => make(ENV),
    seed: 1,
    numEnvs: 8,
    numSteps: 5,
    network: mlp([64, 64], 'tanh'),
  })
  await agent.learn({ totalTimesteps })
  agent.dispose()
}

/** Stable-Baselines3's tuned settings: 8 environments × 32 steps, 20 epochs of one minibatch, two networks of 64-64 tanh units. */
const learnPpo: Work = async (totalTimesteps) => {
  const agent = new Ppo({
    env: () => make(ENV),
    seed: 1,
    numEnvs: 8,
    numSteps: 32,
    epochs: 20,
    batchSize: 256,
    learningRate: 1e-3,
    learningRateSchedule: 'linear',
    gamma: 0.98,
    gaeLambda: 0.8,
    network: mlp([64, 64], 'tanh'),
  })
  await agent.learn({ totalTimesteps })
  agent.dispose()
}

/** PureJaxRL's larger settings: 64 environments × 128 steps, 4 epochs of minibatches of 2,048. */
function learnPpoOfMany(options: Partial<PpoOptions> = {}): Work {
  return async (totalTimesteps) => {
    const agent = new Ppo({
      env: () => make(ENV),
      seed: 1,
      numEnvs: 64,
      numSteps: 128,
      epochs: 4,
      batchSize: 2048,
      network: mlp([64, 64], 'tanh'),
      ...options,
    })
    await agent.learn({ totalTimesteps: 64 * Math.ceil(totalTimesteps / 64) })
    agent.dispose()
  }
}

/** purejaxql's settings: 32 environments × 64 steps, 4 epochs of 16 minibatches, 256-256 with layer normalization. */
const learnPqn: Work = async (totalTimesteps) => {
  const agent = new Pqn({
    env: () => make(ENV),
    seed: 1,
    numEnvs: 32,
    numSteps: 64,
    epochs: 4,
    batchSize: 128,
    learningRate: 1e-4,
    lambda: 0.95,
    gamma: 0.99,
    rewardScale: 0.1,
    epsilonEnd: 0.2,
    explorationFraction: 0.2,
    network: mlp([256, 256]),
  })
  await agent.learn({ totalTimesteps })
  agent.dispose()
}
