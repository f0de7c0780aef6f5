/** Random play that is written down, so that two runs can be compared. */

import type { CompleteEnv, Info, ResetArgs, ResetResult, StepResult } from '../env.ts'
import type { Breach } from '../contract.ts'
import { Rng } from '../rng.ts'
import type { Seed } from '../rng.ts'
import { sampleAction } from '../spaces/legal-action.ts'
import { copyOf, difference } from './values.ts'

/** What a call returned, copied at once. */
export interface Moment {
  /** Such as `step 3`, counted from the beginning of the run. */
  readonly at: string
  readonly result: unknown
}

export interface Plan {
  /** Begins with `reset({ seed })`, or with `reset()` for 'unseeded'; 'nothing' plays on from here. */
  readonly start: { readonly seed: Seed } | 'unseeded' | 'nothing'
  /** What came last, for a plan that begins with nothing: which actions are legal stands there. */
  readonly info?: Info | undefined
  /** Timesteps; an episode that ends is followed by `reset()`. */
  readonly steps: number
  /** Seed of the random actions. */
  readonly actionSeed: Seed
  /** Called after every reset and step, once the result is copied. */
  readonly after?: (env: CompleteEnv, result: ResetResult | StepResult) => void
}

/** @throws Error naming the call, when the environment throws. */
export function play(env: CompleteEnv, plan: Plan): Moment[] {
  return [...moments(env, plan)]
}

/** `play`, a call at a time: several environments can take turns. */
export function* moments(env: CompleteEnv, plan: Plan): Generator<Moment> {
  const { start, steps, actionSeed, after } = plan
  let { info } = plan
  const rng = new Rng(actionSeed)
  if (start !== 'nothing') yield reset(start === 'unseeded' ? undefined : { seed: start.seed })
  for (let t = 1; t <= steps; t++) {
    const action = sampleAction(env.actionSpace, rng, info)
    const step = called(`step ${t}`, () => env.step(action))
    yield moment(`step ${t}`, step)
    if (step.terminated || step.truncated) yield reset(undefined, ` after step ${t}`)
  }

  function reset(args: ResetArgs | undefined, when = ''): Moment {
    const text = args === undefined ? `reset()${when}` : `reset({ seed: ${String(args.seed)} })`
    return moment(
      text,
      called(text, () => env.reset(args)),
    )
  }

  function moment(at: string, result: ResetResult | StepResult): Moment {
    ;({ info } = result)
    const copy = { at, result: copyOf(result) }
    after?.(env, result)
    return copy
  }
}

/** @throws Error that says which call threw what. */
export function called<T>(at: string, call: () => T): T {
  try {
    return call()
  } catch (error) {
    throw new Error(`${at} threw ${messageOf(error)}`, { cause: error })
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}

/** Where two runs part, `at` which call; `names` tell the runs. */
export function compare(
  first: readonly Moment[],
  second: readonly Moment[],
  names: readonly [first: string, second: string],
): (Pick<Breach, 'found'> & { readonly at: number }) | undefined {
  for (const [at, moment] of first.entries()) {
    const other = second[at]
    const parted = difference(moment.result, other?.result)
    if (parted === undefined) continue
    const { path, first: one, second: two } = parted
    return { at, found: `at ${moment.at} ${path} is ${one} ${names[0]}, ${two} ${names[1]}` }
  }
  return undefined
}
