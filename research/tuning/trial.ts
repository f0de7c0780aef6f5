/** One run of a search: a preset with some changes and a seed, trained and evaluated as `wn-rl train` does it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AgentName } from '../../agents/index.ts'
import { resolveAgentEnv, resolveEnv } from '../../runs/environments.ts'
import { type RunSummary, trainRun } from '../../runs/start.ts'
import { loadSettings, type Settings } from '../../runs/settings.ts'
import type { Changes } from './search.ts'

/** What is tuned: a preset, or a file in its place. */
export interface Subject {
  readonly agent: AgentName
  readonly env: string
  readonly configFile?: string | undefined
}

export interface Trial extends Subject {
  readonly changes: Changes
  readonly seed: number
}

/** No checkpoints on the way: a trial that is broken off starts anew. */
const FLAGS = { checkpointEvery: 0 }

/** @throws UsageError, TypeError or RangeError naming an option that does not do */
export async function settingsOf({
  agent,
  env,
  configFile,
  changes,
}: Subject & { readonly changes: Changes }): Promise<Settings> {
  const { id } = await resolveEnv(env, {})
  const set = Object.entries(changes).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return loadSettings({ agent, envId: id, configFile, set, flags: FLAGS })
}

/** Trains, evaluates and leaves no files. */
export async function runTrial(trial: Trial): Promise<RunSummary> {
  const settings = await settingsOf(trial)
  const folder = await mkdtemp(join(tmpdir(), 'wn-rl-tune-'))
  try {
    return await trainRun({
      agent: trial.agent,
      env: await resolveAgentEnv(trial.env, settings.run.envKwargs),
      seed: trial.seed,
      settings,
      backend: 'simd',
      runDir: join(folder, 'run'),
      progress: 'none',
      print: () => undefined,
      signal: new AbortController().signal,
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
