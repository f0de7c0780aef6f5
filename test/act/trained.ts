/** Small trained agents of all kinds, each saved and read back both ways. */
import { Box, type Env, make, MultiBinary, MultiDiscrete, Rng, type Space } from 'gymnasium-js'
import { FrameStack } from 'gymnasium-js/wrappers'
import { loadPolicy, type Policy } from 'wn-rl/act'
import type { ActBackend } from 'wn-rl/act'
import { A2c, Dqn, Ppo } from '../../agents/index.ts'
import { minatarConv, mlp, networkFrom, type NetworkFactory } from '../../src/nn/index.ts'
import { type FileStore, memoryStore } from '../../src/storage/index.ts'
import { smallA2c, smallDqn, smallPpo } from '../helpers/agents.ts'
import { type Game, GameEnv, pairGame, reachGame } from '../helpers/environments.ts'

export type Agent = Dqn | A2c | Ppo
export type AgentName = 'dqn' | 'a2c' | 'ppo'

/** Timesteps that are enough for weights, statistics and targets to have moved. */
const TIMESTEPS = 600

export const NETWORKS = {
  mlp: mlp([16, 12]),
  'mlp of tanh': mlp([16], 'tanh'),
  'no hidden layer': networkFrom([{ type: 'flatten' }]),
  /** 280 · 240 weights: not folded, but scaled. */
  'large mlp': mlp([280, 240]),
  'mlp without flatten': networkFrom([{ type: 'dense', units: 9, activation: 'relu' }]),
} satisfies Record<string, NetworkFactory>

export const CONVOLUTIONS = {
  minatarConv: minatarConv(),
  'two convolutions': networkFrom([
    { type: 'conv2d', filters: 5, kernelSize: 3, stride: 2, activation: 'tanh' },
    { type: 'conv2d', filters: 18, kernelSize: 2, stride: 1, activation: 'relu' },
    { type: 'flatten' },
  ]),
} satisfies Record<string, NetworkFactory>

const CREATE = { dqn: smallDqn, a2c: smallA2c, ppo: smallPpo }
const CLASSES = { dqn: Dqn, a2c: A2c, ppo: Ppo }

/** An environment whose observations are drawn anew at each step, whatever is done: what is learned matters little. */
export function noise(observationSpace: Space, actionSpace: Space): () => Env {
  const game: Game = {
    observationSpace,
    actionSpace,
    start: (rng) => rng.randInt(0, 1_000_000),
    observe: (state) => observationSpace.sample(new Rng(state)),
    play: (state) => ({ state: state + 1, reward: (state % 7) - 3, terminated: state % 5 === 0 }),
  }
  return () => new GameEnv(game)
}

export const ENVIRONMENTS = {
  CartPole: () => make('CartPole-v1'),
  Breakout: () => make('MinAtar/Breakout-v1'),
  'stacked CartPole': () => new FrameStack(make('CartPole-v1'), 3),
  'stacked Breakout': () => new FrameStack(make('MinAtar/Breakout-v1'), 3),
  Taxi: () => make('Taxi-v4'),
  pairs: () => new GameEnv(pairGame),
  reach: () => new GameEnv(reachGame),
  'far off': noise(
    new Box({ low: 0, high: 1, shape: [2] }),
    new Box({ low: [5, 0, -1, 3], high: [10, 0.001, 1, 3] }),
  ),
  binary: noise(new MultiBinary([2, 3]), new MultiBinary(3)),
  'half bounded': noise(
    new Box({ low: [0, -2, -Infinity], high: [4, 1, Infinity], dtype: 'float64' }),
    new Box({ low: [-0.3, -Infinity], high: [0.2, 0.1], dtype: 'float64' }),
  ),
  bytes: noise(
    new Box({ low: 0, high: 255, shape: [3, 4, 5], dtype: 'uint8' }),
    new MultiDiscrete([2, 5, 1]),
  ),
} satisfies Record<string, () => Env>

/** Trains for a while and saves. */
export async function trained(
  name: AgentName,
  env: () => Env,
  options: object,
): Promise<{ store: FileStore; space: Space }> {
  const agent = CREATE[name]({ env, seed: 3, ...options })
  await agent.learn({ totalTimesteps: TIMESTEPS })
  const store = memoryStore('runs/x')
  await agent.save(store)
  const { observationSpace: space } = agent
  agent.dispose()
  return { store, space }
}

/** The agent and the policy that a model makes. */
export async function bothOf(
  name: AgentName,
  store: FileStore,
  backend: ActBackend = 'simd',
): Promise<{ agent: Agent; policy: Policy }> {
  const Class = CLASSES[name] as { load: (store: FileStore) => Promise<Agent> }
  return { agent: await Class.load(store), policy: await loadPolicy(store, { backend }) }
}

/** Observations of a space, as environments give them: numbers, or arrays. */
export function samples(space: Space, count: number): (number | ArrayLike<number>)[] {
  const rng = new Rng('samples')
  return Array.from({ length: count }, () => space.sample(rng) as number | ArrayLike<number>)
}

/** The same one after the other, as batches are. */
export function flat(obs: readonly (number | ArrayLike<number>)[]): Float64Array {
  return Float64Array.from(
    obs.flatMap((one) => (typeof one === 'number' ? [one] : Array.from(one))),
  )
}
