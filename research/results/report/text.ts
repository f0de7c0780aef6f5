/** Numbers, cells and tables of the report, in Markdown. */
import type { Estimate } from './statistics.ts'

/** Four digits: `499.9`, `-77.83`, `0.7412`; a dash for none. */
export function numberText(value: number | null): string {
  return value === null ? '–' : String(Number(value.toPrecision(4)))
}

/** `498.1 [495.2, 500]` */
export function estimateText({ value, low, high }: Estimate): string {
  return `${numberText(value)} [${numberText(low)}, ${numberText(high)}]`
}

/** @param rows of as many cells as the head has */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** Of what may be long: folded until somebody opens it. */
export function folded(summary: string, content: string): string {
  return `<details>\n<summary>${summary}</summary>\n\n${content}\n\n</details>`
}

/** `a, b and c` */
export function listText(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)!}`
}

/** A paragraph that names them, where there are any. */
export function notRun(items: readonly string[]): string[] {
  return items.length === 0 ? [] : [`**Not run, or not to the end:** ${listText(items)}.`]
}

/** For file names and anchors: `MinAtar/Breakout-v1` → `MinAtar-Breakout-v1`. */
export function plainName(text: string): string {
  return text.replaceAll(/[^\w.-]+/g, '-')
}
