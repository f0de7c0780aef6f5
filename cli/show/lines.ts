/** What `train` and `resume` print besides progress: lines for people, and how a run ended. */
import type { RunSummary, Score } from '../../runs/run.ts'
import { complain, say, sayJson } from './terminal.ts'

export interface OutputFlags {
  readonly json?: true
  readonly quiet?: true
}

/** Human-readable lines: on stderr when stdout is for JSON. */
export function printer({ json, quiet }: OutputFlags): (line: string) => void {
  if (quiet) return () => undefined
  return json ? complain : say
}

/** What may be wrong is said on stderr, however quiet a command is to be. */
export function warn(line: string): void {
  complain(`wn-rl: ${line}`)
}

/** `bar` on a terminal. */
export function progressKind({ quiet }: OutputFlags): 'bar' | 'lines' | 'none' {
  return quiet ? 'none' : process.stderr.isTTY ? 'bar' : 'lines'
}

/** The result of a run: lines, which --quiet leaves, and JSON as the last one where it is asked for. */
export function printResult(summary: RunSummary, flags: OutputFlags): void {
  const print = flags.json ? printer(flags) : say
  for (const line of resultLines(summary)) print(line)
  if (flags.json) sayJson(summary)
}

export function resultLines(summary: RunSummary): string[] {
  const { evaluation, finalEvaluation, wallSeconds, stepsPerSecond, runDir } = summary
  const next = evaluation ? `evaluate it with: wn-rl eval` : `go on with: wn-rl resume`
  return [
    ...(evaluation ? [`best model:  ${scoreText(evaluation)}`] : []),
    ...(finalEvaluation ? [`final model: ${scoreText(finalEvaluation)}`] : []),
    `${summary.totalTimesteps} timesteps, ${summary.episodes} episodes in ${wallSeconds.toFixed(1)} s (${Math.round(stepsPerSecond)} steps/s, evaluations included)`,
    `digest ${summary.digest}`,
    `saved in ${runDir}; ${next} ${runDir}`,
  ]
}

/** In tables for people: there is no such value. */
export const NONE = '–'

/** A return for people: small ones, as FrozenLake's and Blackjack's, have more digits. */
export function returnText(value: number | null): string {
  return value === null ? NONE : value.toFixed(digitsOf(value))
}

/** The mean of a score, if no interrupt came before it. */
export function meanText(score: Score | null): string {
  return returnText(score?.mean ?? null)
}

/** Mean and standard deviation, with the digits of the mean. */
export function returnsText({ mean, std }: Pick<Score, 'mean' | 'std'>): string {
  return `greedy return ${returnText(mean)} ± ${std.toFixed(digitsOf(mean))}`
}

/** An episode that was cut off has no return of its own: whoever reads one should know. */
export function cutText({ cut = 0, episodes }: Pick<Score, 'cut' | 'episodes'>): string {
  return cut === 0
    ? ''
    : `, of which ${cut === episodes ? 'all' : cut} were cut off before their end`
}

function digitsOf(value: number): number {
  const size = Math.abs(value)
  if (size >= 10 || size === 0) return 1
  return size >= 1 ? 2 : 3
}

function scoreText(score: Score): string {
  return `${returnsText(score)} over ${score.episodes} fresh episodes${cutText(score)}`
}
