/**
 * Checks an environment of one's own against the contract of `Env`, by playing it: spaces, what
 * reset and step return, seeds, states, ownership, rendering, ends. After Gymnasium's
 * `check_env` and Stable-Baselines3's, with what this library asks beyond them: complete states.
 */

import { findMissingMember, missingExtras } from '../contract.ts'
import { complete, unwrappedOf } from '../env.ts'
import type { Env, RenderMode } from '../env.ts'
import { checkInteger } from '../numbers.ts'
import { checkActions } from './actions.ts'
import { checkDeterminism } from './determinism.ts'
import { checkClose, checkEnds } from './ends.ts'
import { Report } from './finding.ts'
import type { CheckName, Finding } from './finding.ts'
import { checkIsolation } from './isolation.ts'
import { messageOf } from './play.ts'
import { checkRendering } from './rendering.ts'
import { checkResults } from './results.ts'
import { checkSpaces } from './spaces.ts'
import { checkState } from './state.ts'
import type { Check, Subject } from './subject.ts'

/**
 * Builds a new environment at each call. Pass `options` on to the constructor or to `make`, so that
 * its render modes can be checked.
 */
export type EnvFunction = (options?: { readonly renderMode?: RenderMode }) => Env

export interface CheckEnvOptions {
  /** Of the first episode; default: 0. */
  seed?: number | undefined
  /** Of seeded random play; default: 5. */
  episodes?: number | undefined
  /** Timesteps of each run at most; default: 200. */
  steps?: number | undefined
  /** Checks to leave out, such as ['observation-reuse'] where that is meant and said. */
  skip?: readonly CheckName[] | undefined
}

/** Without these the rest would only repeat what is found already. */
const GROUNDS: readonly CheckName[] = [
  'throws',
  'reset-result',
  'step-result',
  'flags',
  'action-mask',
]
const CHECKS_IN_ORDER: readonly Check[] = [
  checkDeterminism,
  checkIsolation,
  checkState,
  checkActions,
  checkRendering,
  checkEnds,
]

/**
 * Plays an environment and tells what is wrong with it.
 *
 * @param env a function that builds it (all checks), or an environment, which is closed at the end
 * (without those that need a second copy).
 * @returns findings, errors before warnings before notes; none when all is well.
 * @throws RangeError when an option is not an integer ≥ 0, or ≥ 1 for episodes and steps.
 * @example
 * for (const { check, found, remedy } of checkEnv((options) => new Maze(options))) …
 */
export function checkEnv(env: Env | EnvFunction, options: CheckEnvOptions = {}): Finding[] {
  const { seed = 0, episodes = 5, steps = 200, skip = [] } = options
  checkInteger('checkEnv: seed', seed, 0)
  checkInteger('checkEnv: episodes', episodes)
  checkInteger('checkEnv: steps', steps)
  const report = new Report()
  const built: Env[] = []
  const make = (options?: { readonly renderMode?: RenderMode }): Env => {
    const made = typeof env === 'function' ? env(options) : env
    built.push(made)
    return made
  }
  const build: Subject['build'] = (options) => complete(make(options))
  const canCopy = typeof env === 'function'
  const subject = { report, build, canCopy, seed, episodes, steps }
  if (isSound(make, subject)) {
    checkAll(subject)
    run(checkClose, subject)
    closeAll(built)
  }
  const kept = report.findings.filter(({ check }) => !skip.includes(check))
  return (['error', 'warning', 'note'] as const).flatMap((severity) => ofSeverity(kept, severity))
}

function checkAll(subject: Subject): void {
  run(checkSpaces, subject)
  if (subject.report.has('throws')) return
  run(checkResults, subject)
  if (subject.report.has(...GROUNDS)) return
  for (const check of CHECKS_IN_ORDER) run(check, subject)
}

/** Whether there is an environment at all, with every member, and a new one at each call. */
function isSound(make: () => unknown, { report, build, canCopy }: Subject): boolean {
  let env: unknown
  try {
    env = make()
  } catch (error) {
    report.add('build', {
      expected: 'an environment',
      found: `building it threw ${messageOf(error)}`,
      remedy: 'mend the constructor, or pass the arguments that it needs',
    })
    return false
  }
  const breach = findMissingMember(env)
  if (breach !== undefined) {
    const found =
      breach.where === 'inner env' ? `inside its wrappers ${breach.found}` : breach.found
    report.add(breach.where === 'value' ? 'build' : 'members', { ...breach, found })
    return false
  }
  noteExtras(report, env as Env)
  if (!canCopy || build().unwrapped !== unwrappedOf(env as Env)) return true
  report.add('copies', {
    expected: 'a new environment at each call of the function',
    found: 'it returned the same environment twice',
    remedy: 'build it inside the function; or pass the environment itself',
  })
  return false
}

/** Not of wrappers, which have them all. */
function noteExtras(report: Report, env: Env): void {
  const missing = missingExtras(unwrappedOf(env))
  if (missing.length === 0) return
  const names = missing.map(([name]) => `${name}()`).join(', ')
  report.add('extras', {
    expected: 'nothing more: these may be left out',
    found: `it has no ${names}`,
    remedy: `add what is wanted: ${missing.map(([name, purpose]) => `${name}(): ${purpose}`).join('; ')}`,
  })
}

/** What a check throws, the environment threw: the checks call nothing else that does. */
function run(check: Check, subject: Subject): void {
  try {
    check(subject)
  } catch (error) {
    subject.report.add('throws', {
      expected: 'no exception from valid seeds, actions and states',
      found: error instanceof Error ? error.message : String(error),
      remedy: 'mend what throws, or narrow the action space to what step() takes',
    })
  }
}

function closeAll(built: readonly Env[]): void {
  for (const env of new Set(built)) {
    try {
      env.close?.()
    } catch {
      // checkClose has told.
    }
  }
}

function ofSeverity(findings: readonly Finding[], severity: Finding['severity']): Finding[] {
  return findings.filter((finding) => finding.severity === severity)
}
