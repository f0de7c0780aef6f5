/** What reset() and step() return over seeded random episodes: observation, reward, flags, info. */

import { findResetBreach, findStepBreach, isObject } from '../contract.ts'
import type { Env, Info } from '../env.ts'
import { describe } from '../names.ts'
import { Rng } from '../rng.ts'
import type { Space } from '../spaces/composite.ts'
import { sampleAction } from '../spaces/legal-action.ts'
import type { Report } from './finding.ts'
import { checkMask } from './masks.ts'
import { checkObservation } from './observation.ts'
import { called } from './play.ts'
import type { Subject } from './subject.ts'

export function checkResults(subject: Subject): void {
  const { report, build, seed, episodes } = subject
  const env = build()
  const actions = new Rng(`${seed}/actions`)
  for (let episode = 0; episode < episodes; episode++) {
    const when = `reset({ seed: ${seed + episode} })`
    const result: unknown = called(when, () => env.reset({ seed: seed + episode }))
    const breach = findResetBreach(result)
    if (breach !== undefined) report.add('reset-result', breach)
    if (!isObject(result) || breach !== undefined) return
    checkObservation(report, env.observationSpace, result['obs'], when)
    let { info } = result
    if (!isInfo(report, env.actionSpace, info, when)) return
    const step = (t: number): unknown => {
      const action = sampleAction(env.actionSpace, actions, info as Info)
      const step: unknown = called(`step ${t} after ${when}`, () => env.step(action))
      if (isObject(step)) ({ info } = step)
      return step
    }
    playEpisode(subject, env, step, when)
  }
}

function playEpisode(
  { report, steps }: Subject,
  { observationSpace, actionSpace }: Pick<Env, 'observationSpace' | 'actionSpace'>,
  step: (t: number) => unknown,
  start: string,
): void {
  for (let t = 1; t <= steps; t++) {
    const when = `step ${t} after ${start}`
    const result = step(t)
    checkStep(report, result, when)
    if (!isObject(result) || report.has('step-result')) return
    checkObservation(report, observationSpace, result['obs'], when)
    const isOver = result['terminated'] === true || result['truncated'] === true
    if (!isInfo(report, actionSpace, result['info'], when, isOver) || isOver) return
  }
}

function checkStep(report: Report, result: unknown, when: string): void {
  const breach = findStepBreach(result)
  if (breach === undefined) return
  const check = breach.part === 'result' ? 'step-result' : breach.part
  report.add(check, { ...breach, found: `at ${when} ${breach.found}` })
}

/** @returns false where nobody could go on with it */
function isInfo(report: Report, actions: Space, info: unknown, when: string, isOver = false) {
  if (isObject(info) && !Array.isArray(info)) {
    checkMask(report, actions, info, when, isOver)
    return !report.has('action-mask')
  }
  report.add('info', {
    expected: 'info: an object, empty where there is nothing to tell',
    found: `at ${when} info is ${describe(info)}`,
    remedy: 'return info: {}, or leave it out',
  })
  return false
}
