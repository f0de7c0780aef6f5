import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runMetricsWriter } from '../../src/logging/files.ts'
import { csvHeader, csvRow, jsonLine } from '../../src/logging/index.ts'
import { emptyFolder } from '../cli/wn-rl.ts'

describe('text formats', () => {
  test('a JSON line holds the step and the metrics, and null for what is not a number', () => {
    expect(jsonLine(7, { 'a/b': 1.5, c: Number.NaN })).toBe('{"step":7,"a/b":1.5,"c":null}\n')
  })

  test('a CSV row leaves the columns without a value empty', () => {
    const columns = ['a', 'b', 'c']
    expect(csvHeader(columns)).toBe('step,a,b,c\n')
    expect(csvRow(columns, 7, { c: 1, a: 0 })).toBe('7,0,,1\n')
  })

  test('a metric without a column is refused', () => {
    expect(() => csvRow(['a'], 7, { b: 1 })).toThrow('metric "b" is not a column')
  })
})

test('the files of a run hold every row, small and large', () => {
  const folder = emptyFolder()
  const writer = runMetricsWriter(folder, ['a', 'b'], () => 1_000_000)
  const rows = Array.from({ length: 2000 }, (_, step) => ({ step, a: step / 2 }))
  for (const { step, a } of rows) writer.write(step, { a })
  writer.close()
  expect(readdirSync(folder).sort()).toEqual([
    'events.out.tfevents.1000.wn-rl',
    'metrics.jsonl',
    'progress.csv',
  ])
  const lines = readFileSync(join(folder, 'metrics.jsonl'), 'utf8').trimEnd().split('\n')
  expect(lines.map((line): unknown => JSON.parse(line))).toEqual(rows)
  expect(readFileSync(join(folder, 'progress.csv'), 'utf8').trimEnd().split('\n').at(-1)).toBe(
    '1999,999.5,',
  )
})
