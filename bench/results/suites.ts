/** The tables of results: agents on environments with their presets, over seeds that no search has seen (0, 1, …). */
import type { AgentName } from '../../agents/index.ts'
import { loadSettings } from '../../cli/settings.ts'
import type { Job, Plan, Suite } from './job.ts'
import { studySuite } from './study.ts'
import { SMOKE, WEIGHT_NORM } from './weight-norm.ts'

/** A row of a table. */
interface Entry {
  readonly agent: AgentName
  readonly env: string
  readonly timesteps: number
  readonly seeds: number
}

interface Table {
  readonly about: string
  readonly entries: readonly Entry[]
}

const TABLES: Readonly<Record<string, Table>> = {
  'classic-control': {
    about: 'classic control, 10 seeds',
    entries: [
      { agent: 'dqn', env: 'CartPole-v1', timesteps: 50_000, seeds: 10 },
      { agent: 'dqn', env: 'Acrobot-v1', timesteps: 100_000, seeds: 10 },
      { agent: 'dqn', env: 'MountainCar-v0', timesteps: 120_000, seeds: 10 },
      { agent: 'a2c', env: 'CartPole-v1', timesteps: 100_000, seeds: 10 },
      { agent: 'a2c', env: 'Acrobot-v1', timesteps: 500_000, seeds: 10 },
      { agent: 'a2c', env: 'Pendulum-v1', timesteps: 500_000, seeds: 10 },
      { agent: 'ppo', env: 'CartPole-v1', timesteps: 100_000, seeds: 10 },
      { agent: 'ppo', env: 'Acrobot-v1', timesteps: 200_000, seeds: 10 },
      { agent: 'ppo', env: 'MountainCarContinuous-v0', timesteps: 100_000, seeds: 10 },
      { agent: 'ppo', env: 'Pendulum-v1', timesteps: 200_000, seeds: 10 },
    ],
  },
  'toy-text': {
    about: 'toy text, 10 seeds',
    entries: (['dqn', 'a2c', 'ppo'] as const).flatMap((agent): Entry[] => [
      { agent, env: 'FrozenLake-v1', timesteps: 100_000, seeds: 10 },
      { agent, env: 'CliffWalking-v1', timesteps: 100_000, seeds: 10 },
      { agent, env: 'Taxi-v4', timesteps: 300_000, seeds: 10 },
      { agent, env: 'Blackjack-v1', timesteps: 100_000, seeds: 10 },
    ]),
  },
  'lunar-lander': {
    about: 'LunarLander, 5 seeds',
    entries: [
      { agent: 'dqn', env: 'LunarLander-v3', timesteps: 300_000, seeds: 5 },
      { agent: 'a2c', env: 'LunarLander-v3', timesteps: 1_000_000, seeds: 5 },
      { agent: 'ppo', env: 'LunarLander-v3', timesteps: 1_000_000, seeds: 5 },
    ],
  },
  minatar: {
    about: 'MinAtar, a million frames, 3 seeds',
    entries: ['Breakout', 'SpaceInvaders', 'Asterix', 'Freeway', 'Seaquest'].flatMap((game) =>
      (['dqn', 'a2c', 'ppo'] as const).map((agent) => ({
        ...{ agent, env: `MinAtar/${game}-v1`, timesteps: 1_000_000, seeds: 3 },
      })),
    ),
  },
}

export const STUDIES = [WEIGHT_NORM, SMOKE]

/** Of all suites, in the order in which `--list` has them. */
export const SUITES: readonly string[] = [
  ...Object.keys(TABLES),
  ...STUDIES.map(({ name }) => name),
]

/** @throws RangeError for a name that there is not */
export async function loadSuite(name: string): Promise<Suite> {
  const study = STUDIES.find((one) => one.name === name)
  if (study) return studySuite(study)
  const table = Object.hasOwn(TABLES, name) ? TABLES[name] : undefined
  if (!table) throw new RangeError(`name a suite: ${SUITES.join(', ')}; got "${name}"`)
  return tableSuite(name, table)
}

/** Entries without a preset are not trained: a table shows presets, and nobody chose the bare defaults. */
async function tableSuite(name: string, { about, entries }: Table): Promise<Suite> {
  const loaded = await Promise.all(
    entries.map(async (entry) => ({ entry, options: await presetOf(entry) })),
  )
  const jobs = loaded.flatMap(({ entry, options }) => (options ? jobsOf(entry, options) : []))
  const plan = loaded.flatMap(({ entry: { agent, env, timesteps, seeds }, options }): Plan[] =>
    options ? [{ agent, env, part: 'final', runs: seeds, timesteps }] : [],
  )
  const lacks = loaded
    .filter(({ options }) => !options)
    .map(({ entry: { agent, env } }) => `${agent} on ${env}: no preset in configs/`)
  return { name, about, plan, lacks, jobs: () => jobs }
}

/** The preset's options, as `wn-rl train` takes them; undefined where there is none. */
async function presetOf({ agent, env, timesteps }: Entry) {
  const flags = { totalTimesteps: timesteps, checkpointEvery: 25_000 }
  const settings = await loadSettings({ agent, envId: env, set: [], flags })
  return settings.origin.startsWith('preset ') ? settings.given : undefined
}

function jobsOf({ agent, env, seeds }: Entry, options: Job['options']): Job[] {
  return Array.from({ length: seeds }, (_, seed) => ({
    ...{ name: `${agent}/${env}/seed-${seed}`, agent, env, seed, options },
    part: 'final',
    variant: 'preset',
  }))
}
