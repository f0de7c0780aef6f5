import { describe, expect, test } from 'vitest'
import { EpisodeRows, type EpisodeRowsState, logTo } from '../../src/training/index.ts'
import type { Metrics } from '../../src/logging/index.ts'

const episode = (globalStep: number, episodicReturn = 1, episodicLength = 1) => ({
  ...{ globalStep, env: 0, episodicReturn, episodicLength },
})

/** Rows of one-step episodes, each with its timestep as return. */
function rowsOf(episodeRows: EpisodeRows, from: number, to: number) {
  const rows: (Metrics & { step: number })[] = []
  for (let step = from + 1; step <= to; step++) {
    const row = episodeRows.add(episode(step, step))
    if (row) rows.push({ step, ...row })
  }
  return rows
}

describe('rows of episodes', () => {
  test('are one each in ordinary runs, without a count', () => {
    const rows = new EpisodeRows({ rows: 20_000, totalTimesteps: 1_000_000 })
    for (let step = 200; step <= 1_000_000; step += 200)
      expect(rows.add(episode(step, 7, 200))).toEqual({
        'charts/episodic_return': 7,
        'charts/episodic_length': 200,
      })
  })

  test('a million one-step episodes take 21,000, which count and average all of them', () => {
    const totalTimesteps = 1_000_000
    const episodeRows = new EpisodeRows({ rows: 20_000, totalTimesteps })
    const rows = rowsOf(episodeRows, 0, totalTimesteps)
    expect(rows.length).toBeLessThanOrEqual(21_000)
    expect(rows.length).toBeGreaterThan(20_000)
    const last = episodeRows.take()
    const counted = [...rows, ...(last ? [last] : [])].map((row) => ({
      n: row['charts/episodes'] ?? 1,
      value: row['charts/episodic_return']!,
    }))
    expect(counted.reduce((sum, { n }) => sum + n, 0)).toBe(totalTimesteps)
    const total = counted.reduce((sum, { n, value }) => sum + n * value, 0)
    expect(total).toBeCloseTo((totalTimesteps * (totalTimesteps + 1)) / 2, -2)
  })

  test('several environments that end at once do not share a row while rows are to be had', () => {
    const rows = new EpisodeRows({ rows: 20_000, totalTimesteps: 100_000 })
    for (let env = 0; env < 64; env++) expect(rows.add(episode(64))).toBeDefined()
  })

  test('0 gives every episode its row', () => {
    const rows = rowsOf(new EpisodeRows({ rows: 0, totalTimesteps: 5000 }), 0, 5000)
    expect(rows).toHaveLength(5000)
  })

  test.each([1, 1237, 4000, 7999])('gone on with from timestep %i are the same', (cut) => {
    const options = { rows: 100, totalTimesteps: 8000 }
    const whole = rowsOf(new EpisodeRows(options), 0, 8000)
    const first = new EpisodeRows(options)
    const before = rowsOf(first, 0, cut)
    const state = JSON.parse(JSON.stringify(first.getState())) as EpisodeRowsState
    expect([...before, ...rowsOf(new EpisodeRows({ ...options, state }), cut, 8000)]).toEqual(whole)
  })

  test('logTo writes a row for each unless it is told otherwise', () => {
    const steps: number[] = []
    const writer = { write: (step: number) => void steps.push(step), close: () => undefined }
    const { onEpisode } = logTo(writer, () => 1)
    for (let step = 1; step <= 3000; step++) onEpisode!(episode(step))
    expect(steps).toHaveLength(3000)
    const few = logTo(writer, () => 1, 0, new EpisodeRows({ rows: 1, totalTimesteps: 3000 }))
    for (let step = 1; step <= 3000; step++) few.onEpisode!(episode(step))
    expect(steps.length).toBeLessThanOrEqual(4001)
  })
})
