import {
  appendFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cutMetrics, runMetricsWriter } from '../../src/logging/files.ts'
import { csvHeader, csvRow, jsonLine } from '../../src/logging/index.ts'
import { emptyFolder } from '../helpers/wn-rl.ts'

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

describe('cutting back', () => {
  const NAMES = ['metrics.jsonl', 'progress.csv', 'events.out.tfevents.1000.wn-rl']

  /** Files with two rows, and where they were after the first. */
  function twoRows() {
    const folder = emptyFolder()
    const writer = runMetricsWriter(folder, ['a'], () => 1_000_000)
    writer.write(1, { a: 1 })
    const position = writer.position()
    const contents = () => NAMES.map((name) => readFileSync(join(folder, name)))
    const first = contents()
    writer.write(2, { a: 2 })
    writer.close()
    return { folder, position, contents, first }
  }

  test('removes rows after a position, whole or torn, and writing goes on there', () => {
    const { folder, position, contents, first } = twoRows()
    const both = contents()
    for (const name of NAMES) appendFileSync(join(folder, name), 'torn')
    expect(cutMetrics(folder, position)).toEqual([])
    expect(contents()).toEqual(first)
    const writer = runMetricsWriter(folder, ['a'], () => 1_000_000)
    writer.write(2, { a: 2 })
    writer.close()
    expect(contents()).toEqual(both)
  })

  test('says what is missing before it, and leaves whole rows only', () => {
    const { folder, position, contents, first } = twoRows()
    for (const name of NAMES)
      truncateSync(join(folder, name), readFileSync(join(folder, name)).indexOf('1', 5) + 1)
    const missing = cutMetrics(folder, position)
    expect(missing).toHaveLength(3)
    expect(missing[0]).toMatch(/metrics\.jsonl lacks \d+ bytes of rows before the checkpoint/)
    for (const [i, bytes] of contents().entries())
      expect(first[i]!.subarray(0, bytes.length)).toEqual(bytes)
    expect(contents()[0]).toHaveLength(0)
  })

  test('to the beginning leaves nothing', () => {
    const { folder } = twoRows()
    expect(cutMetrics(folder, undefined)).toEqual([])
    expect(readdirSync(folder)).toEqual([])
  })
})

test('a link is not written through', () => {
  const folder = emptyFolder()
  const elsewhere = join(emptyFolder(), 'theirs')
  writeFileSync(elsewhere, 'precious')
  symlinkSync(elsewhere, join(folder, 'metrics.jsonl'))
  linkSync(elsewhere, join(folder, 'progress.csv'))
  const open = () => runMetricsWriter(folder, ['a'], () => 0)
  expect(open).toThrow(`${join(folder, 'metrics.jsonl')} cannot be written`)
  expect(() => cutMetrics(folder, { 'metrics.jsonl': 0 })).toThrow('cannot be written')
  unlinkSync(join(folder, 'metrics.jsonl'))
  expect(open).toThrow(
    'progress.csv cannot be written: it is a hard link, of which there are others',
  )
  expect(readFileSync(elsewhere, 'utf8')).toBe('precious')
})

test.each([
  ['removed', (file: string) => unlinkSync(file)],
  ['renamed', (file: string) => renameSync(file, `${file}.mine`)],
  ['gone with its folder', (file: string) => renameSync(dirname(file), `${dirname(file)}-moved`)],
])('a file that is %s while it is written to is an error', (_, lose) => {
  const folder = join(emptyFolder(), 'run')
  mkdirSync(folder)
  const writer = runMetricsWriter(folder, ['a'], () => 0)
  lose(join(folder, 'metrics.jsonl'))
  writer.write(1, { a: 1 })
  expect(() => writer.position()).toThrow(
    `${join(folder, 'metrics.jsonl')} cannot be written: it was removed, renamed or replaced`,
  )
})

test('what cannot be flushed to the disk is an error that names the file', async () => {
  const folder = emptyFolder()
  const writer = runMetricsWriter(folder, ['a'], () => 0)
  writer.write(1, { a: 1 })
  writer.position()
  await writer.flush()
  writer.close() // a closed file cannot be flushed
  await expect(writer.flush()).rejects.toThrow(
    `${join(folder, 'metrics.jsonl')} cannot be flushed to the disk`,
  )
})
