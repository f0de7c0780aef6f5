/**
 * The contract of `Env` as far as a vector environment relies on it. TypeScript checks it for
 * those who write TypeScript; this is for JavaScript, casts, environments ported from old Gym
 * (one `done` flag) and asynchronous ones. Broken, it would train on garbage without a word.
 */

import type { Env, ResetArgs, ResetResult, StepResult } from '../env.ts'
import { describe } from '../names.ts'
import { mendNonFinite } from './rows.ts'

/** What each method that a vector environment calls is for. */
const METHODS = {
  reset: 'it starts an episode and returns { obs, info }',
  step: 'it plays one timestep and returns { obs, reward, terminated, truncated, info }',
  getState: 'it returns all that later steps depend on, as JSON',
  setState: 'it takes back what getState returned',
  close: 'it frees what the environment holds and may do nothing',
}

const SPACE_KINDS: readonly unknown[] = [
  'box',
  'discrete',
  'multi-discrete',
  'multi-binary',
  'dict',
  'tuple',
]
const SPACE_METHODS = ['equals', 'explain', 'toJSON']

/**
 * @param env what the function for environment i returned
 * @returns the same, with every member that a vector environment uses
 * @throws TypeError naming the missing member and the remedy
 */
export function requireEnv(env: unknown, i: number): Env {
  if (!isObject(env) || isPromise(env)) {
    const remedy = isPromise(env)
      ? 'await what it needs beforehand, then build the environment in a function that is not async'
      : 'return the environment that it builds'
    throw new TypeError(`SyncVectorEnv: function ${i} returned ${describe(env)}; ${remedy}`)
  }
  for (const name of ['observationSpace', 'actionSpace']) {
    if (isSpace(env[name])) continue
    throw new TypeError(
      `SyncVectorEnv: env ${i}: ${name} is ${describe(env[name])}; ` +
        'give it a space of gymnasium-js, such as new Box({ low, high }) or new Discrete(n)',
    )
  }
  requireMethods(env, `SyncVectorEnv: env ${i}`)
  const inner = env['unwrapped']
  if (!isObject(inner)) {
    throw new TypeError(
      `SyncVectorEnv: env ${i}: unwrapped is ${describe(inner)}; ` +
        'add the getter: it returns this, and in a wrapper what the inner environment returns',
    )
  }
  requireMethods(inner, `SyncVectorEnv: env ${i}, inside its wrappers`) // they would call them
  return env as unknown as Env
}

/** @throws TypeError when two of them are one, or wrap one: their episodes would interleave. */
export function requireDistinct(envs: readonly Env[]): void {
  if (new Set(envs.map((env) => env.unwrapped)).size === envs.length) return
  throw new TypeError(
    'SyncVectorEnv: a function returned the same environment twice; build a new one at each call',
  )
}

/**
 * Resets environment i.
 *
 * @throws Error when it throws, with its message and as `cause`, or returns something else.
 */
export function resetEnv(env: Env, i: number, args: ResetArgs | undefined): ResetResult {
  let result: unknown
  try {
    result = env.reset(args)
  } catch (error) {
    throw thrownBy(env, i, error)
  }
  if (isObject(result) && result['obs'] !== undefined) return result as unknown as ResetResult
  throw new Error(`env ${i}: ${explainResult('reset', '{ obs, info }', result)}`)
}

/**
 * Steps environment i.
 *
 * @throws Error when it throws, with its message and as `cause`, or returns something else.
 */
export function stepEnv(env: Env, i: number, action: unknown): StepResult {
  let result: unknown
  try {
    result = env.step(action)
  } catch (error) {
    throw thrownBy(env, i, error)
  }
  if (isStepResult(result)) return result
  const expected = '{ obs, reward, terminated, truncated, info }'
  throw new Error(`env ${i}: ${explainResult('step', expected, result)}`)
}

function requireMethods(env: Readonly<Record<string, unknown>>, owner: string): void {
  for (const [name, purpose] of Object.entries(METHODS)) {
    if (typeof env[name] === 'function') continue
    throw new TypeError(`${owner}: ${name} is ${describe(env[name])}; add the method: ${purpose}`)
  }
}

/** Runs at every timestep of every environment. */
function isStepResult(result: unknown): result is StepResult {
  return (
    isObject(result) &&
    typeof result['terminated'] === 'boolean' &&
    typeof result['truncated'] === 'boolean' &&
    Number.isFinite(result['reward']) &&
    result['obs'] !== undefined
  )
}

/** What is wrong with a result that is not as expected, and how to mend it. */
function explainResult(method: 'reset' | 'step', expected: string, result: unknown): string {
  const returned = `${method}() returned ${describe(result)}`
  if (isPromise(result)) {
    return `${returned}; return ${expected} itself: environments are synchronous`
  }
  if (!isObject(result) || Array.isArray(result)) return `${returned}; return ${expected}`
  if (result['obs'] === undefined) return `${returned}, whose obs is undefined; return ${expected}`
  const { terminated, truncated, reward } = result
  if (typeof terminated === 'boolean' && typeof truncated === 'boolean') {
    const found = `reward is ${describe(reward)}; step() must return a finite number`
    return typeof reward === 'number' ? `${found}: ${mendNonFinite(reward)}` : found
  }
  return (
    `${returned}, where terminated is ${describe(terminated)} and truncated is ` +
    `${describe(truncated)}; return both as booleans: terminated where the task itself ended, ` +
    'truncated where it was cut off, and no done'
  )
}

function thrownBy(env: Env, i: number, error: unknown): Error {
  const id = env.spec?.id ?? env.unwrapped.constructor.name
  const message = error instanceof Error ? error.message : String(error)
  return new Error(`env ${i} (${id}): ${message}`, { cause: error })
}

function isSpace(space: unknown): boolean {
  if (!isObject(space) || !SPACE_KINDS.includes(space['kind'])) return false
  return SPACE_METHODS.every((name) => typeof space[name] === 'function')
}

function isPromise(value: unknown): boolean {
  return isObject(value) && typeof value['then'] === 'function'
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
