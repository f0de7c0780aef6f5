/**
 * One update of an agent from the same seed, on any backend, with what there is to compare. For Node and for pages:
 * through the published entry points.
 */
import { make } from 'gymnasium-js'
import { A2c, Dqn } from 'wn-rl/agents'
import { type BackendName, type BackendOptions, useBackend } from 'wn-rl/backend'

/** Metrics of the update, and parameters after it, by name. */
export type Outcome = Readonly<Record<string, readonly number[]>>

/** Plain gradient steps: a parameter has moved by LEARNING_RATE times its gradient. */
export const LEARNING_RATE = 0.1
const common = {
  seed: 1,
  optimizer: { name: 'sgd' },
  learningRate: LEARNING_RATE,
  normInterval: 0,
} as const

/** Random play of 64 timesteps, initialization from them, one update. */
const dqn = (env: string) =>
  new Dqn({
    ...common,
    env: () => make(env),
    learningStarts: 64,
    initializationBatch: 64,
    trainFrequency: 64,
    batchSize: 32,
    logInterval: 64,
    epsilonEnd: 1,
    maxGradNorm: null,
  })

/** Random play of 32 timesteps, initialization from them, a rollout of 32 and one update. */
const a2c = (env: string) =>
  new A2c({
    ...common,
    env: () => make(env),
    numEnvs: 4,
    numSteps: 8,
    initializationSteps: 32,
    logInterval: 32,
    maxGradNorm: null,
  })

export const CASES = {
  'DQN, dense': { create: () => dqn('CartPole-v1'), totalTimesteps: 65 },
  'DQN, conv': { create: () => dqn('MinAtar/Breakout-v1'), totalTimesteps: 65 },
  'A2C, dense': { create: () => a2c('CartPole-v1'), totalTimesteps: 64 },
  'A2C, conv': { create: () => a2c('MinAtar/Breakout-v1'), totalTimesteps: 64 },
} as const

export type CaseName = keyof typeof CASES

export async function oneUpdate(
  name: CaseName,
  backend: BackendName,
  options?: BackendOptions,
): Promise<Outcome> {
  await useBackend(backend, options)
  const { create, totalTimesteps } = CASES[name]
  const agent = create()
  const found: Record<string, readonly number[]> = {}
  const onMetrics = (_: number, metrics: object) => {
    for (const [metric, value] of Object.entries(metrics)) found[metric] = [value as number]
  }
  await agent.learn({ totalTimesteps, callbacks: [{ onMetrics }] })
  await agent.synchronize()
  const networks = 'network' in agent ? [agent.network] : [agent.policy, agent.value]
  for (const [i, { parameters }] of networks.entries()) {
    for (const [parameter, variable] of Object.entries(parameters))
      found[`${i}/${parameter}`] = Array.from(variable.dataSync())
  }
  agent.dispose()
  return found
}

/** The largest difference, in units of the largest number of the same name, or of 1. @throws Error if a name is missing */
export function difference(got: Outcome, want: Outcome): number {
  const names = Object.keys(want)
  if (names.length !== Object.keys(got).length) throw new Error('other names')
  return Math.max(
    ...names.map((name) => {
      const [a, b] = [got[name]!, want[name]!]
      const apart = b.map((value, i) => Math.abs(a[i]! - value))
      return apart.every(Number.isFinite) ? largest(apart) / Math.max(1, largest(b)) : Infinity
    }),
  )
}

function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
}
