/** The section of a study: what was run, the scores, the differences, what the protocol's expectations came to. */
import { mean } from '../../../src/training/index.ts'
import type { CurveRow, ResultRow } from '../rows.ts'
import { type Study, studySuite } from '../study.ts'
import { drawEvaluations } from './curves.ts'
import { FIGURES, meanOf } from './group.ts'
import { drawSensitivity } from './sensitivity.ts'
import { estimate, sideOf } from './statistics.ts'
import {
  bySeeds,
  type CompleteCell,
  completeCells,
  goodRates,
  overEnvironments,
  scoresOf,
  SUBJECT,
  type Tally,
  tally,
  type Verdict,
  type Verdicts,
  verdictsOf,
} from './study-data.ts'
import { estimateText, folded, listText, notRun, numberText, plainName, table } from './text.ts'

export interface Section {
  /** Markdown. */
  readonly text: string
  /** SVG files by name. */
  readonly figures: ReadonlyMap<string, string>
}

export interface SuiteResults {
  readonly rows: readonly ResultRow[]
  readonly curves: readonly CurveRow[]
}

/** Of which the statistics noise is 0 if the code is right. */
const INDEPENDENT = ['weight', 'weight-no-init', 'none', 'layer']

/** @param folder of the figures, as the page names it */
export async function studySection(
  study: Study,
  results: SuiteResults,
  folder: string,
): Promise<Section> {
  const cells = completeCells(study, results.rows)
  const figures = new Map<string, string>()
  const parts: string[] = []
  for (const cell of cells) {
    const { agent, env } = cell.cell
    const name = plainName(`${study.name}-${agent}-${env}`)
    const curves = await drawEvaluations([...cell.groups.values()], results.curves)
    figures.set(`${name}.svg`, curves)
    const title = `${agent} on ${env}`
    figures.set(`${name}-rates.svg`, drawSensitivity(title, cell.rows, cell.chosen))
    parts.push(
      `### ${title}`,
      cellTable(study, cell),
      `![Greedy evaluations of ${title} by variant](${folder}/${name}.svg)`,
      `![Score and statistics noise of ${title} over learning rates](${folder}/${name}-rates.svg)`,
      'Small circles: seeds of the search, lines through their means; full circles: the rate that was chosen.',
      folded('every seed', seedsTable(study, cell)),
    )
  }
  const verdicts = verdictsOf(study, cells)
  const summary =
    cells.length === 0
      ? []
      : [overview(study, cells, verdicts), expectations(study, cells, verdicts)]
  return {
    text: [coverage(study, results.rows, cells), ...summary, ...parts].join('\n\n'),
    figures,
  }
}

/** What was run, and what was not. */
function coverage(
  study: Study,
  rows: readonly ResultRow[],
  cells: readonly CompleteCell[],
): string {
  const name = (agent: string, env: string) => `${agent} on ${env}`
  const done = cells.map(
    ({ cell: { agent, env, seeds } }) => `${name(agent, env)} (${seeds} seeds)`,
  )
  const lacking = study.cells
    .filter((cell) => !cells.some((complete) => complete.cell === cell))
    .map(({ agent, env }) => {
      const trained = rows.filter((row) => row.agent === agent && row.env === env).length
      return `${name(agent, env)} (${trained} of at least ${leastRuns(study, agent, env)} runs)`
    })
  return [`**Run:** ${listText(done) || 'nothing yet'}.`, ...notRun(lacking)].join('\n\n')
}

function leastRuns(study: Study, agent: string, env: string): number {
  const plans = studySuite(study).plan.filter((plan) => plan.agent === agent && plan.env === env)
  return plans.reduce((sum, { runs }) => sum + runs, 0)
}

function cellTable(study: Study, cell: CompleteCell): string {
  const { timesteps, seeds } = cell.cell
  const good = goodRates(study, cell)
  const rows = [...cell.groups].map(([variant, group]) => [
    `\`${variant}\``,
    rateText(cell.chosen.get(variant)!, cell.cell.rates),
    `${good.get(variant)!} of ${cell.cell.rates.length}`,
    numberText(mean(scoresOf(study, cell, variant))),
    estimateText(estimate(scoresOf(study, cell, variant))),
    ...Object.values(FIGURES).map((figure) => numberText(meanOf(group, figure))),
    numberText(meanOf(group, 'statistics_noise')),
    String(group.rows.filter(({ outcome }) => outcome === 'diverged').length),
  ])
  const head = ['variant', 'rate', 'good rates', 'score: mean', 'IQM [95 %]']
  const rest = [...Object.keys(FIGURES), 'statistics noise', 'diverged']
  const caption = `${timesteps.toLocaleString('en')} timesteps, ${seeds} seeds. Score: mean of the periodic greedy evaluations; the columns after its interval are means over seeds.`
  return `${caption}\n\n${table([...head, ...rest], rows)}`
}

/** With a mark where the search left the five rates. */
function rateText(rate: number, rates: readonly number[]): string {
  return rates.includes(rate) ? rate.toExponential() : `${rate.toExponential()} (beyond the five)`
}

function seedsTable(study: Study, cell: CompleteCell): string {
  const seeds = cell.groups
    .values()
    .next()
    .value!.rows.map(({ seed }) => String(seed))
  const rows = [...cell.groups].flatMap(([variant, group]) => [
    [`\`${variant}\`, score`, ...scoresOf(study, cell, variant).map(numberText)],
    ...Object.entries(FIGURES).map(([title, figure]) => [
      `\`${variant}\`, ${title}`,
      ...group.rows.map((row) => numberText(row[figure])),
    ]),
  ])
  return table(['seed', ...seeds], rows)
}

/** Differences by agent and environment, and the scaled scores over all environments. */
function overview(study: Study, cells: readonly CompleteCell[], verdicts: Verdicts): string {
  const differences = cells.map(({ cell }, i) => [
    `${cell.agent} on ${cell.env}`,
    ...[...verdicts.values()].map((ofVariant) => {
      const { difference } = ofVariant[i]!
      const text = estimateText(difference)
      return sideOf(difference) === 'around 0' ? text : `**${text}**`
    }),
  ])
  const scaled = bySeeds(cells).map((own) => [
    `${own[0]!.cell.agent}: ${listText(own.map(({ cell }) => cell.env))}`,
    ...Object.keys(study.variants).map((variant) =>
      estimateText(overEnvironments(study, own, variant)),
    ),
  ])
  return [
    `Score of \`${SUBJECT}\` minus that of the others, interquartile means and 95 % interval of the difference; bold where the interval does not hold 0:`,
    table(['', ...[...verdicts.keys()].map((other) => `− \`${other}\``)], differences),
    verdictTable(verdicts),
    'Scaled scores (0 random play, 1 a good policy) over the environments of as many seeds, interquartile mean and stratified 95 % interval:',
    table(['', ...Object.keys(study.variants).map((name) => `\`${name}\``)], scaled),
  ].join('\n\n')
}

/** On how many of the agents and environments the subject is better and worse than each other variant. */
export function verdictTable(verdicts: Verdicts): string {
  const tallies = [...verdicts.values()].map(tally)
  const counts = (side: keyof Tally) => tallies.map((of) => String(of[side].length))
  const [first] = verdicts.values()
  return table(
    [
      `of ${first!.length}, \`${SUBJECT}\` is`,
      ...[...verdicts.keys()].map((other) => `against \`${other}\``),
    ],
    [
      ['better', ...counts('above')],
      ['worse', ...counts('below')],
      ['without a clear difference', ...counts('around')],
    ],
  )
}

/** The protocol's expectations, by number. */
function expectations(study: Study, cells: readonly CompleteCell[], verdicts: Verdicts): string {
  const [none, noInit, batch, meanOnly, layer] = [
    ...['none', 'weight-no-init', 'batch', 'mean-only-batch', 'layer'],
  ].map((other) => tally(verdicts.get(other)!))
  return [
    'What the expectations of the protocol came to:',
    [
      `1. No harm against \`none\`: ${refuted(none!.below)}. It helps ${where(none!.above)}.`,
      `2. Data-dependent initialization matters, against \`weight-no-init\`: ${sides(noInit!)}.`,
      `3. Independence of the minibatch matters, against \`batch\`: ${sides(batch!)}; against \`mean-only-batch\`: ${sides(meanOnly!)}. ${noiseText(cells)}`,
      `4. Against \`layer\`: ${sides(layer!)}.`,
      `5. Less sensitive to the learning rate than \`none\`: ${sensitivityText(study, cells)}`,
    ].join('\n'),
  ].join('\n\n')
}

/** Where the subject is better, worse and neither. */
function sides({ above, below, around }: Tally): string {
  const rest = around.length === 0 ? '' : `, without a clear difference ${where(around)}`
  return `better ${where(above)}, worse ${where(below)}${rest}`
}

function refuted(verdicts: readonly Verdict[]): string {
  return verdicts.length === 0 ? 'not refuted' : `**refuted** ${where(verdicts)}`
}

function where(verdicts: readonly Pick<Verdict, 'agent' | 'env'>[]): string {
  return verdicts.length === 0
    ? 'nowhere'
    : `for ${listText(verdicts.map(({ agent, env }) => `${agent} on ${env}`))}`
}

function noiseText(cells: readonly CompleteCell[]): string {
  const noiseOf = (isWanted: (variant: string) => boolean) =>
    cells.flatMap(({ rows }) =>
      rows
        .filter(({ variant }) => isWanted(variant))
        .flatMap(({ statistics_noise: noise }) => noise ?? []),
    )
  const independent = noiseOf((variant) => INDEPENDENT.includes(variant))
  const others = noiseOf((variant) => !INDEPENDENT.includes(variant))
  const zeros = independent.filter((noise) => noise === 0).length
  const positive = others.filter((noise) => noise > 0).length
  return `The statistics noise is 0 in ${zeros} of ${independent.length} runs of the variants that are to have none, and above 0 in ${positive} of ${others.length} of the two others.`
}

function sensitivityText(study: Study, cells: readonly CompleteCell[]): string {
  const compared = cells.map((cell) => {
    const good = goodRates(study, cell)
    return { ...cell.cell, of: good.get(SUBJECT)!, none: good.get('none')! }
  })
  const more = compared.filter(({ of, none }) => of > none)
  const others = compared.filter(({ of, none }) => of <= none)
  return `more rates are good ${where(more)}; **refuted** ${where(others)}.`.replace(
    '**refuted** nowhere',
    'refuted nowhere',
  )
}
