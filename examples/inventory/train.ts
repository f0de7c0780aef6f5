/**
 * Trains DQN and A2C on the shop through the library and compares them with fixed rules.
 *
 * Run it from a clone: npx jiti examples/inventory/train.ts
 */
import { evaluate, type Policy } from 'wn-rl'
import { A2c, Dqn } from 'wn-rl/agents'
import { mlp } from 'wn-rl/nn'
import makeInventory, { reorderPolicy } from './inventory.ts'

const EPISODES = 200
const SEED = 1

/** Mean return per episode of eight weeks, on episodes that training has not seen. */
export function score(policy: Policy): number {
  return evaluate(policy, { makeEnv: makeInventory, episodes: EPISODES, seed: 'test' }).mean
}

/** The best rule "below s, fill up to S" of all whole numbers, each tried on the same episodes. */
export function bestReorderRule(): { reorderAt: number; upTo: number; mean: number } {
  let best = { reorderAt: 0, upTo: 0, mean: Number.NEGATIVE_INFINITY }
  for (let upTo = 4; upTo <= 16; upTo++) {
    for (let reorderAt = 1; reorderAt <= upTo; reorderAt++) {
      const mean = score(rowByRow((obs) => reorderPolicy(obs, reorderAt, upTo)))
      if (mean > best.mean) best = { reorderAt, upTo, mean }
    }
  }
  return best
}

/** A policy for batches out of one for single observations. */
function rowByRow(act: (obs: Float32Array) => number): Policy {
  const size = 8
  return {
    actBatch: (batch) => {
      const obs = Float32Array.from(batch)
      return Int32Array.from({ length: obs.length / size }, (_, i) =>
        act(obs.subarray(i * size, (i + 1) * size)),
      )
    },
  }
}

export async function trainDqn(totalTimesteps: number): Promise<Dqn> {
  const agent = new Dqn({
    env: makeInventory,
    seed: SEED,
    network: mlp([64, 64]),
    learningRate: 1e-3,
    learningRateSchedule: 'linear',
    trainFrequency: 4,
    batchSize: 64,
    tau: 0.02,
    targetUpdateInterval: 4,
    explorationFraction: 0.5,
    gamma: 0.97,
  })
  await agent.learn({ totalTimesteps })
  return agent
}

export async function trainA2c(totalTimesteps: number): Promise<A2c> {
  const agent = new A2c({
    env: makeInventory,
    seed: SEED,
    network: mlp([64, 64], 'tanh'),
    learningRate: 2e-3,
    learningRateSchedule: 'linear',
    numSteps: 16,
    gaeLambda: 0.95,
    gamma: 0.97,
    entCoef: 0.01,
  })
  await agent.learn({ totalTimesteps })
  return agent
}

if (process.argv[1]?.endsWith('train.ts')) {
  const rule = bestReorderRule()
  console.log(
    `best fixed rule: below ${rule.reorderAt} fill up to ${rule.upTo}: ${rule.mean.toFixed(1)} per episode`,
  )
  console.log(`dqn: ${score(await trainDqn(30_000)).toFixed(1)}`)
  console.log(`a2c: ${score(await trainA2c(60_000)).toFixed(1)}`)
}
