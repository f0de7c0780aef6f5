/** Every figure of docs/results.md and of the README's results is that of the CSV files, recomputed here in a plain way. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { reportFiles } from '../../research/results/report/main.ts'
import { groupsOf } from '../../research/results/report/group.ts'
import { pageOf, type SuiteReport } from '../../research/results/report/page.ts'
import { readmeSection, withSection } from '../../research/results/report/readme.ts'
import type { ResultRow } from '../../research/results/rows.ts'
import { shortTable } from '../../research/results/report/tables.ts'
import { SMOKE } from '../../research/results/weight-norm.ts'
import { inRepository } from '../helpers/wn-rl.ts'

const read = (path: string) => readFileSync(inRepository(path), 'utf8')

/** A CSV file as objects, without the code that the report reads it with. */
function recordsOf(path: string): Record<string, string>[] {
  const [head, ...lines] = read(path)
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','))
  return lines.map((cells) => Object.fromEntries(head!.map((name, i) => [name, cells[i]!])))
}

/** Cells of the tables below a heading, up to the next. */
function tablesBelow(page: string, heading: string): string[][] {
  const [, rest] = page.split(`\n${heading}\n`)
  const [section] = rest!.split(/\n#+ /)
  const lines = section!.split('\n').filter((line) => line.startsWith('|'))
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

const average = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length

function middleHalf(values: readonly number[]): number[] {
  const cut = Math.floor(values.length / 4)
  return values.toSorted((a, b) => a - b).slice(cut, values.length - cut)
}

const four = (value: number) => String(Number(value.toPrecision(4)))

describe('the pages in the repository', () => {
  test('are what the CSV files say', async () => {
    const files = await reportFiles(inRepository('.'))
    const stale = [...files].filter(
      ([path, text]) => !existsSync(inRepository(path)) || read(path) !== text,
    )
    expect(stale.map(([path]) => path)).toEqual([]) // else: npm run results:report
    const figures = readdirSync(inRepository('docs/results')).filter((name) =>
      name.endsWith('.svg'),
    )
    expect(figures.filter((name) => !files.has(join('docs', 'results', name)))).toEqual([])
  })

  const page = read('docs/results.md')
  const cells = [...page.matchAll(/^### (\w+) on (\S+)$/gm)].map(([, agent, env]) => [agent!, env!])

  test.each(cells)(
    '%s on %s: every mean and every seed is that of the study’s runs',
    (agent, env) => {
      const runs = recordsOf('research/results/weight-norm.csv').filter(
        (run) => run['agent'] === agent && run['env'] === env && run['part'] === 'final',
      )
      const table = tablesBelow(page, `### ${agent} on ${env}`)
      const variants = new Set(runs.map((run) => run['variant']!))
      expect(variants.size).toBe(6)
      for (const variant of variants) {
        const own = runs
          .filter((run) => run['variant'] === variant)
          .sort((a, b) => Number(a['seed']) - Number(b['seed']))
        const numbers = (column: string) => own.map((run) => Number(run[column]))
        const shown = table.find(([name]) => name === `\`${variant}\``)!
        expect(Number(shown[1]!.split(' ')[0])).toBe(Number(own[0]!['learning_rate']))
        expect(shown[3]).toBe(four(average(numbers('evaluations'))))
        expect(shown[4]!.split(' ')[0]).toBe(four(average(middleHalf(numbers('evaluations')))))
        const columns = ['best', 'final', 'training', 'statistics_noise']
        expect(shown.slice(5, 9)).toEqual(columns.map((column) => four(average(numbers(column)))))
        const seeds = table.find(([name]) => name === `\`${variant}\`, best model`)!
        expect(seeds.slice(1)).toEqual(numbers('best').map(four))
      }
    },
  )

  test('counts the study’s clear differences as its table of them shows them', () => {
    const [differences, after] = page
      .split('bold where the interval does not hold 0:')[1]!
      .split('\n| of ')
    const shown = differences!.split('\n').filter((line) => line.includes(' on '))
    const counts = after!.split('\n').filter((line) => line.startsWith('| '))
    const cellsOf = (line: string) =>
      line
        .split('|')
        .slice(2, -1)
        .map((cell) => cell.trim())
    const count = (pattern: RegExp) =>
      cellsOf(shown[0]!).map((_, i) =>
        String(shown.filter((line) => pattern.test(cellsOf(line)[i]!)).length),
      )
    expect(shown).toHaveLength(cells.length)
    expect(counts.slice(1, 4).map(cellsOf)).toEqual([/^\*\*\d/, /^\*\*-/, /^[-\d]/].map(count))
  })

  test('the README’s results show no number that docs/results.md has not', () => {
    const readme = read('README.md').split('<!-- results: ')[1]!.split('<!-- end of results')[0]!
    const numbers = new Set(page.match(/-?\d+(\.\d+)?/g))
    for (const line of readme.split('\n').filter((text) => text.startsWith('|')))
      for (const number of line.match(/(?<![\w.-])-?\d+(\.\d+)?(?![\w.])/g) ?? [])
        expect(numbers).toContain(number)
  })
})

function row(more: Partial<ResultRow>): ResultRow {
  return {
    ...{ suite: 't', run: `r${more.seed}`, agent: 'dqn', env: 'CartPole-v1', part: 'final' },
    ...{ variant: 'preset', normalization: 'weight', seed: 0, learning_rate: 0.1, timesteps: 5000 },
    ...{ outcome: 'done', best: 1, final: 1, training: 1, evaluations: 1, statistics_noise: 0 },
    ...{ wall_seconds: 1, digest: 'd', settings: 's', commit: 'abc', machine: 'm' },
    ...more,
  }
}

describe('a table', () => {
  const rows = [2, 0, 1, 3].map((seed) => row({ seed, best: [10, 500, 490, 480][seed]! }))
  const plan = [
    { agent: 'dqn', env: 'CartPole-v1', part: 'final', runs: 4, timesteps: 5000 },
  ] as const
  const suite: SuiteReport = { name: 'classic-control', study: undefined, plan, rows, curves: [] }

  test('shows mean, interquartile mean, interval and every seed, in order', async () => {
    const withCurves = {
      ...suite,
      curves: rows.flatMap(({ run }) =>
        ['eval/mean_return', 'charts/episodic_return'].map((metric) => ({
          ...{ run, metric, every: 1000, values: [NaN, 1, 2, NaN, 3] },
        })),
      ),
    }
    const { text, figures } = await pageOf([withCurves], 'results')
    expect(text).toContain('## classic-control')
    expect(text).toMatch(/\| dqn \| CartPole-v1 \| 5,000 \| 4 \| 370 \| 485 \[[\d.]+, [\d.]+\] \|/)
    expect(text).toContain('| dqn, CartPole-v1, best model | 10 | 500 | 490 | 480 |')
    expect(text).toContain('`abc`')
    expect(text).not.toContain('Not run')
    expect((await pageOf([{ ...suite, rows: rows.slice(1) }], 'results')).text).toContain(
      '**Not run, or not to the end:** dqn on CartPole-v1 (3 of 4 runs).',
    )
    expect([...figures.keys()]).toEqual(['classic-control-CartPole-v1.svg'])
    expect(figures.get('classic-control-CartPole-v1.svg')).toMatch(
      /^<svg .*dqn \(4 seeds\).*<\/svg>\n$/s,
    )
  })

  test('says whether what was wanted was reached, and again on fresh seeds', async () => {
    const solved = [0, 1, 2, 3].map((seed) => row({ seed, best: 500 }))
    const again = (best: number) => [row({ suite: 'fresh-seeds', seed: 9, best })]
    const page = async (first: readonly ResultRow[], fresh: number) =>
      (
        await pageOf(
          [
            { ...suite, rows: first },
            { ...suite, name: 'fresh-seeds', rows: again(fresh) },
          ],
          'results',
        )
      ).text
    const reached = await page(solved, 500)
    expect(reached).toContain('| dqn | CartPole-v1 | at least 500 | 500 [500, 500] | yes | 500 |')
    expect(reached).toContain('| dqn | Acrobot-v1 | at least -80 | – | not run | -77 |')
    expect(reached).toContain('| dqn | CartPole-v1 | 500 [500, 500] | 500 [500, 500] | yes |')
    const missed = await page(rows, 9)
    expect(missed).toMatch(/\| dqn \| CartPole-v1 \| at least 500 \| 485 \[.*\] \| \*\*no\*\* \|/)
    expect(missed).toMatch(/\| dqn \| CartPole-v1 \| 485 \[.*\] \| 9 \[9, 9\] \| \*\*no\*\* \|/)
  })

  test('of the README shows the best model', () => {
    const both = groupsOf([...rows, row({ agent: 'ppo', env: 'Acrobot-v1', best: -80 })])
    const [head, , ...lines] = shortTable(both).split('\n')
    expect(head).toBe('| environment | seeds | dqn | ppo |')
    expect(lines[0]).toMatch(/^\| CartPole-v1 \| 4 \| 485 \[[\d.]+, [\d.]+\] at 5k \| – \|$/)
    expect(lines[1]).toBe('| Acrobot-v1 | 1 | – | -80 [-80, -80] at 5k |')
    const section = readmeSection([suite])
    const readme =
      'a\n<!-- results: written by npm run results:report -->\nold\n<!-- end of results -->\nb'
    const once = withSection(readme, section, 'README.md')
    expect(once).not.toContain('old')
    expect(withSection(once, section, 'README.md')).toBe(once)
    expect(() => withSection('nothing', section, 'README.md')).toThrow('README.md has no place')
  })
})

test('a study that is not complete says so and shows no figures', async () => {
  const rows = [row({ suite: 'smoke', variant: 'weight', seed: 0 })]
  const { text, figures } = await pageOf(
    [{ name: 'smoke', study: SMOKE, plan: [], rows, curves: [] }],
    'x',
  )
  expect(text).toContain('**Run:** nothing yet')
  expect(text).toContain('dqn on CartPole-v1 (1 of at least 10 runs)')
  expect(figures.size).toBe(0)
})
