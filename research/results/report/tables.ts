/** The section of a table of results: agents on environments, every seed shown. */
import { groupBy } from '../../../runs/group-by.ts'
import { drawTraining } from './curves.ts'
import { FIGURES, figuresOf, type Group, groupsOf, meanOf } from './group.ts'
import { estimate } from './statistics.ts'
import type { Section, SuiteResults } from './study.ts'
import { estimateText, folded, numberText, plainName, table } from './text.ts'

/**
 * @param suite its name, with which those of its figures begin
 * @param folder of the figures, as the page names it
 */
export async function tableSection(
  suite: string,
  results: SuiteResults,
  folder: string,
): Promise<Section> {
  const groups = groupsOf(results.rows)
  const figures = new Map<string, string>()
  const pictures: string[] = []
  for (const env of new Set(groups.map((group) => group.env))) {
    const name = `${suite}-${plainName(env)}.svg`
    const own = groups.filter((group) => group.env === env)
    figures.set(name, await drawTraining(own, results.curves))
    pictures.push(`![Learning curves on ${env}](${folder}/${name})`)
  }
  const text = [resultTable(groups), folded('every seed', seedsTables(groups)), ...pictures]
  return { text: text.join('\n\n'), figures }
}

/** Mean, interquartile mean and its interval of each figure. */
export function resultTable(groups: readonly Group[]): string {
  const head = ['agent', 'environment', 'timesteps', 'seeds']
  const figures = Object.keys(FIGURES).flatMap((title) => [`${title}: mean`, 'IQM [95 %]'])
  const rows = groups.map((group) => [
    ...namesOf(group),
    ...Object.values(FIGURES).flatMap((figure) => {
      const values = figuresOf(group, figure)
      return [
        numberText(meanOf(group, figure)),
        values.length > 0 ? estimateText(estimate(values)) : '–',
      ]
    }),
  ])
  return table([...head, ...figures], rows)
}

/** For the README: an environment a line, of every agent the best model alone. */
export function shortTable(groups: readonly Group[]): string {
  const agents = [...new Set(groups.map(({ agent }) => agent))]
  const rows = [...new Set(groups.map(({ env }) => env))].map((env) => {
    const own = groups.filter((group) => group.env === env)
    const cells = agents.map((name) => own.find(({ agent }) => agent === name)).map(shortCell)
    return [env, String(own[0]!.rows.length), ...cells]
  })
  return table(['environment', 'seeds', ...agents], rows)
}

/** `500 [500, 500] at 50k` */
function shortCell(group: Group | undefined): string {
  if (!group) return '–'
  const { timesteps } = group.rows[0]!
  const budget = timesteps < 1e6 ? `${timesteps / 1e3}k` : `${timesteps / 1e6}M`
  return `${estimateText(estimate(figuresOf(group, 'best')))} at ${budget}`
}

function namesOf({ agent, env, rows }: Group): string[] {
  return [agent, env, rows[0]!.timesteps.toLocaleString('en'), String(rows.length)]
}

/** One for each number of seeds. */
function seedsTables(groups: readonly Group[]): string {
  return [...groupBy(groups, ({ rows }) => rows.map(({ seed }) => seed).join())]
    .map(([seeds, own]) => {
      const rows = own.flatMap(({ agent, env, rows: runs }) =>
        Object.entries(FIGURES).map(([title, figure]) => [
          `${agent}, ${env}, ${title}`,
          ...runs.map((row) => numberText(row[figure])),
        ]),
      )
      return table(['seed', ...seeds.split(',')], rows)
    })
    .join('\n\n')
}
