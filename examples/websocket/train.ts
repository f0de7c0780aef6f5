/**
 * Trains DQN and PPO on the game over the socket, through the library.
 *
 * Run it from a clone: npx jiti examples/websocket/train.ts
 */
import { evaluateInTurns } from 'wn-rl'
import { Dqn, Ppo } from 'wn-rl/agents'
import { mlp } from 'wn-rl/nn'
import { CatchOverSocket } from './catch.ts'
import { serve } from './server.ts'

/** Eight games are asked together, and their answers waited for together. */
const NUM_ENVS = 8

/** Mean return per episode, from −1 to 1, on episodes that training has not seen. */
export async function score(agent: Dqn | Ppo, url: string): Promise<number> {
  const makeEnv = () => new CatchOverSocket({ url })
  const evaluation = await evaluateInTurns(agent, { makeEnv, episodes: 100, seed: 'test', evalEnvs: 8 })
  return evaluation!.mean
}

export async function trainDqn(url: string, totalTimesteps: number): Promise<Dqn> {
  const agent = new Dqn({
    env: () => new CatchOverSocket({ url }),
    seed: 1,
    numEnvs: NUM_ENVS,
    network: mlp([64]),
    learningRate: 3e-3,
    learningStarts: 500,
    trainFrequency: 8,
    gradientSteps: 2,
    targetUpdateInterval: 200,
    explorationFraction: 0.5,
    gamma: 0.95,
  })
  await agent.learn({ totalTimesteps })
  return agent
}

export async function trainPpo(url: string, totalTimesteps: number): Promise<Ppo> {
  const agent = new Ppo({
    env: () => new CatchOverSocket({ url }),
    seed: 1,
    numEnvs: NUM_ENVS,
    network: mlp([64], 'tanh'),
    learningRate: 3e-3,
    numSteps: 32,
    batchSize: 64,
    gamma: 0.95,
  })
  await agent.learn({ totalTimesteps })
  return agent
}

if (process.argv[1]?.endsWith('train.ts')) {
  const game = await serve(0)
  console.log(`the game answers at ${game.url}`)
  console.log(`dqn: ${(await score(await trainDqn(game.url, 16_000), game.url)).toFixed(2)}`)
  console.log(`ppo: ${(await score(await trainPpo(game.url, 32_768), game.url)).toFixed(2)}`)
  game.close()
}
