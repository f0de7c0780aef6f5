/** Figures as lines of JSON for programs, and as a table for people. */
import { cpus } from 'node:os'
import type { Measured } from './measure.ts'

export interface Figure extends Measured {
  readonly suite: string
  readonly node: string
  readonly cpu: string
  readonly commit: string
}

export function figuresOf(suite: string, commit: string, measured: readonly Measured[]): Figure[] {
  const cpu = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}`
  return measured.map(({ name, value, unit, samples }) => {
    const rounded = Number(value.toPrecision(4))
    return { suite, name, value: rounded, unit, samples, node: process.version, cpu, commit }
  })
}

/** A table in Markdown, as bench/README.md has them. */
export function tableOf(figures: readonly Figure[]): string {
  const first = figures[0]
  if (!first) return 'nothing was measured'
  const rows = figures.map(({ name, value, unit }) => `| ${name} | ${value} ${unit} |`)
  const title = `${first.suite}, medians of ${first.samples}; ${first.cpu}, Node ${first.node}, ${first.commit}`
  return [title, '', '| name | value |', '|---|---|', ...rows, ''].join('\n')
}
