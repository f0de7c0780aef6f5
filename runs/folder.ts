/** A run's folder: `runs/<env>__<agent>__<seed>__<time>/`, never one that exists. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeFolder } from '../src/storage/directory.ts'
import { UsageError } from '../src/errors.ts'
import { messageOf } from './errors.ts'

/** `CartPole-v1__dqn__1__20261122-170102` */
export function runName(env: string, agent: string, seed: number | string, time: Date): string {
  const stamp = time.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15)
  const safe = (text: string) => text.replace(/[^\w.-]+/g, '-')
  return [safe(env), agent, safe(String(seed)), stamp].join('__')
}

/**
 * Makes the folder of a run.
 *
 * @param path as asked for with --run-dir; undefined makes one under runs/
 * @throws UsageError if the folder exists or cannot be made
 */
export async function createRunDirectory(path: string | undefined, name: string): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const candidate = path ?? join('runs', attempt === 1 ? name : `${name}-${attempt}`)
    try {
      await makeFolder(dirname(candidate))
      await mkdir(candidate)
      return candidate
    } catch (error) {
      const exists = (error as NodeJS.ErrnoException).code === 'EEXIST'
      if (exists && path === undefined) continue // two runs in one second
      if (exists)
        throw new UsageError(`--run-dir: ${path!} exists already; name a new folder`, {
          cause: error,
        })
      throw new UsageError(`--run-dir: ${candidate} cannot be made: ${messageOf(error)}`, {
        cause: error,
      })
    }
  }
}

/** Versions, commit and platform of this process. */
export function describePlatform(): Record<string, unknown> {
  return {
    wnRl: packageVersion(),
    commit: currentCommit(),
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
  }
}

/** wn-rl's own. package.json is beside runs/ in the sources, and beside dist/ in the package. */
export function packageVersion(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  )
  return (manifest as { version: string }).version
}

/** Of the folder that the user works in; undefined outside a repository. */
function currentCommit(): string | undefined {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return undefined // no git, or no repository: nothing to record
  }
}
