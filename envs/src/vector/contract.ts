/**
 * The contract of `Env` as far as a vector environment relies on it, checked as it goes: broken, it
 * would train on garbage without a word. What is checked stands in `../contract.ts`; here it
 * becomes errors that name the environment.
 */

import { findMissingMember, findResetBreach, findStepBreach, isPromise } from '../contract.ts'
import type { Breach } from '../contract.ts'
import { complete, nameOf, unwrappedOf } from '../env.ts'
import type { CompleteEnv, Env, ResetArgs, ResetResult, StepResult } from '../env.ts'

/**
 * @param env what the function for environment i returned
 * @returns the same, with every member that a vector environment uses
 * @throws TypeError naming the missing member and the remedy
 */
export function requireEnv(env: unknown, i: number): CompleteEnv {
  const breach = findMissingMember(env)
  if (breach === undefined) return complete(env as Env)
  const owners = {
    value: `function ${i}`,
    env: `env ${i}:`,
    'inner env': `env ${i}, inside its wrappers:`,
  }
  throw new TypeError(`SyncVectorEnv: ${owners[breach.where]} ${breach.found}; ${breach.remedy}`)
}

/** @throws TypeError when two of them are one, or wrap one: their episodes would interleave. */
export function requireDistinct(envs: readonly Env[]): void {
  if (new Set(envs.map(unwrappedOf)).size === envs.length) return
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
  if (isPromise(result)) return later(env, i, result, findResetBreach)
  requireSound(i, findResetBreach(result))
  return result as ResetResult
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
  if (isPromise(result)) return later(env, i, result, findStepBreach)
  requireSound(i, findStepBreach(result))
  return result as StepResult
}

function requireSound(i: number, breach: Breach | undefined): void {
  if (breach !== undefined) throw new Error(`env ${i}: ${breach.found}; ${breach.remedy}`)
}

/** A promise, for whoever plays an `AsyncEnv`: see `whenThere`. */
function later(
  env: Env,
  i: number,
  result: PromiseLike<unknown>,
  findBreach: (result: unknown) => Breach | undefined,
): never {
  const checked = result.then(
    (there) => {
      requireSound(i, findBreach(there))
      return there
    },
    (error: unknown) => {
      throw thrownBy(env, i, error)
    },
  )
  return checked as never
}

function thrownBy(env: Env, i: number, error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error)
  return new Error(`env ${i} (${nameOf(env)}): ${message}`, { cause: error })
}
