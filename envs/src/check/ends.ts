/** The edges of an environment's life: before the first reset, after an episode's end, and close. */

import { findStepBreach } from '../contract.ts'
import type { CompleteEnv } from '../env.ts'
import { Rng } from '../rng.ts'
import { sampleAction } from '../spaces/legal-action.ts'
import { called, compare, messageOf, play } from './play.ts'
import type { Subject } from './subject.ts'

/** Timesteps in which an episode may come to an end, as a multiple of those of a run. */
const PATIENCE = 5
const STEPS_AFTER_END = 3

export function checkEnds(subject: Subject): void {
  if (subject.canCopy) checkBeforeReset(subject)
  checkAfterEnd(subject)
}

/** Last of all, as nothing can be asked of an environment afterwards. */
export function checkClose({ report, build }: Subject): void {
  const env = build()
  for (const when of ['the first', 'the second']) {
    try {
      env.close()
    } catch (error) {
      report.add('close', {
        expected: 'close() can be called, and called again',
        found: `${when} close() threw ${messageOf(error)}`,
        remedy: 'let close() do nothing where there is nothing left to free',
      })
    }
  }
}

function checkBeforeReset({ report, build }: Subject): void {
  const env = build()
  try {
    env.step(env.actionSpace.sample(new Rng(0)))
  } catch {
    return
  }
  report.add('step-before-reset', {
    expected: 'step() before the first reset() throws',
    found: 'it returned a result',
    remedy: 'throw an Error that says to call reset() first, or wrap it in OrderEnforcing',
  })
}

function checkAfterEnd(subject: Subject): void {
  const { report, build, seed, steps } = subject
  const env = build()
  const plan = { start: { seed }, steps, actionSeed: 'actions' }
  const before = play(env, plan)
  if (!playToEnd(env, subject)) return
  for (let t = 1; t <= STEPS_AFTER_END; t++) {
    const breach = breachAfterEnd(env)
    if (breach === undefined || report.has('reward')) continue
    report.add('step-after-end', {
      expected: 'step() after the end throws an Error, or returns a valid result',
      found: `at step ${t} after the end ${breach.found}`,
      remedy: 'throw an Error that says to call reset(), or go on returning valid results',
    })
  }
  if (report.has('reset-seed', 'step-determinism')) return
  const parted = compare(before, play(env, plan), ['at first', 'after an episode that has ended'])
  if (parted === undefined) return
  report.add('reset-clean', {
    expected: 'reset({ seed }) starts the same whatever was before it',
    found: parted.found,
    remedy: 'let reset() set every field that step() changes',
  })
}

/** @returns false when no episode ends in the time there is. */
function playToEnd(env: CompleteEnv, { seed, steps }: Subject): boolean {
  let { info } = env.reset({ seed })
  const rng = new Rng('to the end')
  for (let t = 1; t <= PATIENCE * steps; t++) {
    const action = sampleAction(env.actionSpace, rng, info)
    const step = called(`step ${t}`, () => env.step(action))
    ;({ info } = step)
    if (step.terminated || step.truncated) return true
  }
  return false
}

function breachAfterEnd(env: CompleteEnv): { readonly found: string } | undefined {
  let result: unknown
  try {
    result = env.step(env.actionSpace.sample(new Rng('after the end')))
  } catch (error) {
    return error instanceof Error ? undefined : { found: `it threw ${String(error)}, no Error` }
  }
  return findStepBreach(result)
}
