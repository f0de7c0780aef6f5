/** Seeds: the same one repeats everything, another one does not, and none goes on with the stream. */

import type { CompleteEnv } from '../env.ts'
import type { Seed } from '../rng.ts'
import { compare, play } from './play.ts'
import type { Moment } from './play.ts'
import type { Subject } from './subject.ts'

const OTHER_SEEDS = 4
/** Starts of one stream; that chance makes all of them alike is past belief. */
const UNSEEDED_RESETS = 8
const UNSEEDED_STEPS = 20

const DRAW_ALL =
  'draw every random number from one Rng that reset({ seed }) makes anew: no Math.random, no clock'

export function checkDeterminism(subject: Subject): void {
  const { report, build, seed, canCopy } = subject
  const env = build()
  const first = run(subject, env, seed)
  const again = compare(first, run(subject, env, seed), ['at first', 'with the same seed again'])
  if (again !== undefined) {
    report.add(again.at === 0 ? 'reset-seed' : 'step-determinism', {
      expected: 'the same observations, rewards, flags and infos for the same seed and actions',
      found: again.found,
      remedy: `${DRAW_ALL}; and let reset() set all that an episode changes`,
    })
  } else if (canCopy) {
    checkCopies(subject, first)
  }
  if (again !== undefined) return // what follows would say the same
  if (canCopy && !report.has('copies-agree')) checkNeverSeeded(subject)
  checkOtherSeeds(subject, env, first)
}

function run({ steps }: Subject, env: CompleteEnv, seed: Seed): Moment[] {
  return play(env, { start: { seed }, steps, actionSeed: 'actions' })
}

function checkCopies(subject: Subject, first: readonly Moment[]): void {
  const other = run(subject, subject.build(), subject.seed)
  const parted = compare(first, other, ['in one copy', 'in another'])
  if (parted === undefined) return
  subject.report.add('copies-agree', {
    expected: 'the same trajectory for the same seed and actions in every copy',
    found: parted.found,
    remedy: 'let nothing depend on when an environment was built: no counters outside the class',
  })
}

function checkNeverSeeded({ report, build, steps }: Subject): void {
  const plan = { start: 'unseeded', steps, actionSeed: 'actions' } as const
  const names = ['in one new copy', 'in another'] as const
  const parted = compare(play(build(), plan), play(build(), plan), names)
  if (parted === undefined) return
  report.add('unseeded', {
    expected: 'environments that were never seeded behave alike, as seeded with 0',
    found: parted.found,
    remedy: 'start with new Rng(0) in the constructor: no Math.random, no clock',
  })
}

function checkOtherSeeds(subject: Subject, env: CompleteEnv, first: readonly Moment[]): void {
  const { report, seed } = subject
  const others = Array.from({ length: OTHER_SEEDS }, (_, i) => seed + 1 + i)
  const differs = others.some((other) => {
    return compare(first, run(subject, env, other), ['', '']) !== undefined
  })
  if (differs) {
    checkUnseededResets(subject, env)
    return
  }
  report.add('seed-ignored', {
    expected: 'other starts or trajectories for other seeds',
    found: `seeds ${seed} to ${seed + OTHER_SEEDS} give the same trajectory`,
    remedy: 'draw from an Rng that reset({ seed }) makes; ignore this if nothing in it is random',
  })
}

function checkUnseededResets({ report, seed }: Subject, env: CompleteEnv): void {
  const plan = { steps: UNSEEDED_STEPS, actionSeed: 'actions' }
  const first = play(env, { ...plan, start: { seed } })
  for (let i = 0; i < UNSEEDED_RESETS; i++) {
    const next = play(env, { ...plan, start: 'unseeded' })
    if (compare(first, next, ['', '']) !== undefined) return
  }
  report.add('stream-repeats', {
    expected: 'reset() without a seed goes on with the random stream: episodes differ',
    found: `${UNSEEDED_RESETS} resets after reset({ seed: ${seed} }) repeat its episode`,
    remedy: 'make a new Rng only where a seed is given, not at every reset()',
  })
}
