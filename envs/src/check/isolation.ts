/** Who owns what: copies share nothing, returned values are the caller's, and so are arguments. */

import type { CompleteEnv, ResetResult, StepResult } from '../env.ts'
import { Rng } from '../rng.ts'
import { sampleAction } from '../spaces/legal-action.ts'
import type { Report } from './finding.ts'
import { called, compare, moments, play } from './play.ts'
import type { Moment } from './play.ts'
import type { Subject } from './subject.ts'
import { copyOf, difference, isNumbers } from './values.ts'

export function checkIsolation(subject: Subject): void {
  if (subject.canCopy) checkShared(subject)
  checkReuse(subject)
  if (!subject.report.has('observation-reuse')) checkAlias(subject)
  checkArguments(subject)
}

/** One copy alone, and the same one taking turns with another. */
function checkShared({ report, build, seed, steps }: Subject): void {
  if (report.has('reset-seed', 'step-determinism', 'copies-agree')) return // it would say the same
  const plan = { start: { seed }, steps, actionSeed: 'actions' }
  const alone = play(build(), plan)
  const neighbour = moments(build(), { ...plan, start: { seed: seed + 1 }, actionSeed: 'others' })
  const together: Moment[] = []
  for (const moment of moments(build(), plan)) {
    together.push(moment)
    neighbour.next()
  }
  const parted = compare(alone, together, ['alone', 'when another copy takes turns with it'])
  if (parted === undefined) return
  report.add('shared-state', {
    expected: 'the same trajectory whether other copies are played or not',
    found: parted.found,
    remedy: 'keep what changes in fields of the instance: not in the module, nor in static fields',
  })
}

/** Whether what was returned still is what it was when the next call has returned. */
function checkReuse(subject: Subject): void {
  let kept: Kept | undefined
  const after = (_: CompleteEnv, result: ResetResult | StepResult): void => {
    if (kept !== undefined) compareKept(subject.report, kept)
    kept = { obs: result.obs, result, copy: copyOf(result) as ResetResult }
  }
  play(subject.build(), {
    start: { seed: subject.seed },
    steps: subject.steps,
    actionSeed: 'actions',
    after,
  })
}

/** A result, its observation (the result itself may be filled anew), and how both were. */
interface Kept {
  readonly obs: unknown
  readonly result: ResetResult | StepResult
  readonly copy: ResetResult
}

function compareKept(report: Report, kept: Kept): void {
  const { obs, ...rest } = kept.copy
  const { obs: _, ...restNow } = kept.result
  const ofObs = difference(obs, kept.obs, true, 'obs')
  const ofRest = difference(rest, restNow)
  if (ofObs !== undefined) {
    report.add('observation-reuse', {
      expected: 'an observation that stays as it was returned, for whoever keeps it',
      found: `after the next call ${ofObs.path} was ${ofObs.first} and is ${ofObs.second}`,
      remedy: 'return a new array each time (array.slice()), not the one that the next step fills',
    })
  }
  if (ofRest !== undefined) {
    report.add('result-reuse', {
      expected: 'a result that stays as it was returned',
      found: `after the next call ${ofRest.path} was ${ofRest.first} and is ${ofRest.second}`,
      remedy: 'return a new object from every step(), with an info of its own',
    })
  }
}

function checkAlias({ report, build, seed, steps }: Subject): void {
  if (report.has('reset-seed', 'step-determinism')) return
  const plan = { start: { seed }, steps, actionSeed: 'actions' }
  const env = build()
  const clean = play(env, plan)
  const scribbled = play(env, { ...plan, after: (_, { obs }) => scribble(obs) })
  const names = ['by itself', 'when the caller writes into observations'] as const
  const parted = compare(clean, scribbled, names)
  if (parted === undefined) return
  report.add('observation-alias', {
    expected: 'the same trajectory whatever the caller does with an observation',
    found: parted.found,
    remedy: 'return a copy of the state (array.slice()), not the state itself',
  })
}

function scribble(obs: unknown): void {
  if (isNumbers(obs)) new Uint8Array(obs.buffer, obs.byteOffset, obs.byteLength).fill(1)
  else if (typeof obs === 'object' && obs !== null) Object.values(obs).forEach(scribble)
}

function checkArguments({ report, build, seed, steps }: Subject): void {
  const env = build()
  const refuse = (what: string, found: ReturnType<typeof difference>): void => {
    if (found === undefined) return
    report.add('arguments', {
      expected: `${what} as it was before the call`,
      found: `${found.path === '' ? 'it' : found.path} was ${found.first} and is ${found.second}`,
      remedy: 'work on a copy of it',
    })
  }
  const args = { seed, options: {} }
  let { info } = called('reset({ seed, options: {} })', () => env.reset(args))
  refuse('the argument of reset()', difference({ seed, options: {} }, args))
  const rng = new Rng('actions')
  for (let t = 1; t <= steps; t++) {
    const action = sampleAction(env.actionSpace, rng, info)
    const copy = copyOf(action)
    const step = called(`step ${t}`, () => env.step(action))
    refuse('the action', difference(copy, action))
    ;({ info } = step.terminated || step.truncated ? env.reset() : step)
  }
}
