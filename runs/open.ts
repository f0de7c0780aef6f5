/** A run that was recorded, opened again: by `resume` to go on with it, by `reproduce` to repeat it. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { AgentName } from '../agents/index.ts'
import { UsageError } from '../src/errors.ts'
import type { Seed } from '../src/rng.ts'
import { directoryStore } from '../src/storage/directory.ts'
import { refuseLinks } from '../src/storage/no-links.ts'
import { loadModel } from '../src/storage/index.ts'
import { CONFIG_FILE, optionsOf, readRunConfig, type RunConfig } from './config.ts'
import type { ResolvedEnv } from './environments.ts'
import { describePlatform } from './folder.ts'
import { environmentOfRun, type Trust } from './origin.ts'
import { agentNamed, checkSettings, olderOptions, type Settings } from './settings.ts'

/** All that a run was made of. */
export interface RecordedRun {
  readonly runDir: string
  readonly config: RunConfig
  readonly agent: AgentName
  readonly env: ResolvedEnv
  readonly seed: Seed
  readonly settings: Settings
  /** Timesteps of its final model; undefined while it has none. */
  readonly finalStep: number | undefined
}

/** What is to be other than config.yaml says. */
export interface Changes {
  /** Timesteps in all; more go on with a run that is complete. */
  readonly totalTimesteps?: number | undefined
  /** Options that a file cannot hold: schedules and networks that are functions. */
  readonly options?: Readonly<Record<string, unknown>> | undefined
}

/**
 * Opens a run to go on with it, or to repeat it.
 *
 * @param asked what is to be other than it was; the rest says which code may be loaded
 * @throws UsageError for a folder that is no run, or one whose files or environment are missing
 */
export async function openRun(
  runDir: string,
  { totalTimesteps, options, ...trust }: Trust & Changes = {},
): Promise<RecordedRun> {
  refuseLinks(runDir)
  const config = await readRunConfig(runDir)
  if (!config) {
    throw new UsageError(
      `${runDir} is not a run: it has no ${CONFIG_FILE}; name a folder that wn-rl train made`,
    )
  }
  const agent = agentNamed(config.agent)
  const { seed } = config
  // Runs of 0.1.0 wrote a row for each episode, and say nothing of it: they go on so, and repeat so.
  const given = {
    episodeRows: 0,
    ...olderOptions(agent, config),
    ...optionsOf(config),
    ...options,
    ...(totalTimesteps !== undefined && { totalTimesteps }),
  }
  const settings = checkSettings(agent, { given, origin: join(runDir, CONFIG_FILE), seed })
  const env = await environmentOfRun(runDir, config, trust)
  return { runDir, config, agent, env, seed, settings, finalStep: await finalStepOf(runDir) }
}

/** Of the final model. @throws Error naming the file, if it is torn */
async function finalStepOf(runDir: string): Promise<number | undefined> {
  const final = join(runDir, 'final')
  if (!existsSync(join(final, 'model.json'))) return undefined
  return (await loadModel(directoryStore(final))).globalStep
}

/** What was other when the run was made, in words: versions, engine, platform. */
export function differences({ config }: Pick<RecordedRun, 'config'>): string[] {
  const now = describePlatform()
  return ['wnRl', 'commit', 'node', 'platform'].flatMap((name) => {
    const then = config.run[name]
    if (typeof then !== 'string' || then === now[name]) return []
    return [`${name} was ${then}, and is ${String(now[name])}`]
  })
}
