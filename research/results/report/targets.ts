/** Whether the presets reach what they are to, and reach it again on seeds that nobody has seen. */
import { TARGETS } from '../targets.ts'
import { figuresOf, type Group } from './group.ts'
import { estimate } from './statistics.ts'
import { estimateText, numberText, table } from './text.ts'

/** @param groups of the tables, the repeated ones not among them */
export function targetTable(groups: readonly Group[]): string {
  const rows = TARGETS.map(({ agent, env, atLeast, zoo }) => {
    const group = findGroup(groups, { agent, env })
    const found = group && estimate(figuresOf(group, 'best'))
    const verdict = found ? (found.value >= atLeast ? 'yes' : '**no**') : 'not run'
    const wanted = `at least ${numberText(atLeast)}`
    return [agent, env, wanted, found ? estimateText(found) : '–', verdict, numberText(zoo ?? null)]
  })
  return table(['agent', 'environment', 'wanted', 'IQM [95 %]', 'reached', 'zoo'], rows)
}

/**
 * @param groups as `targetTable` takes them
 * @param fresh of the same presets on other seeds
 */
export function robustnessTable(groups: readonly Group[], fresh: readonly Group[]): string {
  const rows = fresh.map((group) => {
    const again = estimate(figuresOf(group, 'best'))
    const first = findGroup(groups, group)
    const known = first && estimate(figuresOf(first, 'best'))
    const verdict = known ? (again.value >= known.low ? 'yes' : '**no**') : 'not run'
    const before = known ? estimateText(known) : '–'
    return [group.agent, group.env, before, estimateText(again), verdict]
  })
  return table(
    ['agent', 'environment', 'IQM of the table [95 %]', 'of these seeds', 'within or above'],
    rows,
  )
}

function findGroup(
  groups: readonly Group[],
  { agent, env }: Pick<Group, 'agent' | 'env'>,
): Group | undefined {
  return groups.find((group) => group.agent === agent && group.env === env)
}
