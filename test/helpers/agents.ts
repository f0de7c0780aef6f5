/** All agents with small networks and short schedules, for tests of what they have in common. */

import { make } from 'gymnasium-js'
import {
  A2c,
  type A2cOptions,
  Dqn,
  type DqnOptions,
  Ppo,
  type PpoOptions,
  Pqn,
  type PqnOptions,
} from '../../agents/index.ts'
import { mlp } from '../../src/nn/index.ts'
import type { AgentConfig } from '../../src/training/index.ts'

export const cartPole = () => make('CartPole-v1')

/** A DQN that learns from step 100 on; on CartPole unless told. */
export function smallDqn(config: Partial<AgentConfig<DqnOptions>> = {}): Dqn {
  const small = {
    network: mlp([16]),
    bufferSize: 1000,
    batchSize: 16,
    learningStarts: 100,
    initializationBatch: 64,
    trainFrequency: 4,
    targetUpdateInterval: 50,
    logInterval: 100,
  }
  const env = config.spaces ? {} : { env: cartPole }
  return new Dqn({ ...env, ...small, ...config } as AgentConfig<DqnOptions>)
}

/** An A2C of four environments that warms up for 64 steps; on CartPole unless told. */
export function smallA2c(config: Partial<AgentConfig<A2cOptions>> = {}): A2c {
  const small = {
    network: mlp([16], 'tanh'),
    numEnvs: 4,
    initializationSteps: 64,
    logInterval: 100,
  }
  const env = config.spaces ? {} : { env: cartPole }
  return new A2c({ ...env, ...small, ...config } as AgentConfig<A2cOptions>)
}

/** A PPO of four environments that warms up for 64 steps and learns from rollouts of 20; on CartPole unless told. */
export function smallPpo(config: Partial<AgentConfig<PpoOptions>> = {}): Ppo {
  const small = {
    network: mlp([16], 'tanh'),
    numEnvs: 4,
    numSteps: 5,
    batchSize: 8,
    epochs: 2,
    initializationSteps: 64,
    logInterval: 100,
  }
  const env = config.spaces ? {} : { env: cartPole }
  return new Ppo({ ...env, ...small, ...config } as AgentConfig<PpoOptions>)
}

/** A PQN of four environments that learns from rollouts of 20; on CartPole unless told. */
export function smallPqn(config: Partial<AgentConfig<PqnOptions>> = {}): Pqn {
  const small = {
    network: mlp([16]),
    numEnvs: 4,
    numSteps: 5,
    batchSize: 8,
    initializationSteps: 64,
    logInterval: 100,
  }
  const env = config.spaces ? {} : { env: cartPole }
  return new Pqn({ ...env, ...small, ...config } as AgentConfig<PqnOptions>)
}

export type AnyAgent = Dqn | A2c | Ppo | Pqn

type SharedConfig = Partial<
  AgentConfig<
    Pick<
      DqnOptions & A2cOptions,
      'network' | 'normalization' | 'gamma' | 'numEnvs' | 'learningRate' | 'learningRateSchedule'
    >
  >
>

/** What tests of all agents run over. */
export const AGENTS = [
  { name: 'DQN', create: (config?: SharedConfig): AnyAgent => smallDqn(config), Agent: Dqn },
  { name: 'A2C', create: (config?: SharedConfig): AnyAgent => smallA2c(config), Agent: A2c },
  { name: 'PPO', create: (config?: SharedConfig): AnyAgent => smallPpo(config), Agent: Ppo },
  { name: 'PQN', create: (config?: SharedConfig): AnyAgent => smallPqn(config), Agent: Pqn },
] as const
