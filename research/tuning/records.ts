/**
 * What a search has found so far: one line of CSV per run, written as the run ends. A search that is started again
 * finds its runs here and does not repeat them.
 */
import { appendFile, mkdir, readFile, truncate } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { RunSummary } from '../../runs/run.ts'

/** Of one run. Returns are means over fresh greedy episodes; empty for a run that failed. */
export interface Outcome {
  /** Of the best model of the periodic evaluations. */
  readonly best: number | null
  readonly final: number | null
  /** Mean of the last 100 training episodes. */
  readonly training: number | null
  /** Wall time, of a machine that may have been busy with other things. */
  readonly seconds: number
}

const HEADER = 'seed,best,final,training,seconds,options'

/** Where the runs of an agent on an environment are. */
export function recordsPath(folder: string, agent: string, env: string): string {
  return join(folder, `${agent}__${env.replaceAll('/', '-')}.csv`)
}

/** The outcomes in a file, which grows as runs end. */
export class Records {
  readonly #path: string
  readonly #outcomes: Map<string, Outcome>

  private constructor(path: string, outcomes: Map<string, Outcome>) {
    this.#path = path
    this.#outcomes = outcomes
  }

  /** @throws Error naming the file and the line, if it is none of ours */
  static async open(path: string): Promise<Records> {
    if (!existsSync(path)) {
      await mkdir(dirname(path), { recursive: true })
      await appendFile(path, `${HEADER}\n`)
    }
    const text = await readFile(path, 'utf8')
    const wholeLength = text.lastIndexOf('\n') + 1
    const [header, ...lines] = text.slice(0, wholeLength).split('\n').slice(0, -1)
    if (header !== HEADER) throw new Error(`${path} does not start with "${HEADER}"; move it away`)
    await truncate(path, Buffer.byteLength(text.slice(0, wholeLength))) // a kill may cut a line short
    return new Records(path, new Map(lines.map((line, i) => parseLine(line, `${path}:${i + 2}`))))
  }

  /** @param run what `runKey` gives */
  find(run: string): Outcome | undefined {
    return this.#outcomes.get(run)
  }

  /** Of the runs with exactly these options: seeds, ascending, and what came out. */
  trialsOf(options: Readonly<Record<string, unknown>>): { seed: number; outcome: Outcome }[] {
    return [...this.#outcomes]
      .map(([run, outcome]) => ({ run, seed: Number(run.slice(0, run.indexOf(','))), outcome }))
      .filter(({ run, seed }) => run === runKey(seed, options))
      .map(({ seed, outcome }) => ({ seed, outcome }))
      .toSorted((a, b) => a.seed - b.seed)
  }

  async add(run: string, outcome: Outcome): Promise<void> {
    this.#outcomes.set(run, outcome)
    await appendFile(this.#path, formatLine(run, outcome))
  }
}

/**
 * What tells runs apart: the seed and every option that was given, the preset's among them, since presets change.
 *
 * @returns the first and the last field of a line
 */
export function runKey(seed: number, options: Readonly<Record<string, unknown>>): string {
  return `${seed},${quote(optionsKey(options))}`
}

/** Equal for equal options, in whatever order these come. */
export function optionsKey(options: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(Object.fromEntries(Object.entries(options).toSorted(byName)))
}

export function outcomeOf(summary: RunSummary): Outcome {
  const { evaluation, finalEvaluation, meanReturn, wallSeconds } = summary
  return {
    best: evaluation?.mean ?? null,
    final: finalEvaluation?.mean ?? null,
    training: meanReturn,
    seconds: wallSeconds,
  }
}

function formatLine(run: string, { best, final, training, seconds }: Outcome): string {
  const comma = run.indexOf(',')
  const numbers = [best, final, training].map((value) => (value === null ? '' : rounded(value)))
  return `${run.slice(0, comma)},${numbers.join(',')},${seconds.toFixed(1)}${run.slice(comma)}\n`
}

function parseLine(line: string, place: string): [string, Outcome] {
  const match = /^(\d+),([^,]*),([^,]*),([^,]*),([^,]+)(,".*")$/.exec(line)
  if (!match) throw new Error(`${place} is no run of a search: ${line.slice(0, 60)}`)
  const [seed, best, final, training, seconds, options] = match.slice(1)
  const number = (text: string | undefined) => (text === '' ? null : Number(text))
  return [
    `${seed!}${options!}`,
    {
      best: number(best),
      final: number(final),
      training: number(training),
      seconds: Number(seconds),
    },
  ]
}

function rounded(value: number): string {
  return String(Number(value.toFixed(4)))
}

/** RFC 4180. */
function quote(text: string): string {
  return `"${text.replaceAll('"', '""')}"`
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1
}
