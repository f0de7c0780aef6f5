/** What holds for every registered environment, whatever the seed and the actions. */

import fc from 'fast-check'
import { Box, make, registeredSpecs, Rng } from 'gymnasium-js'
import type { CompleteEnv, ResetResult, Space, StepResult } from 'gymnasium-js'
import { describe, expect, test } from 'vitest'
import { viaJson } from '../via-json.ts'

const RUNS = { numRuns: 5 }

/** Which action, and for how many steps: held actions get further than ever-changing ones. */
type Plan = readonly (readonly [pick: number, steps: number])[]

const anySeed = fc.oneof(fc.nat(), fc.string({ maxLength: 8 }))
const anyPlan: fc.Arbitrary<Plan> = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 25 })), {
  minLength: 1,
  maxLength: 10,
  size: 'max',
})

/** Any action of a space; for a Box each third is a corner. */
function actionOf(space: Space, pick: number): unknown {
  if (space instanceof Box && pick % 6 === 0) return space.low.slice()
  if (space instanceof Box && pick % 6 === 1) return space.high.slice()
  return space.sample(new Rng(pick))
}

/** Goes on with the plan, resetting at ends; `look` sees what each call returned. */
function follow(
  env: CompleteEnv,
  plan: Plan,
  look: (result: ResetResult | StepResult) => void,
): void {
  for (const [pick, steps] of plan) {
    const action = actionOf(env.actionSpace, pick)
    for (let i = 0; i < steps; i++) {
      const step = env.step(action)
      look(step)
      if (step.terminated || step.truncated) look(env.reset())
    }
  }
}

/** All that `follow` sees, each as a string that differs if a bit does. */
function trajectory(env: CompleteEnv, plan: Plan): string[] {
  const results: string[] = []
  follow(env, plan, (result) => results.push(exactly(result)))
  return results
}

/** JSON, but with arrays of numbers byte by byte, and numbers that JSON does not know by name. */
function exactly(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (ArrayBuffer.isView(item)) {
      return Buffer.from(item.buffer, item.byteOffset, item.byteLength).toString('base64')
    }
    const isPlain = typeof item !== 'number' || (Number.isFinite(item) && !Object.is(item, -0))
    return isPlain ? item : `number ${Object.is(item, -0) ? '-0' : String(item)}`
  })
}

describe.each(registeredSpecs().map(({ id }) => id))('%s', (id) => {
  test('observations lie in the space, rewards are finite, what was returned stays', () => {
    fc.assert(
      fc.property(anySeed, anyPlan, (seed, plan) => {
        const env: CompleteEnv = make(id)
        const check = ({ obs, ...rest }: ResetResult | StepResult): void => {
          expect(env.observationSpace.explain(obs)).toBeUndefined()
          if ('reward' in rest) expect(rest.reward).toSatisfy(Number.isFinite)
        }
        const kept: [obs: unknown, then: string][] = []
        const first = env.reset({ seed })
        check(first)
        kept.push([first.obs, exactly(first.obs)])
        follow(env, plan, (result) => {
          check(result)
          kept.push([result.obs, exactly(result.obs)])
        })
        for (const [obs, then] of kept) expect(exactly(obs)).toBe(then)
      }),
      RUNS,
    )
  })

  test('the same seed and actions give the same trajectory, also in a used environment', () => {
    fc.assert(
      fc.property(anySeed, anyPlan, anyPlan, (seed, before, plan) => {
        const fresh: CompleteEnv = make(id)
        const used: CompleteEnv = make(id)
        used.reset()
        trajectory(used, before)
        expect(exactly(used.reset({ seed }))).toBe(exactly(fresh.reset({ seed })))
        expect(trajectory(used, plan)).toEqual(trajectory(fresh, plan))
      }),
      RUNS,
    )
  })

  test('a state saved in mid-episode and put into another one through JSON changes nothing', () => {
    fc.assert(
      fc.property(anySeed, anyPlan, anyPlan, (seed, before, after) => {
        const env: CompleteEnv = make(id)
        env.reset({ seed })
        trajectory(env, before)
        const state = viaJson(env.getState())
        const other: CompleteEnv = make(id)
        other.reset()
        trajectory(other, after)
        other.setState(state)
        expect(other.getState()).toEqual(state)
        const went = trajectory(env, after)
        expect(trajectory(other, after)).toEqual(went)
        other.setState(state) // back again
        expect(trajectory(other, after)).toEqual(went)
      }),
      RUNS,
    )
  })
})
