import { NormalizeReward } from 'gymnasium-js/wrappers'
import { expect, test } from 'vitest'
import { ScriptedEnv } from '../scripted-env.ts'
import type { ScriptedStep } from '../scripted-env.ts'
import { viaJson } from '../via-json.ts'

type End = 'terminated' | 'truncated' | undefined

function build(...steps: readonly (readonly [reward: number, end?: End])[]) {
  const script = steps.map(([reward, end]): ScriptedStep => [
    [0],
    reward,
    end === 'terminated',
    end === 'truncated',
  ])
  return new NormalizeReward(new ScriptedEnv([{ reset: [0], steps: script }]), { gamma: 0.5 })
}

/** The returns that have gone into the statistics, as the wrapper's state tells. */
function returnsOf(env: NormalizeReward<Float32Array, number>, n: number): unknown[] {
  return Array.from({ length: n }, () => {
    env.step(0)
    return env.getState()['discounted']
  })
}

test('the return is discounted, and cleared by the terminating step itself', () => {
  const env = build([2], [4], [8, 'terminated'], [1])
  env.reset()
  expect(returnsOf(env, 4)).toEqual([2, 5, 8, 5])
})

test('neither a truncation nor a reset clears the return', () => {
  const env = build([2], [4, 'truncated'])
  env.reset()
  expect(returnsOf(env, 2)).toEqual([2, 5])
  env.reset()
  expect(returnsOf(env, 1)).toEqual([4.5])
})

test('divides by the deviation of the returns and leaves the mean alone', () => {
  const env = build([2], [-5])
  env.reset()
  env.step(0)
  // Returns 2, -4: mean -1, deviation 3, but for the start values' weight.
  expect(env.step(0).reward).toBeCloseTo(-5 / 3, 3)
})

test('frozen statistics divide on, while the return goes on', () => {
  const env = build([2], [-5], [6])
  env.reset()
  env.step(0)
  env.step(0)
  const before = env.statistics.getState()
  env.updateRunningMean = false
  expect(env.step(0).reward).toBeCloseTo(6 / 3, 3)
  expect(env.statistics.getState()).toEqual(before)
  expect(env.getState()['discounted']).toBe(4)
})

test('goes on exactly from a saved state', () => {
  const steps = [[0.1], [0.2], [0.3]] as const
  const env = build(...steps)
  env.reset()
  env.step(0)
  const copy = build(...steps)
  copy.setState(viaJson(env.getState()))
  for (let t = 0; t < 2; t++) expect(copy.step(0)).toEqual(env.step(0))
})

test('keeps negative zero out of its state', () => {
  const env = build([-1, 'terminated'], [-0, 'terminated'])
  env.reset()
  expect(returnsOf(env, 2)).toEqual([-1, 0])
})

test.each([-0.1, 1.1, NaN])('a gamma of %d is refused', (gamma) => {
  const env = new ScriptedEnv([{ reset: [0], steps: [] }])
  expect(() => new NormalizeReward(env, { gamma })).toThrow(`gamma is ${gamma}; pass a number from`)
})
