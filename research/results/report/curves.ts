/** Learning curves of the report, from thinned ones to what `wn-rl plot` draws. */
import type { Curve, CurvePoint } from '../../../runs/curves.ts'
import { drawSvg } from '../../../runs/figure.ts'
import type { CurveRow } from '../rows.ts'
import { curveOf, type Group, type GroupCurve } from './group.ts'
import { estimate } from './statistics.ts'

const SIZE = { width: 720, height: 480 }

/** Greedy evaluations while learning: one line for each variant. */
export async function drawEvaluations(
  groups: readonly Group[],
  curves: readonly CurveRow[],
): Promise<string> {
  const lines = groups.flatMap((group): [Curve, number][] => {
    const curve = curveOf(group, curves, 'eval/mean_return')
    return curve ? [[lineOf(group, group.variant, curve), curve.every]] : []
  })
  return draw(lines, 'greedy return in the periodic evaluations')
}

/** Training returns as lines and greedy evaluations as circles: one for each agent. */
export async function drawTraining(
  groups: readonly Group[],
  curves: readonly CurveRow[],
): Promise<string> {
  const lines = groups.flatMap((group): [Curve, number][] => {
    const training = curveOf(group, curves, 'charts/episodic_return')
    const greedy = curveOf(group, curves, 'eval/mean_return')
    if (!training || !greedy) return []
    const evaluations = pointsOf(greedy)
    return [[{ ...lineOf(group, group.agent, training), evaluations }, training.every]]
  })
  return draw(lines, 'return of training episodes')
}

async function draw(lines: readonly [Curve, number][], metric: string): Promise<string> {
  const window = Math.max(...lines.map(([, every]) => every))
  const curves = { curves: lines.map(([curve]) => curve), window, notes: [] }
  return drawSvg(curves, { ...SIZE, metric, statistic: 'iqm' })
}

function lineOf({ env, rows }: Group, label: string, curve: GroupCurve): Curve {
  return { env, label, seeds: rows.length, points: pointsOf(curve), evaluations: [] }
}

/** Where every seed has a value. */
function pointsOf({ every, values }: GroupCurve): CurvePoint[] {
  const windows = Math.min(...values.map(({ length }) => length))
  return Array.from({ length: windows }, (_, i) => values.map((one) => one[i]!)).flatMap(
    (column, i) =>
      column.some(Number.isNaN) ? [] : [{ step: (i + 1) * every, ...estimate(column) }],
  )
}
