/** What the report needs of a study: which of it is complete, and the scores that its protocol compares. */
import { groupBy } from '../../../runs/group-by.ts'
import { mean } from '../../../src/training/index.ts'
import type { ResultRow } from '../rows.ts'
import { type Cell, searched, type Study } from '../study.ts'
import { type Group, groupsOf } from './group.ts'
import { difference, type Estimate, estimateOverTasks, sideOf } from './statistics.ts'

/** An agent on an environment of which every run has been trained. */
export interface CompleteCell {
  readonly cell: Cell
  /** Of both parts. */
  readonly rows: readonly ResultRow[]
  /** By variant, in the study's order. */
  readonly groups: ReadonlyMap<string, Group>
  /** By variant. */
  readonly chosen: ReadonlyMap<string, number>
}

export interface Verdict {
  readonly agent: string
  readonly env: string
  readonly difference: Estimate
}

/** The variant that the others are compared with. */
export const SUBJECT = 'weight'

export function completeCells(study: Study, rows: readonly ResultRow[]): CompleteCell[] {
  return study.cells.flatMap((cell) => {
    const own = rows.filter(({ agent, env }) => agent === cell.agent && env === cell.env)
    const groups = new Map(groupsOf(own).map((group) => [group.variant, group]))
    const chosen = new Map<string, number>()
    for (const variant of Object.keys(study.variants)) {
      const rate = searched(study, cell, variant, own).chosen
      const group = groups.get(variant)
      if (rate === undefined || group?.rows.length !== cell.seeds) return []
      chosen.set(variant, rate)
    }
    return [{ cell, rows: own, groups, chosen }]
  })
}

/** [seeds] of a variant: the mean of all periodic evaluations; a run that diverged counts as random play. */
export function scoresOf(study: Study, { cell, groups }: CompleteCell, variant: string): number[] {
  const { random } = study.scales[cell.env]!
  return groups.get(variant)!.rows.map(({ evaluations }) => evaluations ?? random)
}

/** Of the subject to another variant. */
function differenceTo(study: Study, cell: CompleteCell, other: string): Verdict {
  const { agent, env } = cell.cell
  const [of, to] = [SUBJECT, other].map((variant) => scoresOf(study, cell, variant))
  return { agent, env, difference: difference(of!, to!) }
}

/** Of the subject to each other variant, cell by cell. */
export type Verdicts = ReadonlyMap<string, readonly Verdict[]>

export function verdictsOf(study: Study, cells: readonly CompleteCell[]): Verdicts {
  const others = Object.keys(study.variants).filter((variant) => variant !== SUBJECT)
  return new Map(
    others.map((other) => [other, cells.map((cell) => differenceTo(study, cell, other))]),
  )
}

/** Of each agent, those with as many seeds: over them a stratified interval can be drawn. */
export function bySeeds(cells: readonly CompleteCell[]): CompleteCell[][] {
  return [...groupBy(cells, ({ cell }) => `${cell.agent}/${cell.seeds}`).values()]
}

/**
 * Scaled, over environments.
 *
 * @param cells of one agent, of as many seeds
 */
export function overEnvironments(
  study: Study,
  cells: readonly CompleteCell[],
  variant: string,
): Estimate {
  const { seeds } = cells[0]!.cell
  const scaled = cells.map((cell) =>
    scoresOf(study, cell, variant).map((score) => scaledScore(study, cell.cell.env, score)),
  )
  return estimateOverTasks(
    Array.from({ length: seeds }, (_, run) => scaled.map((task) => task[run]!)),
  )
}

/** 0 for random play, 1 for a good policy. */
export function scaledScore({ scales }: Study, env: string, score: number): number {
  const { random, good } = scales[env]!
  return (score - random) / (good - random)
}

/** Of the cell's own rates, those whose scaled score in the search is at least half of the best of any variant. */
export function goodRates(study: Study, { cell, rows }: CompleteCell): ReadonlyMap<string, number> {
  const { random } = study.scales[cell.env]!
  const scoreOf = (variant: string) =>
    searched(study, cell, variant, rows).rates.map(({ rate, scores }) => ({
      rate,
      score: scaledScore(study, cell.env, mean(scores.map((score) => score ?? random))),
    }))
  const byVariant = Object.keys(study.variants).map(
    (variant) => [variant, scoreOf(variant)] as const,
  )
  const best = Math.max(...byVariant.flatMap(([, scores]) => scores.map(({ score }) => score)))
  return new Map(
    byVariant.map(([variant, scores]) => [
      variant,
      scores.filter(({ rate, score }) => cell.rates.includes(rate) && score >= best / 2).length,
    ]),
  )
}

export type Tally = Readonly<Record<'above' | 'below' | 'around', readonly Verdict[]>>

/** Cells in which the difference to another variant lies above, below and around 0. */
export function tally(verdicts: readonly Verdict[]): Tally {
  const of = (side: ReturnType<typeof sideOf>) =>
    verdicts.filter((verdict) => sideOf(verdict.difference) === side)
  return { above: of('above 0'), below: of('below 0'), around: of('around 0') }
}
