/**
 * Whose a run is. A run may name a file or a package that holds its environment, which is code; that of a run from a
 * stranger is not loaded unless the user says so. A run that was made here needs no such word: `config.yaml` holds a mark
 * that only this user on this machine can make, a keyed digest (HMAC-SHA-256) over the run's place, its environment and
 * the place of that module. A run that was moved, copied or received has no valid mark.
 *
 * The key lies in the user's folder for state, `~/.local/state/wn-rl/key` unless XDG_STATE_HOME names another, readable by
 * the user alone.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { codeOf, UsageError } from '../src/errors.ts'
import { readOrdinary } from '../src/ordinary-file.ts'
import type { RunConfig } from './config.ts'
import { type ResolvedEnv, resolveAgentEnv } from './environments.ts'
import { messageOf } from './errors.ts'

const KEY_BYTES = 32

/** What the user says about the code that a run names. */
export interface Trust {
  /** An environment of the user's own naming, found from the current folder, instead of the run's. */
  readonly env?: string | undefined
  /** Whether the module that the run names may be loaded wherever the run comes from. */
  readonly trust?: boolean | undefined
  /** Timesteps after which an episode is cut off, instead of the run's limit. */
  readonly maxEpisodeSteps?: number | undefined
  /** Is told which module is loaded. */
  readonly print?: ((line: string) => void) | undefined
}

/** What a new run's config.yaml says of its place. */
export function originOf(runDir: string, env: ResolvedEnv): Record<string, string> {
  if (env.module === undefined) return {}
  const from = relative(realpathSync(runDir), realpathSync(env.base)) || '.'
  const key = userKey(true)
  return { from, ...(key && { mark: markOf(key, runDir, env.reference, env.module) }) }
}

/**
 * The environment of a run, as an agent sees it: the one that the user names, or the run's own, found from where the run
 * lies and never from the current folder.
 *
 * @param more keyword arguments beside the run's
 * @throws UsageError if it is not found, or is code that the user has not said to trust
 */
export async function environmentOfRun(
  runDir: string,
  config: RunConfig,
  { env: asked, trust = false, print, maxEpisodeSteps: limit }: Trust,
  more: Readonly<Record<string, unknown>> = {},
): Promise<ResolvedEnv> {
  const kwargs = { ...config.envKwargs, ...more }
  const maxEpisodeSteps = limit ?? config.maxEpisodeSteps
  if (asked !== undefined) return resolveAgentEnv(asked, kwargs, { maxEpisodeSteps })
  const { from, mark } = config.run as { from?: unknown; mark?: unknown }
  const folders =
    typeof from === 'string' ? [resolve(realpathSync(runDir), from)] : foldersUpFrom(runDir)
  const permit = (module: string) => {
    print?.(`environment from ${module}`)
    if (trust || isOurs(runDir, config.env, module, mark)) return
    throw new UntrustedCode(
      `${runDir} names code: its environment ${config.env} is ${module}, which would run as you; the run was not made ` +
        'at this place by you. Look at that file; then say --trust to load it, or name an environment of yours with --env',
    )
  }
  try {
    return await resolveAgentEnv(config.env, kwargs, { folders, permit, maxEpisodeSteps })
  } catch (error) {
    if (error instanceof UntrustedCode) throw error
    throw new UsageError(
      `${messageOf(error)}; the run names ${config.env}: say where it is now with --env`,
      { cause: error },
    )
  }
}

/** What a run names was found, and is not to be loaded. */
class UntrustedCode extends UsageError {}

function isOurs(runDir: string, env: string, module: string, mark: unknown): boolean {
  const key = userKey(false)
  if (key === undefined || typeof mark !== 'string') return false
  const expected = Buffer.from(markOf(key, runDir, env, module))
  const found = Buffer.from(mark)
  return expected.length === found.length && timingSafeEqual(expected, found)
}

function markOf(key: Uint8Array, runDir: string, env: string, module: string): string {
  const text = JSON.stringify([realpathSync(runDir), env, realpathSync(module)])
  return createHmac('sha256', key).update(text).digest('hex')
}

/** Where the key lies. */
export function keyPath(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return join(env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'), 'wn-rl', 'key')
}

/** @returns undefined where there is none and none can be made: then no run is known to be the user's */
function userKey(mayMake: boolean): Uint8Array | undefined {
  const path = keyPath()
  try {
    if (mayMake) {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
      makeOnce(path)
    }
    const key = readOrdinary(path, KEY_BYTES)
    return key.length === KEY_BYTES ? key : undefined
  } catch {
    return undefined // a home that cannot be written, or read
  }
}

function makeOnce(path: string): void {
  try {
    writeFileSync(path, randomBytes(KEY_BYTES), { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
}

/** Where runs of 0.1.0 may have been started: a run lies below that folder, unless it was moved. */
function foldersUpFrom(path: string): string[] {
  const folder = realpathSync(path)
  const parent = dirname(folder)
  return parent === folder ? [folder] : [folder, ...foldersUpFrom(parent)]
}
