/** The tables of results: agents on environments with their presets, over seeds that no search has seen. */
import type { AgentName } from '../../agents/index.ts'
import { loadSettings } from '../../runs/settings.ts'
import { type Job, settingsOf, type Suite } from './job.ts'
import { studySuite } from './study.ts'
import { SMOKE, WEIGHT_NORM } from './weight-norm.ts'

/** Each agent on each environment, as far as there is a preset. */
interface Table {
  readonly about: string
  readonly agents: readonly AgentName[]
  readonly envs: readonly string[]
  readonly seeds: readonly number[]
}

/** The table that has some of the presets of the others a second time. */
export const REPEATED = 'fresh-seeds'

const TABLES: Readonly<Record<string, Table>> = {
  'classic-control': {
    about: 'classic control, 10 seeds',
    agents: ['dqn', 'a2c', 'ppo'],
    envs: [
      'CartPole-v1',
      'Acrobot-v1',
      'MountainCar-v0',
      'Pendulum-v1',
      'MountainCarContinuous-v0',
    ],
    seeds: seedsFrom(0, 10),
  },
  'toy-text': {
    about: 'toy text, 10 seeds',
    agents: ['dqn', 'a2c', 'ppo'],
    envs: ['FrozenLake-v1', 'CliffWalking-v1', 'Taxi-v4', 'Blackjack-v1'],
    seeds: seedsFrom(0, 10),
  },
  'lunar-lander': {
    about: 'LunarLander, 5 seeds',
    agents: ['dqn', 'a2c', 'ppo'],
    envs: ['LunarLander-v3'],
    seeds: seedsFrom(0, 5),
  },
  minatar: {
    about: 'MinAtar, 3 seeds',
    agents: ['dqn', 'a2c', 'ppo'],
    envs: ['Breakout', 'SpaceInvaders', 'Asterix', 'Freeway', 'Seaquest'].map(
      (game) => `MinAtar/${game}-v1`,
    ),
    seeds: seedsFrom(0, 3),
  },
  [REPEATED]: {
    about: 'the same presets on 5 seeds that neither their search nor the tables use',
    agents: ['dqn', 'a2c', 'ppo'],
    envs: ['CartPole-v1', 'Acrobot-v1', 'LunarLander-v3'],
    seeds: seedsFrom(4000, 5),
  },
}

/** Timesteps between checkpoints of runs in tables. */
const CHECKPOINT_EVERY = 25_000

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

/** Pairs without a preset are not trained: a table shows presets, and nobody chose the bare defaults. */
async function tableSuite(name: string, { about, agents, envs, seeds }: Table): Promise<Suite> {
  const pairs = envs.flatMap((env) => agents.map((agent) => ({ agent, env })))
  const loaded = await Promise.all(
    pairs.map(async (pair) => ({ ...pair, options: await presetOf(pair) })),
  )
  const jobs = loaded.flatMap(({ options, ...pair }) =>
    options ? jobsOf(pair, seeds, options) : [],
  )
  const first = jobs.filter(({ seed }) => seed === seeds[0])
  return {
    ...{ name, about },
    jobs: () => jobs,
    plan: first.map((job) => ({
      ...{ agent: job.agent, env: job.env, part: job.part, runs: seeds.length },
      timesteps: settingsOf(job).run.totalTimesteps,
    })),
    lacks: loaded.filter(({ options }) => !options).map(({ agent, env }) => `${agent} on ${env}`),
  }
}

interface Pair {
  readonly agent: AgentName
  readonly env: string
}

/** The preset's options, as `wn-rl train` takes them; undefined where there is none. */
async function presetOf({ agent, env }: Pair): Promise<Job['options'] | undefined> {
  const flags = { checkpointEvery: CHECKPOINT_EVERY }
  const settings = await loadSettings({ agent, envId: env, set: [], flags })
  return settings.origin.startsWith('preset ') ? settings.given : undefined
}

function jobsOf({ agent, env }: Pair, seeds: readonly number[], options: Job['options']): Job[] {
  return seeds.map((seed) => ({
    ...{ name: `${agent}/${env}/seed-${seed}`, agent, env, seed, options },
    part: 'final',
    variant: 'preset',
  }))
}

function seedsFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i)
}
