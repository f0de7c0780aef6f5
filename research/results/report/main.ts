/**
 * `npm run results:report`: docs/results.md, the figures in docs/results/ and the results section of the README, made
 * from the CSV files of research/results/ alone, and what research/tuning/README.md says of the searches, from theirs. With
 * `--check` nothing is written, and what is out of date is named.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { format, resolveConfig } from 'prettier'
import { EXIT } from '../../../cli/exit.ts'
import { messageOf } from '../../../runs/errors.ts'
import { makeFolder, writeWhole } from '../../../src/storage/directory.ts'
import { foundTable } from '../../tuning/found.ts'
import { currentRows } from '../job.ts'
import { readCurves, readRows } from '../store.ts'
import { loadSuite, STUDIES, SUITES } from '../suites.ts'
import { SMOKE } from '../weight-norm.ts'
import { pageOf, type SuiteReport } from './page.ts'
import { readmeSection, withSection } from './readme.ts'

const RESULTS = join('research', 'results')
const PAGE = join('docs', 'results.md')
const FIGURES = join('docs', 'results')
const README = 'README.md'
const TUNING = join('research', 'tuning', 'results')
const TUNING_PAGE = join('research', 'tuning', 'README.md')

/** @returns the exit status */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const files = await reportFiles('.')
    const stale = [...files].filter(([path, text]) => currentText(path) !== text)
    if (args.includes('--check')) {
      const names = [...stale.map(([path]) => path), ...strayFigures(files)]
      for (const name of names)
        console.error(`${name} is not what the CSV files say; run npm run results:report`)
      return names.length > 0 ? EXIT.failed : EXIT.done
    }
    await makeFolder(FIGURES)
    for (const [path, text] of stale) await writeWhole(path, new TextEncoder().encode(text))
    console.log(stale.map(([path]) => path).join('\n') || 'all is up to date')
    return EXIT.done
  } catch (error) {
    console.error(`results:report: ${messageOf(error)}`)
    return EXIT.failed
  }
}

/** All that the report consists of, by path from the repository's root. */
export async function reportFiles(root: string): Promise<Map<string, string>> {
  const names = SUITES.filter((name) => name !== SMOKE.name)
  const all = await Promise.all(names.map((name) => suiteReport(join(root, RESULTS), name)))
  const suites = all.filter(({ rows }) => rows.length > 0)
  const { text, figures } = await pageOf(suites, 'results')
  const inFile = (path: string, section: string) =>
    markdown(withSection(readFileSync(join(root, path), 'utf8'), section, path))
  return new Map([
    [PAGE, await markdown(text)],
    [README, await inFile(README, readmeSection(suites))],
    [TUNING_PAGE, await inFile(TUNING_PAGE, await foundTable(join(root, TUNING)))],
    ...[...figures].map(([name, svg]) => [join(FIGURES, name), svg] as const),
  ])
}

/** What there is of a suite as it is now. */
async function suiteReport(folder: string, name: string): Promise<SuiteReport> {
  const suite = await loadSuite(name)
  const rows = currentRows(suite, readRows(folder, name))
  const study = STUDIES.find((one) => one.name === name)
  return { name, study, plan: suite.plan, rows, curves: readCurves(folder, name) }
}

/** As `npm run format` leaves it. */
async function markdown(text: string): Promise<string> {
  return format(text, { ...(await resolveConfig(README)), parser: 'markdown' })
}

function currentText(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

/** Of results that there are no more. */
function strayFigures(files: ReadonlyMap<string, string>): string[] {
  const there = existsSync(FIGURES) ? readdirSync(FIGURES) : []
  return there
    .filter((name) => name.endsWith('.svg'))
    .map((name) => join(FIGURES, name))
    .filter((path) => !files.has(path))
}
