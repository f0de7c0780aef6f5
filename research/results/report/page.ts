/** docs/results.md, from the suites that have results. */
import type { Plan } from '../job.ts'
import type { Study } from '../study.ts'
import { REPEATED } from '../suites.ts'
import { type Group, groupsOf } from './group.ts'
import { type Section, studySection, type SuiteResults } from './study.ts'
import { tableSection } from './tables.ts'
import { robustnessTable, targetTable } from './targets.ts'
import { listText, notRun } from './text.ts'

export interface SuiteReport extends SuiteResults {
  readonly name: string
  /** Undefined for a table. */
  readonly study: Study | undefined
  readonly plan: readonly Plan[]
}

/** @param folder of the figures, as the page names it */
export async function pageOf(suites: readonly SuiteReport[], folder: string): Promise<Section> {
  const figures = new Map<string, string>()
  const groups = presetGroups(suites)
  const parts = [INTRODUCTION, TARGETS_INTRODUCTION, targetTable(groups)]
  for (const suite of suites) {
    const { study } = suite
    const section = study
      ? await studySection(study, suite, folder)
      : await tableSection(suite.name, suite, folder)
    for (const [name, svg] of section.figures) figures.set(name, svg)
    parts.push(study ? STUDY_INTRODUCTION : `## ${suite.name}`, originOf(suite))
    if (suite.name === REPEATED)
      parts.push(ROBUSTNESS_INTRODUCTION, robustnessTable(groups, groupsOf(suite.rows)))
    if (!study) parts.push(...notRun(lackingOf(suite)))
    parts.push(section.text)
  }
  return { text: parts.join('\n\n'), figures }
}

/** Of a table, what has fewer runs than it is to have. */
function lackingOf({ plan, rows }: SuiteReport): string[] {
  return plan.flatMap(({ agent, env, runs }) => {
    const trained = rows.filter((row) => row.agent === agent && row.env === env).length
    return trained < runs ? `${agent} on ${env} (${trained} of ${runs} runs)` : []
  })
}

/** Of the presets, each once. */
export function presetGroups(suites: readonly SuiteReport[]): Group[] {
  return suites
    .filter(({ study, name }) => !study && name !== REPEATED)
    .flatMap(({ rows }) => groupsOf(rows))
}

const INTRODUCTION = `# Results

Written by \`npm run results:report\` from the CSV files of [research/results/](../research/results/), which hold every run: do
not change this page by hand. \`npm run results -- SUITE\` trains a suite through the same code as \`wn-rl train\`, in
processes of their own; \`npm run results -- --list\` tells beforehand what each costs. It can be stopped and started
again: a run in the CSV is not repeated, one that was broken off goes on from its checkpoint.

Of each run: the **best model** of the periodic evaluations, evaluated again over 100 fresh episodes; the **final
model**, greedy, on the same episodes; the mean of the **last 100 training episodes**. Over seeds: mean, and
interquartile mean (IQM) with its 95 % bootstrap interval. Numbers have four digits.`

const TARGETS_INTRODUCTION = `## What was to be reached

The interquartile mean over seeds of the best model. For orientation, _zoo_: Stable-Baselines3's tuned settings
(rl-baselines3-zoo), one run each.`

const ROBUSTNESS_INTRODUCTION = `The presets of the tables above on five seeds that neither a search nor a table has seen. _Within or above_: their
interquartile mean is not below the table's 95 % interval.`

const STUDY_INTRODUCTION = `## What weight normalization brings

The [protocol](results/weight-norm-protocol.md) was written first: variants, the rule for learning rates, what would
refute what. _Good rates_: of the five that all variants tried, those whose scaled score in the search is at least half
of the best of any variant.

What it cannot tell: one size of network and one set of other settings for each agent and environment, which were not
tuned for any variant but on CartPole, for weight normalization; learning rates chosen on three seeds, whose noise is part of
what is compared, and on shorter runs, which need not have the same best rate.`

/** Command, commit and machine, of every run that the section shows. */
function originOf({ name, rows }: SuiteReport): string {
  const distinct = (column: 'commit' | 'machine') =>
    listText([...new Set(rows.map((row) => row[column]))].map((text) => `\`${text}\``))
  const hours = rows.reduce((sum, row) => sum + row.wall_seconds, 0) / 3600
  return `\`npm run results -- ${name}\`: ${rows.length} runs, ${hours.toFixed(1)} hours of training one after the other; commit ${distinct('commit')}; ${distinct('machine')}. Figures of every run: [${name}.csv](../research/results/${name}.csv).`
}
