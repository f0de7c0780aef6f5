import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { eachRow, metricsPath, metricsRows, readMetrics } from '../../runs/metrics.ts'
import { overviewOf } from '../../runs/overview.ts'
import { readRunFiles, readRunOverview } from '../../runs/read.ts'
import { ThinnedRows } from '../../runs/thinned-rows.ts'
import { Rng } from '../../src/rng.ts'
import { episode, writeRun } from '../helpers/run-folders.ts'
import { emptyFolder } from '../helpers/wn-rl.ts'

type Row = Readonly<Record<string, number>> & { readonly step: number }

/** Episodes, losses and evaluations; some rows stand for several episodes. */
function manyRows(count: number): Row[] {
  const rng = new Rng('rows')
  return Array.from({ length: count }, (_, i) => {
    const step = 10 * (i + 1)
    if (i % 50 === 49) return { step, 'eval/mean_return': rng.random(), 'eval/mean_length': 3 }
    if (i % 7 === 6) return { step, 'losses/td_loss': rng.random() }
    const row = { step, ...episode(step, Math.floor(100 * rng.random())) }
    return i % 5 === 4 ? { ...row, 'charts/episodes': 1 + (i % 9) } : row
  })
}

test('an overview by search is that of reading all', () => {
  const run = join(emptyFolder(), 'run')
  writeRun(run, { rows: manyRows(3000) })
  const { found: all, ...whole } = overviewOf(run)
  const { found: ends, ...searched } = overviewOf(run, 0)
  expect(searched).toEqual(whole)
  expect(whole.lastStep).toBe(30_000)
  expect(whole.bestReturn).toBeGreaterThan(0.9)
  expect([all, ends]).toEqual(Array(2).fill({ badLines: [], badLineCount: 0, isTorn: false }))
})

test('the last hundred episodes are counted, not their rows', () => {
  const run = join(emptyFolder(), 'run')
  const rows = [
    { ...episode(10, 5), 'charts/episodes': 300 },
    { ...episode(20, 1), 'charts/episodes': 60 },
    episode(30, 0),
  ]
  writeRun(run, { rows })
  expect(overviewOf(run).lastReturn).toBeCloseTo((39 * 5 + 60 * 1) / 100, 12)
  expect(overviewOf(run, 0).lastReturn).toBeCloseTo((39 * 5 + 60 * 1) / 100, 12)
})

test('an overview says that the last line is torn, by search too', async () => {
  const run = join(emptyFolder(), 'run')
  writeRun(run, { rows: [episode(10, 5)] })
  writeFileSync(metricsPath(run), '{"step":20,"charts/ep', { flag: 'a' })
  expect(overviewOf(run, 0).found.isTorn).toBe(true)
  expect((await readRunOverview(run)).problems).toEqual(['metrics.jsonl: its last line is torn'])
})

test('rows one after the other are those that are read at once', async () => {
  const run = join(emptyFolder(), 'run')
  writeRun(run, { rows: manyRows(500) })
  const { rows, badLineCount } = await readMetrics(run)
  expect([...metricsRows(run)]).toEqual(rows)
  expect([rows.length, badLineCount]).toEqual([500, 0])
  expect((await readRunFiles(run)).rows).toEqual(rows)
})

test('of very many bad lines the first are named, and all counted', () => {
  const run = join(emptyFolder(), 'run')
  writeRun(run)
  writeFileSync(metricsPath(run), 'x\n'.repeat(1000))
  const { badLines, badLineCount } = eachRow(run, () => undefined)
  expect(badLineCount).toBe(1000)
  expect(badLines).toEqual(Array.from({ length: 100 }, (_, i) => i + 1))
})

test('thinned rows keep counts, means, the best evaluation, and stay few', () => {
  const thinned = new ThinnedRows(400)
  const rows = manyRows(10_000).map(({ step, ...metrics }) => ({ step, metrics }))
  for (const row of rows) thinned.add(row)
  const kept = thinned.rows()
  expect(kept.length).toBeLessThanOrEqual(410)
  expect(kept.length).toBeGreaterThan(150)
  const episodes = (all: typeof rows) =>
    all.flatMap(({ metrics }) =>
      'charts/episodic_return' in metrics
        ? [{ n: metrics['charts/episodes'] ?? 1, value: metrics['charts/episodic_return'] }]
        : [],
    )
  const count = (all: typeof rows) => episodes(all).reduce((sum, { n }) => sum + n, 0)
  const total = (all: typeof rows) =>
    episodes(all).reduce((sum, { n, value }) => sum + n * value, 0)
  expect(count([...kept])).toBe(count(rows))
  expect(total([...kept])).toBeCloseTo(total(rows), 3)
  const best = (all: typeof rows) =>
    Math.max(...all.map(({ metrics }) => metrics['eval/mean_return'] ?? 0))
  expect(best([...kept])).toBe(best(rows))
  expect(kept.map(({ step }) => step)).toEqual(kept.map(({ step }) => step).sort((a, b) => a - b))
  expect(kept.at(-1)!.step).toBeGreaterThan(99_900)
})
