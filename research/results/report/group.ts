/** Rows that belong together: the seeds of one agent on one environment in one variant. */
import { groupBy } from '../../../runs/group-by.ts'
import { mean } from '../../../src/training/index.ts'
import type { CurveRow, FigureName, ResultRow } from '../rows.ts'

/** The three figures of a run, by what tables call them. */
export const FIGURES: Readonly<Record<string, FigureName>> = {
  'best model': 'best',
  'final model': 'final',
  'last 100 training episodes': 'training',
}

export interface Group {
  readonly agent: string
  readonly env: string
  readonly variant: string
  /** By seed. */
  readonly rows: readonly ResultRow[]
}

/** Of the runs that count, in the order of the CSV. */
export function groupsOf(rows: readonly ResultRow[]): Group[] {
  const final = rows.filter(({ part }) => part === 'final')
  const groups = groupBy(final, ({ agent, env, variant }) => [agent, env, variant].join('\n'))
  return [...groups.values()].map((group) => {
    const { agent, env, variant } = group[0]!
    return { agent, env, variant, rows: group.toSorted((a, b) => a.seed - b.seed) }
  })
}

/** Of every seed that has it: all, but for those that diverged. */
export function figuresOf({ rows }: Pick<Group, 'rows'>, name: FigureName): number[] {
  return rows.flatMap((row) => row[name] ?? [])
}

export function meanOf(group: Pick<Group, 'rows'>, name: FigureName): number | null {
  const values = figuresOf(group, name)
  return values.length === 0 ? null : mean(values)
}

/** Values of a metric, seed by seed, at the ends of the same windows. */
export interface GroupCurve {
  readonly every: number
  /** [seeds][windows]; a window without a value has that of the one before it. */
  readonly values: readonly (readonly number[])[]
}

export function curveOf(
  { rows }: Group,
  curves: readonly CurveRow[],
  metric: string,
): GroupCurve | undefined {
  const names = new Set(rows.map(({ run }) => run))
  const own = curves.filter((curve) => curve.metric === metric && names.has(curve.run))
  const [first] = own
  return first && { every: first.every, values: own.map(({ values }) => held(values)) }
}

function held(values: readonly number[]): number[] {
  let last = NaN
  return values.map((value) => (last = Number.isNaN(value) ? last : value))
}
