/** Trains: what a page needs that learns. */
import { make } from 'gymnasium-js'
import { Dqn } from 'wn-rl/agents'
import { backendInUse } from 'wn-rl/backend'

/** @returns the digest of the final parameters, and the backend that it learned on */
export async function train(totalTimesteps) {
  const agent = new Dqn({ env: () => make('CartPole-v1'), seed: 1 })
  await agent.learn({ totalTimesteps })
  const report = `${agent.digest()} on ${backendInUse().name}`
  agent.dispose()
  return report
}

globalThis.train = train
