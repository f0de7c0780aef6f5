/** getState and setState: plain JSON that holds all that later steps depend on. */

import { hasState } from '../env.ts'
import type { CompleteEnv, EnvState, Info, ResetResult } from '../env.ts'
import type { Report } from './finding.ts'
import { called, compare, play } from './play.ts'
import type { Subject } from './subject.ts'
import { difference } from './values.ts'

/** Timesteps before the state is taken: at the start, and twice in the middle of episodes. */
const TAKEN_AFTER = [0, 3, 17]

export function checkState(subject: Subject): void {
  if (!hasState(subject.build())) return // a note has told
  for (const played of TAKEN_AFTER) {
    const env = subject.build()
    const before = play(env, { start: { seed: subject.seed }, steps: played, actionSeed: 'before' })
    const { info } = before.at(-1)!.result as ResetResult
    const state = called('getState()', () => env.getState())
    const text = checkJson(subject.report, state)
    if (text === undefined) return
    if (!isRandom(subject.report)) checkRoundTrip(subject, env, { text, info }, played)
    checkAlias(subject.report, env, { text, info })
  }
}

/** Whether no state could bring back what follows, as the environment does not repeat itself anyway. */
function isRandom(report: Report): boolean {
  return report.has('reset-seed', 'step-determinism')
}

/** @returns the state as text; undefined when it has none. */
function checkJson(report: Report, state: EnvState): string | undefined {
  const expected = 'getState() returns plain JSON: what is written is read back the same'
  const remedy =
    'return numbers, strings, booleans, arrays and objects; typed arrays by Array.from, no NaN, ' +
    'no Infinity, no undefined'
  let text: unknown
  try {
    text = JSON.stringify(state)
  } catch (error) {
    report.add('state-json', { expected, found: String(error), remedy })
  }
  if (typeof text !== 'string') {
    report.add('state-json', { expected, found: `it is ${typeof state}`, remedy })
    return undefined
  }
  // JSON has no -0; whether that matters is seen in what follows.
  const lost = difference(state, JSON.parse(text), false, 'state')
  if (lost === undefined) return text
  const found = `${lost.path} is ${lost.first}, and ${lost.second} after a JSON round trip`
  report.add('state-json', { expected, found, remedy })
  return text
}

/** A state as text, and what the environment told when it was taken. */
interface Taken {
  readonly text: string
  readonly info: Info
}

function checkRoundTrip(
  subject: Subject,
  env: CompleteEnv,
  { text, info }: Taken,
  played: number,
): void {
  const { report, build, steps, canCopy } = subject
  const plan = { start: 'nothing', info, steps, actionSeed: 'after' } as const
  const expected = `the same trajectory after setState() as after getState(), ${played} steps in`
  const remedy =
    'put everything that later steps depend on into the state: all fields that step() or reset() ' +
    'changes, and the random stream (saveSource, restoreSource)'
  const onward = play(env, plan)
  restore(env, text)
  const names = ['at first', 'after setState()'] as const
  const back = compare(onward, play(env, plan), names)
  if (back !== undefined) report.add('state-round-trip', { expected, found: back.found, remedy })
  if (!canCopy || report.has('state-round-trip', 'copies-agree')) return
  const copy = build()
  restore(copy, text)
  const there = compare(onward, play(copy, plan), ['in the first', 'in a new copy'])
  if (there !== undefined) report.add('state-copy', { expected, found: there.found, remedy })
}

/** Whether a state that was returned, or taken over, changes as the environment goes on. */
function checkAlias(report: Report, env: CompleteEnv, { text, info }: Taken): void {
  const given = JSON.parse(text) as EnvState
  called('setState(state)', () => env.setState(given))
  const taken = env.getState()
  const before = JSON.stringify(taken)
  play(env, { start: 'nothing', info, steps: 5, actionSeed: 'alias' })
  const found =
    JSON.stringify(taken) !== before
      ? 'what getState() returned changes with the next steps'
      : JSON.stringify(given) !== text
        ? 'what setState() was given changes with the next steps'
        : undefined
  if (found === undefined) return
  report.add('state-alias', {
    expected: 'a state that stays as it is',
    found,
    remedy: 'copy arrays and objects in getState() and in setState(): Array.from, structuredClone',
  })
}

function restore(env: CompleteEnv, text: string): void {
  called('setState(getState())', () => env.setState(JSON.parse(text) as EnvState))
}
