/** What checkEnv can find, and the list in which a check gathers it. */

import type { Breach } from '../contract.ts'

/**
 * 'error': learning on it goes wrong or cannot be repeated; 'warning': likely not what was meant; 'note': it is fine, and
 * could do more.
 */
export type Severity = 'error' | 'warning' | 'note'

/** Every check: how much it matters, and what it asks. */
export const CHECKS = {
  build: ['error', 'the function builds an environment'],
  copies: ['error', 'the function builds a new environment at each call'],
  members: ['error', 'the environment has the members of Env'],
  extras: ['note', 'the environment has the members that may be left out'],
  throws: ['error', 'its methods do not throw on valid arguments'],
  'space-json': ['error', 'spaces go through JSON and come back equal'],
  'space-sample': ['error', 'a space contains what it samples'],
  'space-constant': ['error', 'spaces stay the same'],
  'space-bounds': ['warning', 'bounds leave room, and those of actions are finite'],
  'reset-result': ['error', 'reset() returns { obs }, and info if it likes'],
  'step-result': [
    'error',
    'step() returns { obs, reward, terminated, truncated }, and info if it likes',
  ],
  flags: ['error', 'terminated and truncated are both booleans'],
  reward: ['error', 'the reward is a finite number'],
  info: ['error', 'info is an object'],
  'action-mask': ['error', 'info.actionMask tells which actions are legal'],
  'action-mask-name': ['warning', 'the mask of legal actions is info.actionMask'],
  'observation-type': ['error', "observations have the space's type and dtype"],
  'observation-shape': ['error', "observations have the space's number of elements"],
  'observation-finite': ['error', 'observations hold neither NaN nor infinities'],
  'observation-bounds': ['error', "observations lie within the space's bounds"],
  'reset-seed': ['error', 'reset({ seed }) repeats the start exactly'],
  'step-determinism': ['error', 'the same seed and actions give the same trajectory'],
  'copies-agree': ['error', 'two copies with one seed give the same trajectory'],
  unseeded: ['error', 'environments that were never seeded behave alike'],
  'seed-ignored': ['warning', 'different seeds give different episodes'],
  'stream-repeats': ['error', 'a reset without a seed goes on with the random stream'],
  'shared-state': ['error', 'a copy does not feel what another copy does'],
  'observation-reuse': ['error', 'an observation stays as it was returned'],
  'observation-alias': ['error', 'writing into a returned observation changes nothing'],
  'result-reuse': ['warning', 'a returned reward, flag or info stays as it was returned'],
  arguments: ['error', 'actions and arguments of reset() are not changed'],
  'state-json': ['error', 'getState() returns plain JSON'],
  'state-round-trip': ['error', 'setState(getState()) changes nothing that follows'],
  'state-copy': ['error', "another copy goes on from an environment's state"],
  'state-alias': ['error', 'a state stays as it was returned'],
  'action-refused': ['note', 'actions that are not in the space are refused'],
  'render-none': ['error', 'render() returns undefined without a render mode'],
  'render-result': ['error', 'render() returns text for ansi, a frame for rgb_array'],
  'render-effect': ['error', 'rendering changes nothing that follows'],
  'step-before-reset': ['note', 'step() before the first reset() is refused'],
  'step-after-end': ['error', 'step() after the end throws or returns a valid result'],
  'reset-clean': ['error', 'nothing of an episode is left after reset({ seed })'],
  close: ['error', 'close() can be called twice'],
} as const satisfies Readonly<Record<string, readonly [severity: Severity, asks: string]>>

export type CheckName = keyof typeof CHECKS

/** One thing that is wrong, in plain words. */
export interface Finding extends Breach {
  readonly check: CheckName
  readonly severity: Severity
}

/** The findings of one run; of each check the first, as what is wrong once is wrong a thousand times. */
export class Report {
  readonly findings: Finding[] = []

  add(check: CheckName, { expected, found, remedy }: Breach): void {
    if (this.has(check)) return
    this.findings.push({ check, severity: CHECKS[check][0], expected, found, remedy })
  }

  has(...checks: readonly CheckName[]): boolean {
    return this.findings.some(({ check }) => checks.includes(check))
  }
}
