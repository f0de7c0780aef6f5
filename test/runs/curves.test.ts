import { describe, expect, test } from 'vitest'
import { learningCurves, roundNumber } from '../../runs/curves.ts'
import { drawSvg } from '../../runs/figure.ts'
import type { RunFiles } from '../../runs/read.ts'
import { episode } from '../helpers/run-folders.ts'

const OPTIONS = { metric: 'charts/episodic_return', statistic: 'mean', window: 100 } as const

/** What reading a folder gives. */
function files(
  seed: number,
  rows: readonly Readonly<Record<string, number>>[],
  options: Readonly<Record<string, unknown>> = {},
): RunFiles {
  return {
    runDir: `runs/${seed}`,
    config: {
      ...{ agent: 'dqn', env: 'CartPole-v1', seed, totalTimesteps: 1000 },
      ...{ envKwargs: {}, run: { budgets: [] }, ...options },
    },
    rows: rows.map(({ step, ...metrics }) => ({ step: step!, metrics })),
    finalStep: undefined,
    checkpointStep: undefined,
    hasTrouble: false,
    changed: undefined,
    seconds: undefined,
    problems: [],
  }
}

/** Episodes of a return every 100 timesteps up to 1,000. */
const steady = (value: number) =>
  Array.from({ length: 10 }, (_, i) => episode(100 * (i + 1), value))

describe('learningCurves', () => {
  test('is the mean over the seeds of what each did in the window before', () => {
    const runs = [files(1, steady(10)), files(2, steady(30))]
    const { curves, notes, window } = learningCurves(runs, OPTIONS)
    expect(notes).toEqual([])
    expect(window).toBe(100)
    expect(curves).toHaveLength(1)
    expect(curves[0]).toMatchObject({ env: 'CartPole-v1', label: 'dqn', seeds: 2 })
    const points = curves[0]!.points
    expect(points.at(-1)).toEqual({ step: 1000, value: 20, low: 10, high: 30 })
    expect(points[0]!.step).toBe(100) // nothing is known before the first episode
    expect(points.every(({ value }) => value === 20)).toBe(true)
  })

  test('averages over the window: from it, exclusively, to the step', () => {
    const rows = [episode(50, 0), episode(100, 10), episode(150, 20), episode(200, 60)]
    const { points } = learningCurves([files(1, rows)], OPTIONS).curves[0]!
    const at = (step: number) => points.find((point) => point.step === step)!.value
    expect([50, 100, 149, 150, 199, 200].map(at)).toEqual([0, 5, 5, 15, 15, 40])
  })

  test('holds the value where an episode is longer than the window, up to the end of the run', () => {
    const rows = [episode(100, 10), { step: 1000, 'charts/SPS': 9 }]
    const { points } = learningCurves([files(1, rows)], OPTIONS).curves[0]!
    expect(points.at(-1)).toMatchObject({ step: 1000, value: 10 })
  })

  test('ends where the shortest seed ends, and says which', () => {
    const runs = [files(1, steady(10)), files(2, steady(30).slice(0, 5))]
    const { curves, notes } = learningCurves(runs, OPTIONS)
    expect(curves[0]!.points.at(-1)!.step).toBe(500)
    expect(notes).toEqual(['runs/2: ends at 500, and so does the curve of dqn'])
  })

  test('takes the same seed once, and says so', () => {
    const again = { ...files(1, steady(30)), runDir: 'runs/again' }
    const { curves, notes } = learningCurves([files(1, steady(10)), again], OPTIONS)
    expect(curves[0]).toMatchObject({ seeds: 1 })
    expect(curves[0]!.points.at(-1)!.value).toBe(30)
    expect(notes).toEqual(['runs/1: left out, runs/again has the same seed and options'])
  })

  test('keeps agents, environments and sets of options apart, but not what only the run differs in', () => {
    const runs = [
      files(1, steady(1), { doubleQ: true, evalEvery: 500 }),
      files(2, steady(1), { doubleQ: true }),
      files(1, steady(2), { doubleQ: false }),
      files(1, steady(3), { agent: 'a2c' }),
      files(1, steady(4), { env: 'Acrobot-v1', doubleQ: true }),
    ]
    const { curves } = learningCurves(runs, OPTIONS)
    expect(curves.map(({ env, label, seeds }) => [env, label, seeds])).toEqual([
      ['CartPole-v1', 'dqn, doubleQ=true', 2],
      ['CartPole-v1', 'dqn, doubleQ=false', 1],
      ['CartPole-v1', 'a2c', 1],
      ['Acrobot-v1', 'dqn', 1],
    ])
  })

  test('has the greedy evaluations that all seeds share', () => {
    const evaluated = (value: number, ...steps: number[]) => [
      ...steady(1),
      ...steps.map((step) => ({ step, 'eval/mean_return': value })),
    ]
    const runs = [files(1, evaluated(10, 500, 1000)), files(2, evaluated(20, 1000))]
    expect(learningCurves(runs, OPTIONS).curves[0]!.evaluations).toEqual([
      { step: 1000, value: 15 },
    ])
    const losses = learningCurves(runs, { ...OPTIONS, metric: 'charts/episodic_length' })
    expect(losses.curves[0]!.evaluations).toEqual([])
  })

  test('rounds windows down to 1, 2 or 5 times a power of ten', () => {
    expect([0.3, 1, 3, 7, 99, 2000, 2001].map(roundNumber)).toEqual([1, 1, 2, 5, 50, 2000, 2000])
  })
})

test('escapes names in the figure', async () => {
  const curves = learningCurves([files(1, steady(1), { env: '<b>&' })], OPTIONS)
  const svg = await drawSvg(curves, { width: 400, height: 300, metric: 'x<y', statistic: 'mean' })
  expect(svg).toContain('&lt;b&gt;&amp;')
  expect(svg).not.toContain('<b>')
  expect(svg).toContain('x&lt;y')
})
