/** What the presets are to reach: the interquartile mean over seeds of the best model, over 100 fresh episodes. */
import type { AgentName } from '../../agents/index.ts'

export interface Target {
  readonly agent: AgentName
  readonly env: string
  readonly atLeast: number
  /** The best model of one run with Stable-Baselines3's tuned settings (rl-baselines3-zoo), where there is one. */
  readonly zoo?: number
}

const AGENTS = ['dqn', 'a2c', 'ppo'] as const
/** Of toy text the optimum is known: FrozenLake's is 0.74 within 100 steps, a run of 100 episodes may fall below. */
const TOY_TEXT = { 'FrozenLake-v1': 0.7, 'CliffWalking-v1': -13, 'Taxi-v4': 7.5 }

export const TARGETS: readonly Target[] = [
  { agent: 'dqn', env: 'CartPole-v1', atLeast: 500, zoo: 500 },
  { agent: 'dqn', env: 'Acrobot-v1', atLeast: -80, zoo: -77 },
  { agent: 'dqn', env: 'MountainCar-v0', atLeast: -105, zoo: -101 },
  { agent: 'dqn', env: 'LunarLander-v3', atLeast: 200, zoo: 154 },
  { agent: 'a2c', env: 'CartPole-v1', atLeast: 500, zoo: 500 },
  { agent: 'a2c', env: 'Acrobot-v1', atLeast: -83, zoo: -83 },
  { agent: 'ppo', env: 'CartPole-v1', atLeast: 500, zoo: 500 },
  { agent: 'ppo', env: 'Pendulum-v1', atLeast: -180, zoo: -172 },
  { agent: 'ppo', env: 'LunarLander-v3', atLeast: 240, zoo: 242 },
  ...Object.entries(TOY_TEXT).flatMap(([env, atLeast]) =>
    AGENTS.map((agent) => ({ agent, env, atLeast })),
  ),
  { agent: 'dqn', env: 'MinAtar/Breakout-v1', atLeast: 9 },
]
