/** One run of a search: a preset with some changes and a seed, trained and evaluated as `wn-rl train` does it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AgentName } from '../../agents/index.ts'
import { resolveEnv } from '../../runs/environments.ts'
import type { RunSummary } from '../../runs/run.ts'
import { loadSettings, type Settings } from '../../runs/settings.ts'
import { train } from '../../runs/start.ts'
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
  return loadSettings({ agent, envId: id, configFile, set: assignments(changes), flags: FLAGS })
}

/** Trains, evaluates and leaves no files. */
export async function runTrial({ changes, ...subject }: Trial): Promise<RunSummary> {
  const folder = await mkdtemp(join(tmpdir(), 'wn-rl-tune-'))
  try {
    return await train({
      ...subject,
      set: assignments(changes),
      options: FLAGS,
      backend: 'simd',
      runDir: join(folder, 'run'),
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** As `--set` takes them. */
function assignments(changes: Changes): string[] {
  return Object.entries(changes).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
}
