/** Trains: what a page needs that learns. */
import { make } from 'gymnasium-js'
import { Dqn } from 'wn-rl/agents'

/** @returns the digest of the final parameters */
export async function train(totalTimesteps) {
  const agent = new Dqn({ env: () => make('CartPole-v1'), seed: 1 })
  await agent.learn({ totalTimesteps })
  const digest = agent.digest()
  agent.dispose()
  return digest
}

globalThis.train = train
