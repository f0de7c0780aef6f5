/** The agents, and the registry that the command line reads. */
import { A2c, a2cMetrics, a2cOptions } from './a2c.ts'
import { Dqn, dqnMetrics, dqnOptions } from './dqn.ts'

export { A2c, a2cLoss, a2cMetrics, a2cOptions, a2cUpdate, parametersOf } from './a2c.ts'
export type { A2cOptions, A2cUpdateParts, ActorCritic } from './a2c.ts'
export { Dqn, dqnMetrics, dqnOptions, dqnUpdate, tdLoss, tdTarget } from './dqn.ts'
export type { DqnOptions, DqnUpdateParts } from './dqn.ts'

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
} as const

export type AgentName = keyof typeof agents
