/** The arguments of a WorkerVectorEnv, checked, and its source as threads can be told of it. */

import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import type { MakeOptions } from '../make.ts'
import { checkChoice } from '../names.ts'
import type { AutoresetMode } from '../vector-env.ts'
import type { EnvRecipe } from './worker-protocol.ts'

/** Where each thread gets its environments from. Say an id, a module, or an id that a module registers. */
export interface WorkerEnvSource {
  /** An id for `make`. */
  readonly id?: string | undefined
  /** URL, absolute path or package of a module that Node can import. */
  readonly module?: string | URL | undefined
  /** The module's class, or function that builds one; default: 'default'. */
  readonly exportName?: string | undefined
  /** For `make` or the constructor; plain data, as it goes to other threads. */
  readonly kwargs?: MakeOptions | undefined
}

export interface WorkerArguments {
  readonly numEnvs: number
  readonly numWorkers: number
  readonly autoresetMode: AutoresetMode
  readonly timeout: number
  readonly entry: URL
}

/** @throws RangeError naming the argument, its value and the remedy. */
export function checkArguments({
  numEnvs,
  numWorkers,
  autoresetMode,
  timeout,
  entry,
}: WorkerArguments): void {
  checkChoice('WorkerVectorEnv: autoresetMode', autoresetMode, ['SameStep', 'NextStep'])
  requireCount('numEnvs', numEnvs, Infinity)
  requireCount('numWorkers', numWorkers, numEnvs)
  if (!(timeout > 0)) {
    throw new RangeError(`WorkerVectorEnv: timeout is ${timeout}; pass milliseconds > 0`)
  }
  if (!existsSync(entry)) {
    throw new RangeError(
      `WorkerVectorEnv: entry: there is no file ${entry.href}; pass the URL of gymnasium-js's ` +
        'dist/vector/worker-entry.js',
    )
  }
}

function requireCount(name: string, value: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= 1 && value <= most) return
  const limits = most === Infinity ? '>= 1' : `from 1 to ${most}`
  throw new RangeError(`WorkerVectorEnv: ${name} is ${value}; pass an integer ${limits}`)
}

/** @throws TypeError without a source; RangeError on a relative path. */
export function recipeOf({
  id,
  module,
  exportName = 'default',
  kwargs = {},
}: WorkerEnvSource): EnvRecipe {
  if (id === undefined && module === undefined) {
    throw new TypeError('WorkerVectorEnv: pass an id, a module, or both')
  }
  return { id, module: module === undefined ? undefined : urlOf(module), exportName, kwargs }
}

function urlOf(module: string | URL): string {
  if (typeof module !== 'string') return module.href
  if (/^\.{1,2}[\\/]/.test(module)) {
    throw new RangeError(
      `WorkerVectorEnv: module is '${module}'; pass new URL('${module}', import.meta.url), as ` +
        'threads have no folder of their own',
    )
  }
  return /^([\\/]|[A-Za-z]:[\\/])/.test(module) ? pathToFileURL(module).href : module
}
