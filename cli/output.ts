/** What `train` and `resume` print besides progress: lines for people, and how a run ended. */
import type { RunSummary, Score } from './training.ts'

export interface OutputFlags {
  readonly json?: true
  readonly quiet?: true
}

/** Human-readable lines: on stderr when stdout is for JSON. */
export function printer({ json, quiet }: OutputFlags): (line: string) => void {
  if (quiet) return () => undefined
  return json ? (line) => console.error(line) : (line) => console.log(line)
}

/** `bar` on a terminal. */
export function progressKind({ quiet }: OutputFlags): 'bar' | 'lines' | 'none' {
  return quiet ? 'none' : process.stderr.isTTY ? 'bar' : 'lines'
}

/** The result of a run: lines, which --quiet leaves, and JSON as the last one where it is asked for. */
export function printResult(summary: RunSummary, flags: OutputFlags): void {
  const print = flags.json ? printer(flags) : (line: string) => console.log(line)
  for (const line of resultLines(summary)) print(line)
  if (flags.json) console.log(JSON.stringify(summary))
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

/** The mean of a score for a table; a dash where an interrupt came before it. */
export function meanText(score: Score | null): string {
  return score?.mean.toFixed(1) ?? '–'
}

function scoreText({ mean, std, episodes }: Score): string {
  return `greedy return ${mean.toFixed(1)} ± ${std.toFixed(1)} over ${episodes} fresh episodes`
}
