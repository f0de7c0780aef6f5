/** What a suite is made of: runs that do not depend on each other, each known by its name. */
import { createHash } from 'node:crypto'
import type { AgentName } from '../../agents/index.ts'
import { checkSettings, type Settings } from '../../runs/settings.ts'
import type { ResultRow } from './rows.ts'

/** `search` runs choose a learning rate and appear in no table of results. */
export type Part = 'search' | 'final'

/** One run that is to be trained. */
export interface Job {
  /** Its name within the suite, and its folder: `dqn/CartPole-v1/weight/final/0.01/seed-3`. */
  readonly name: string
  readonly agent: AgentName
  /** An exact id. */
  readonly env: string
  readonly part: Part
  /** What sets its options apart from those of the suite's other runs of the agent and environment. */
  readonly variant: string
  readonly seed: number
  /** Every option that is not the agent's default, as a `--config` file has them. */
  readonly options: Readonly<Record<string, unknown>>
}

/** Runs of the same cost: what `--list` adds up. */
export interface Plan {
  readonly agent: AgentName
  readonly env: string
  readonly part: Part
  readonly runs: number
  /** Of each run. */
  readonly timesteps: number
}

export interface Suite {
  readonly name: string
  /** In a sentence. */
  readonly about: string
  /** What it comes to at least. */
  readonly plan: readonly Plan[]
  /** What it would train if there were a preset. */
  readonly lacks: readonly string[]
  /** All runs that are known now: those of a second part may depend on the results of the first. */
  readonly jobs: (rows: readonly ResultRow[]) => readonly Job[]
}

/** The job's options, checked, with the defaults. @throws TypeError or RangeError naming the option */
export function settingsOf({ agent, options, name }: Job): Settings {
  return checkSettings(agent, { given: options, origin: name, seed: undefined })
}

/** Twelve hexadecimal digits that differ if the job's agent, environment, seed or options do. */
export function fingerprint({ agent, env, seed, options }: Job): string {
  const text = JSON.stringify([agent, env, seed, sorted(options)])
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}

/**
 * The rows that are runs of the suite as it is now. Those of other options count for nothing, and neither do runs that
 * follow from them: a learning rate that they chose, say.
 */
export function currentRows(suite: Suite, rows: readonly ResultRow[]): ResultRow[] {
  let current: ResultRow[] = []
  for (;;) {
    const known = new Map(suite.jobs(current).map((job) => [job.name, fingerprint(job)]))
    const more = rows.filter(({ run, settings }) => known.get(run) === settings)
    if (more.length === current.length) return current
    current = more
  }
}

/** Objects with their keys in order, so that the order in which options are written does not count. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return entries.map(([key, inner]) => [key, sorted(inner)])
}
