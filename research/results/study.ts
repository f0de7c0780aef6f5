/**
 * A study of normalizations: each variant has its own learning rate, chosen on shorter runs with seeds of their own, and
 * is then trained with it over the seeds that count. docs/results/weight-norm-protocol.md says why so, and what would
 * refute what; this file carries it out.
 */
import type { AgentName } from '../../agents/index.ts'
import { mean } from '../../src/training/index.ts'
import type { Job, Suite } from './job.ts'
import type { ResultRow } from './rows.ts'

/** What a study compares on one environment. */
export interface Cell {
  readonly agent: AgentName
  readonly env: string
  /** Of a run that counts. */
  readonly timesteps: number
  /** Of a run of the search for a learning rate. */
  readonly searchTimesteps: number
  /** How many count: 0, 1, … */
  readonly seeds: number
  /** Ascending, each 1 or 3 times a power of ten. */
  readonly rates: readonly number[]
  /** All else, the same for every variant. */
  readonly options: Readonly<Record<string, unknown>>
}

export type Variants = Readonly<Record<string, Readonly<Record<string, unknown>>>>

export interface Study {
  readonly name: string
  readonly about: string
  /** Options by variant. */
  readonly variants: Variants
  readonly cells: readonly Cell[]
  /** Returns of random play and of a good policy, by environment: 0 and 1 of the scaled score. */
  readonly scales: Readonly<Record<string, Scale>>
  readonly searchSeeds: readonly number[]
  /** Periodic evaluations of each run, however long. */
  readonly evaluations: number
}

export interface Scale {
  readonly random: number
  readonly good: number
}

/** A learning rate and what the search found of it. */
export interface RateScore {
  readonly rate: number
  /** By seed: the mean of all periodic evaluations; null where training diverged. */
  readonly scores: readonly (number | null)[]
}

/** How often the rates of a variant are extended where the best lies at an end. */
const EXTENSIONS = 2
/** Rows of norm/* metrics in each run. */
const NORM_ROWS = 10

export function studySuite(study: Study): Suite {
  const { name, about, variants, cells, searchSeeds } = study
  const extensions = cells.length * Object.keys(variants).length * EXTENSIONS * searchSeeds.length
  return {
    name,
    about: `${about}; up to ${extensions} short runs more, where a best rate lies at an end of those tried`,
    lacks: [],
    plan: cells.flatMap(({ agent, env, timesteps, searchTimesteps, seeds, rates }) => {
      const count = Object.keys(variants).length
      const searched = count * rates.length * searchSeeds.length
      return [
        { agent, env, part: 'search' as const, runs: searched, timesteps: searchTimesteps },
        { agent, env, part: 'final' as const, runs: count * seeds, timesteps },
      ]
    }),
    jobs: (rows) =>
      cells.flatMap((cell) =>
        Object.keys(variants).flatMap((variant) => jobsOf(study, cell, variant, rows)),
      ),
  }
}

/** The rates that were tried or are to be, ascending, with what the search has found so far. */
export function searched(
  study: Study,
  cell: Cell,
  variant: string,
  rows: readonly ResultRow[],
): { readonly rates: readonly RateScore[]; readonly chosen: number | undefined } {
  const own = rows.filter(
    ({ part, agent, env, variant: of }) =>
      part === 'search' && agent === cell.agent && env === cell.env && of === variant,
  )
  const scoreOf = (rate: number): RateScore => ({
    rate,
    scores: own
      .filter(
        ({ learning_rate, seed }) => learning_rate === rate && study.searchSeeds.includes(seed),
      )
      .map(({ evaluations }) => evaluations),
  })
  let rates = cell.rates.map(scoreOf)
  for (let extension = 0; ; extension++) {
    if (rates.some(({ scores }) => scores.length < study.searchSeeds.length))
      return { rates, chosen: undefined }
    const chosen = bestRate(rates)
    const beyond = extension < EXTENSIONS ? rateBeyond(rates, chosen) : undefined
    if (beyond === undefined) return { rates, chosen }
    rates = [...rates, scoreOf(beyond)].sort((a, b) => a.rate - b.rate)
  }
}

/**
 * The rate with the highest mean score over the seeds, of equals the smallest. Where a seed diverged a rate is out,
 * unless all are: then the one that diverged least often is taken.
 */
export function bestRate(rates: readonly RateScore[]): number {
  const ranked = rates.toSorted((a, b) => {
    const failures = divergences(a) - divergences(b)
    if (failures !== 0) return failures
    const [of, other] = [a, b].map(({ scores }) => mean(scores.filter((score) => score !== null)))
    return of === other || divergences(a) === a.scores.length ? a.rate - b.rate : other! - of!
  })
  return ranked[0]!.rate
}

function divergences({ scores }: RateScore): number {
  return scores.filter((score) => score === null).length
}

/** The next rate outside, if the chosen one is the least or the greatest. */
function rateBeyond(rates: readonly RateScore[], chosen: number): number | undefined {
  if (chosen === rates.at(-1)!.rate) return neighbour(chosen, 1)
  return chosen === rates[0]!.rate ? neighbour(chosen, -1) : undefined
}

/** Of 1, 3, 10, 30, … */
function neighbour(rate: number, direction: 1 | -1): number {
  const [digit, power] = rate.toExponential().split('e').map(Number) as [number, number]
  if (direction === 1) return Number(digit === 1 ? `3e${power}` : `1e${power + 1}`)
  return Number(digit === 3 ? `1e${power}` : `3e${power - 1}`)
}

function jobsOf(study: Study, cell: Cell, variant: string, rows: readonly ResultRow[]): Job[] {
  const { rates, chosen } = searched(study, cell, variant, rows)
  const search = rates.flatMap(({ rate }) =>
    study.searchSeeds.map((seed) => jobOf(study, cell, { variant, rate, seed, part: 'search' })),
  )
  if (chosen === undefined) return search
  const final = Array.from({ length: cell.seeds }, (_, seed) =>
    jobOf(study, cell, { variant, rate: chosen, seed, part: 'final' }),
  )
  return [...search, ...final]
}

function jobOf(
  { variants, evaluations }: Study,
  { agent, env, timesteps, searchTimesteps, options }: Cell,
  { variant, rate, seed, part }: Pick<Job, 'variant' | 'seed' | 'part'> & { readonly rate: number },
): Job {
  const totalTimesteps = part === 'final' ? timesteps : searchTimesteps
  return {
    name: `${agent}/${env}/${variant}/${part}/${rate}/seed-${seed}`,
    ...{ agent, env, part, variant, seed },
    options: {
      totalTimesteps,
      evalEvery: totalTimesteps / evaluations,
      normInterval: totalTimesteps / NORM_ROWS,
      ...options,
      ...variants[variant],
      learningRate: rate,
      ...(part === 'search' && { finalEvalEpisodes: 10 }), // they are not used
    },
  }
}
