/** The rules of a study and the files of its results, on numbers made up here. */
import { describe, expect, test } from 'vitest'
import {
  curvesFromCsv,
  curvesToCsv,
  type ResultRow,
  rowsFromCsv,
  rowsToCsv,
  thinned,
} from '../../research/results/rows.ts'
import { currentRows, fingerprint, type Job } from '../../research/results/job.ts'
import {
  bestRate,
  type Cell,
  searched,
  type Study,
  studySuite,
} from '../../research/results/study.ts'
import { difference, sideOf } from '../../research/results/report/statistics.ts'

const cell: Cell = {
  ...{ agent: 'dqn', env: 'CartPole-v1', timesteps: 1000, searchTimesteps: 500 },
  ...{ seeds: 2, rates: [1e-3, 3e-3, 1e-2] },
  options: { bufferSize: 1000 },
}
const study: Study = {
  ...{ name: 'test', about: 'a test', evaluations: 5, searchSeeds: [100, 101] },
  variants: { none: { normalization: 'none' } },
  cells: [cell],
  scales: { 'CartPole-v1': { random: 20, good: 500 } },
}

function row(rate: number, seed: number, evaluations: number | null, more = {}): ResultRow {
  return {
    ...{ suite: 'test', run: `${rate}/${seed}`, agent: 'dqn', env: 'CartPole-v1', part: 'search' },
    ...{ variant: 'none', normalization: 'none', seed, learning_rate: rate, timesteps: 500 },
    ...{ best: 1, final: 2, training: 3, evaluations, statistics_noise: 0, wall_seconds: 1 },
    outcome: evaluations === null ? 'diverged' : 'done',
    ...{ digest: 'd', settings: 's', commit: 'c', machine: 'm' },
    ...more,
  }
}

/** Two seeds a rate, around a score. */
function rowsOf(scores: Readonly<Record<number, number | null>>): ResultRow[] {
  return Object.entries(scores).flatMap(([rate, score]) =>
    [-1, 1].map((side, i) => row(Number(rate), 100 + i, score === null ? null : score + side)),
  )
}

describe('the rule for learning rates', () => {
  const of = (rows: ResultRow[]) => searched(study, cell, 'none', rows)

  test('the highest mean wins, of equals the smallest rate', () => {
    expect(
      bestRate([
        { rate: 1, scores: [3, 5] },
        { rate: 2, scores: [9, 0] },
      ]),
    ).toBe(2)
    expect(
      bestRate([
        { rate: 2, scores: [4] },
        { rate: 1, scores: [4] },
      ]),
    ).toBe(1)
  })

  test('a rate at which a seed diverged is out, unless all are', () => {
    expect(
      bestRate([
        { rate: 1, scores: [3, 3] },
        { rate: 2, scores: [99, null] },
      ]),
    ).toBe(1)
    const all = [
      { rate: 1, scores: [null, null] },
      { rate: 2, scores: [1, null] },
    ]
    expect(bestRate(all)).toBe(2)
    expect(
      bestRate([
        { rate: 2, scores: [null] },
        { rate: 1, scores: [null] },
      ]),
    ).toBe(1)
  })

  test('none is chosen before every rate has all its seeds', () => {
    const rows = rowsOf({ 0.001: 1, 0.003: 9, 0.01: 2 })
    expect(of(rows).chosen).toBe(0.003)
    expect(of(rows.slice(1)).chosen).toBeUndefined()
    const elsewhere = rows.map((one, i) => (i === 0 ? { ...one, env: 'Acrobot-v1' } : one))
    expect(of(elsewhere).chosen).toBeUndefined()
  })

  test('where the best lies at an end the next one is tried, twice at most', () => {
    const once = of(rowsOf({ 0.001: 1, 0.003: 2, 0.01: 9 }))
    expect(once.chosen).toBeUndefined()
    expect(once.rates.map(({ rate }) => rate)).toEqual([0.001, 0.003, 0.01, 0.03])
    expect(of(rowsOf({ 0.001: 1, 0.003: 2, 0.01: 9, 0.03: 5 })).chosen).toBe(0.01)
    const twice = { 0.001: 1, 0.003: 2, 0.01: 3, 0.03: 4, 0.1: 5 }
    expect(of(rowsOf(twice)).chosen).toBe(0.1)
    const below = of(rowsOf({ 0.001: 9, 0.003: 2, 0.01: 1 }))
    expect(below.rates.map(({ rate }) => rate)).toEqual([0.0003, 0.001, 0.003, 0.01])
  })

  test('runs that count are known when a rate is chosen, and use it', () => {
    const { jobs } = studySuite(study)
    expect(jobs([]).map(({ part }) => part)).toEqual(Array(6).fill('search'))
    const known = jobs(rowsOf({ 0.001: 1, 0.003: 9, 0.01: 2 }))
    const final = known.filter(({ part }) => part === 'final')
    expect(final.map(({ seed, options }) => [seed, options['learningRate']])).toEqual([
      [0, 0.003],
      [1, 0.003],
    ])
    expect(known[0]!.options).toMatchObject({ totalTimesteps: 500, evalEvery: 100 })
    expect(final[0]!.options).toMatchObject({ totalTimesteps: 1000, evalEvery: 200 })
  })
})

test('rows of options that have changed count for nothing, nor does what follows from them', () => {
  const suite = studySuite(study)
  const trained = (jobs: readonly Job[]) =>
    jobs.map((job) => {
      const rate = Number(job.options['learningRate'])
      const score = { 0.001: 1, 0.003: 9, 0.01: 2 }[rate]!
      return row(rate, job.seed, score, {
        ...{ run: job.name, part: job.part, settings: fingerprint(job) },
      })
    })
  const search = trained(suite.jobs([]))
  const rows = trained(suite.jobs(search))
  expect(rows.filter(({ part }) => part === 'final')).toHaveLength(2)
  expect(currentRows(suite, rows)).toEqual(rows)
  const changed = rows.map((one, i) => (i === 0 ? { ...one, settings: 'other' } : one))
  expect(currentRows(suite, changed)).toEqual(search.slice(1))
})

describe('the files', () => {
  test('rows come back from the CSV as they were', () => {
    const rows = rowsOf({ 0.001: -12.25, 0.003: null })
    expect(rowsFromCsv(rowsToCsv(rows), 'x.csv')).toEqual(rows)
  })

  test('a line that holds no row is refused by its number', () => {
    const text = rowsToCsv(rowsOf({ 0.001: 1 }))
    expect(() => rowsFromCsv(text.replace('search', 'serach'), 'x.csv')).toThrow(
      'x.csv, line 2: part',
    )
    expect(() => rowsFromCsv(`${text}torn,li`, 'x.csv')).toThrow('x.csv, line 4: ')
    expect(() => rowsToCsv([row(1, 1, 1, { machine: 'a, b' })])).toThrow('"a, b"')
  })

  test('curves come back, with their gaps', () => {
    const curves = [{ run: 'a/b', metric: 'eval/mean_return', every: 10, values: [1.5, NaN, -3] }]
    expect(curvesFromCsv(curvesToCsv(curves), 'x.csv')).toEqual(curves)
  })

  test('a window holds what came after the one before it, up to its end', () => {
    const points = [1, 10, 11, 30].map((step) => ({ step, value: step }))
    expect(thinned(points, 10, 30)).toEqual([5.5, 11, 30])
    expect(thinned(points.slice(3), 10, 30)).toEqual([NaN, NaN, 30])
  })
})

test('the interval of a difference lies where the difference is', () => {
  const low = [1, 2, 3, 4, 5, 6, 7, 8]
  const high = low.map((value) => value + 20)
  const up = difference(high, low)
  expect(up.value).toBe(20)
  expect(sideOf(up)).toBe('above 0')
  expect(sideOf(difference(low, high))).toBe('below 0')
  expect(sideOf(difference(low, low))).toBe('around 0')
  expect(up.low).toBeGreaterThan(10)
  expect(up.high).toBeLessThan(30)
})
