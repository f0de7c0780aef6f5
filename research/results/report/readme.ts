/** The results section of the README: a short table and two curves. */
import { presetGroups, type SuiteReport } from './page.ts'
import { completeCells, scoresOf, SUBJECT, verdictsOf } from './study-data.ts'
import { estimate } from './statistics.ts'
import { verdictTable } from './study.ts'
import { shortTable } from './tables.ts'
import { estimateText, plainName, table } from './text.ts'

/** What stands around the section in the file. */
const BEGIN = '<!-- results: written by npm run results:report -->'
const END = '<!-- end of results -->'
/** Curves in it, at most. */
const CURVES = 2

/** Empty where there are no results. */
export function readmeSection(suites: readonly SuiteReport[]): string {
  const groups = presetGroups(suites)
  const studies = suites.map(studyTables)
  const curves = studies.flatMap(({ curves: names }) => names).slice(0, CURVES)
  return [
    ...(groups.length > 0
      ? [
          'Presets, on seeds that their search did not use: the best model, IQM over seeds [95 % interval] at so many timesteps:',
          shortTable(groups),
        ]
      : []),
    ...studies.flatMap(({ text }) => text),
    ...curves.map((name) => `![Greedy evaluations by normalization](docs/results/${name})`),
    'Every seed, the intervals and the commands: [docs/results.md](docs/results.md).',
  ].join('\n\n')
}

/**
 * A text with the section in its place.
 *
 * @param path of the text's file, for the error
 * @throws Error if the text has no place for it
 */
export function withSection(text: string, section: string, path: string): string {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)]
  if (begin < 0 || end < begin)
    throw new Error(`${path} has no place for results; put "${BEGIN}" and "${END}" into it`)
  return `${text.slice(0, begin + BEGIN.length)}\n\n${section}\n\n${text.slice(end)}`
}

/** Scores by variant, and the names of the figures. */
function studyTables({ study, rows }: SuiteReport): { text: string[]; curves: string[] } {
  if (!study) return { text: [], curves: [] }
  const cells = completeCells(study, rows)
  if (cells.length === 0) return { text: [], curves: [] }
  const variants = Object.keys(study.variants)
  const lines = cells.map((complete) => [
    `${complete.cell.agent}, ${complete.cell.env}`,
    ...variants.map((variant) => estimateText(estimate(scoresOf(study, complete, variant)))),
  ])
  return {
    text: [
      'What normalizations bring, each at its own best learning rate: greedy return averaged over training, IQM over seeds with its 95 % interval:',
      table(['', ...variants.map((name) => `\`${name}\``)], lines),
      `On how many pairs of agent and environment \`${SUBJECT}\` is better and worse, which is said where the 95 % interval of the difference leaves out 0:`,
      verdictTable(verdictsOf(study, cells)),
    ],
    curves: cells.map(({ cell }) => `${plainName(`${study.name}-${cell.agent}-${cell.env}`)}.svg`),
  }
}
