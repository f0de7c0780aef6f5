/** What training costs, so that `--list` can tell hours before they are spent. */
import type { Plan, Suite } from './job.ts'
import type { ResultRow } from './rows.ts'

/**
 * What holds as long as there are no rows: seconds of one core for 1,000 timesteps, evaluations included. Processor time
 * (what `time` calls user) of one short run each with the settings of the study, less that of starting; an AMD EPYC,
 * Node 20.20.2. On a machine with other work the hours are more.
 */
const SECONDS: Readonly<Record<string, number>> = {
  'dqn/CartPole-v1': 0.02,
  'a2c/CartPole-v1': 0.01,
  'dqn/Acrobot-v1': 0.024,
  'a2c/Acrobot-v1': 0.012,
  'dqn/LunarLander-v3': 0.13,
  'a2c/LunarLander-v3': 0.1,
  'dqn/MinAtar/Breakout-v1': 0.33,
  'dqn/MinAtar/SpaceInvaders-v1': 0.35,
  'a2c/MinAtar/Breakout-v1': 0.06,
  'a2c/MinAtar/SpaceInvaders-v1': 0.06,
}
/** For a pair that nobody has measured. */
const UNKNOWN = 0.1
/** Of every run: Node starts, modules load, the last evaluations are played. */
const START = 1.2

export interface Cost {
  readonly runs: number
  readonly runsLeft: number
  /** On so many cores as were asked for. */
  readonly hours: number
  readonly hoursLeft: number
}

/** @param only a part of `AGENT/ENVIRONMENT` */
export function costOf(suite: Suite, rows: readonly ResultRow[], cores: number, only = ''): Cost {
  const parts = suite.plan.filter((plan) => nameOf(plan).includes(only))
  const total = { runs: 0, runsLeft: 0, hours: 0, hoursLeft: 0 }
  for (const plan of parts) {
    const done = rows.filter((row) => isOf(row, plan)).length
    const runs = Math.max(plan.runs, done) // a study's search may have gone beyond what was planned
    const left = runs - done
    const hours = secondsOf(plan, rows) / 3600 / cores
    total.runs += runs
    total.runsLeft += left
    total.hours += runs * hours
    total.hoursLeft += left * hours
  }
  return total
}

function nameOf({ agent, env }: Plan): string {
  return `${agent}/${env}`
}

function isOf(row: ResultRow, { agent, env, part }: Plan): boolean {
  return row.agent === agent && row.env === env && row.part === part
}

/** Of one run: as its like took, in the middle, or by the table. */
function secondsOf(plan: Plan, rows: readonly ResultRow[]): number {
  const alike = rows.filter((row) => row.outcome === 'done' && isOf(row, plan))
  if (alike.length > 0) return median(alike.map((row) => row.wall_seconds))
  return START + (plan.timesteps / 1000) * (SECONDS[nameOf(plan)] ?? UNKNOWN)
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
