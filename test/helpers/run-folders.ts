/** Runs' folders written by hand, as training writes them. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tensorBoardHeader, tensorBoardScalars } from '../../src/logging/index.ts'

export interface RunFolder {
  readonly agent?: string
  readonly env?: string
  readonly seed?: number
  readonly totalTimesteps?: number
  readonly options?: Readonly<Record<string, unknown>>
  readonly rows?: readonly Readonly<Record<string, number>>[]
  /** Timesteps of final/; undefined leaves it out. */
  readonly finalStep?: number
  /** Timesteps of checkpoints. */
  readonly checkpoints?: readonly number[]
}

export function writeRun(path: string, run: RunFolder = {}): void {
  const { agent = 'dqn', env = 'CartPole-v1', seed = 1, totalTimesteps = 1000 } = run
  mkdirSync(path, { recursive: true })
  const config = { agent, env, seed, totalTimesteps, ...run.options }
  writeFileSync(join(path, 'config.yaml'), JSON.stringify(config)) // which is YAML too
  const lines = (run.rows ?? []).map((row) => `${JSON.stringify(row)}\n`)
  writeFileSync(join(path, 'metrics.jsonl'), lines.join(''))
  for (const step of run.checkpoints ?? [])
    mkdirSync(join(path, 'checkpoints', `step-${step}`), { recursive: true })
  if (run.finalStep === undefined) return
  mkdirSync(join(path, 'final'))
  writeFileSync(join(path, 'final', 'model.json'), JSON.stringify({ globalStep: run.finalStep }))
}

/** An event file whose records lie at those seconds. */
export function writeEvents(path: string, name: string, seconds: readonly number[]): void {
  const [start, ...rest] = seconds
  const records = [
    tensorBoardHeader(start!),
    ...rest.map((time, i) => tensorBoardScalars(time, i, { x: i })),
  ]
  writeFileSync(join(path, `events.out.tfevents.${name}`), Buffer.concat(records))
}

/** An episode's row. */
export function episode(step: number, episodicReturn: number): Record<string, number> {
  return { step, 'charts/episodic_return': episodicReturn, 'charts/episodic_length': 1 }
}
