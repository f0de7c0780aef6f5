/** What reset() and step() return over seeded random episodes: observation, reward, flags, info. */

import { findResetBreach, findStepBreach, isObject } from '../contract.ts'
import { describe } from '../names.ts'
import { Rng } from '../rng.ts'
import type { Space } from '../spaces/composite.ts'
import type { Report } from './finding.ts'
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
    checkInfo(report, result['info'], when)
    const step = (t: number): unknown => {
      const action = env.actionSpace.sample(actions)
      return called(`step ${t} after ${when}`, () => env.step(action))
    }
    playEpisode(subject, env.observationSpace, step, when)
  }
}

function playEpisode(
  { report, steps }: Subject,
  space: Space,
  step: (t: number) => unknown,
  start: string,
): void {
  for (let t = 1; t <= steps; t++) {
    const when = `step ${t} after ${start}`
    const result = step(t)
    checkStep(report, result, when)
    if (!isObject(result) || report.has('step-result')) return
    checkObservation(report, space, result['obs'], when)
    checkInfo(report, result['info'], when)
    if (result['terminated'] === true || result['truncated'] === true) return
  }
}

function checkStep(report: Report, result: unknown, when: string): void {
  const breach = findStepBreach(result)
  if (breach === undefined) return
  const check = breach.part === 'result' ? 'step-result' : breach.part
  report.add(check, { ...breach, found: `at ${when} ${breach.found}` })
}

function checkInfo(report: Report, info: unknown, when: string): void {
  if (isObject(info) && !Array.isArray(info)) return
  report.add('info', {
    expected: 'info: an object, empty where there is nothing to tell',
    found: `at ${when} info is ${describe(info)}`,
    remedy: 'return info: {}',
  })
}
