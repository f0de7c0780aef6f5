/** The agents, and the registry that the command line reads. */
import { A2c, a2cMetrics, a2cOptions } from './a2c.ts'
import { Dqn, dqnMetrics } from './dqn.ts'
import { Ppo, ppoMetrics, ppoOptions } from './ppo.ts'
import { dqnOptions } from './dqn/options.ts'

export { A2c, a2cMetrics, a2cOptions } from './a2c.ts'
export type { A2cOptions } from './a2c.ts'
export { a2cLoss, a2cUpdate } from './a2c/update.ts'
export type { A2cUpdateParts } from './a2c/update.ts'
export { distributionOf, parametersOf } from './actor-critic/index.ts'
export type { ActionDistribution, ActionSpace, ActorCritic } from './actor-critic/index.ts'
export { Dqn, dqnMetrics } from './dqn.ts'
export { dqnOptions } from './dqn/options.ts'
export type { DqnOptions } from './dqn/options.ts'
export { dqnUpdate } from './dqn/update.ts'
export type { DqnUpdateParts } from './dqn/update.ts'
export { Ppo, ppoMetrics, ppoOptions } from './ppo.ts'
export type { PpoOptions } from './ppo.ts'
export { ppoUpdate } from './ppo/update.ts'
export type { PpoUpdateParts } from './ppo/update.ts'

/** Every agent by the name that `--agent` takes. */
export const agents = {
  dqn: {
    Agent: Dqn,
    options: dqnOptions,
    metrics: dqnMetrics,
    summary: 'deep Q-learning with replay and a target network',
  },
  a2c: {
    Agent: A2c,
    options: a2cOptions,
    metrics: a2cMetrics,
    summary: 'synchronous advantage actor-critic',
  },
  ppo: {
    Agent: Ppo,
    options: ppoOptions,
    metrics: ppoMetrics,
    summary: "proximal policy optimization, on A2C's pieces",
  },
} as const

export type AgentName = keyof typeof agents
