/** The agents, and the registry that the command line reads. */
import { A2c } from './a2c.ts'
import { Dqn } from './dqn.ts'
import { Ppo } from './ppo.ts'
import { Pqn } from './pqn.ts'

export { A2c, a2cLoss, a2cOptions, a2cUpdate } from './a2c.ts'
export type { A2cOptions, A2cUpdateParts } from './a2c.ts'
export { Dqn, dqnOptions, dqnUpdate } from './dqn.ts'
export type { DqnOptions, DqnUpdateParts } from './dqn.ts'
export { Ppo, ppoLoss, ppoOptions, ppoUpdate } from './ppo.ts'
export type { PpoOptions, PpoUpdateParts } from './ppo.ts'
export { Pqn, pqnLoss, pqnOptions, pqnUpdate } from './pqn.ts'
export type { PqnOptions, PqnUpdateParts } from './pqn.ts'

/** Every agent by the name that `--agent` takes. */
export const agents = { dqn: Dqn, a2c: A2c, ppo: Ppo, pqn: Pqn } as const

export type AgentName = keyof typeof agents
