import { NormalizeReward, SyncVectorEnv, makeVector } from 'gymnasium-js/vector'
import type { AutoresetMode } from 'gymnasium-js/vector'
import { expect, test } from 'vitest'
import { ScriptedEnv } from '../../scripted-env.ts'
import type { ScriptedStep } from '../../scripted-env.ts'
import { viaJson } from '../../via-json.ts'

/** One environment of reward 2, 4, … that ends after two steps. */
function scripted(autoresetMode: AutoresetMode, end: 'terminated' | 'truncated'): NormalizeReward {
  const steps = [2, 4].map((reward, i): ScriptedStep => [
    [0],
    reward,
    i === 1 && end === 'terminated',
    i === 1 && end === 'truncated',
  ])
  const build = () => new ScriptedEnv([{ reset: [0], steps }])
  return new NormalizeReward(new SyncVectorEnv([build], { autoresetMode }), { gamma: 0.5 })
}

function returnsOf(envs: NormalizeReward, n: number): unknown[] {
  envs.reset()
  return Array.from({ length: n }, () => {
    envs.step(new Int32Array(1))
    return envs.getState()['discounted']
  }).flat()
}

test.each([
  ['NextStep', 'terminated', [2, 4, 4, 4, 4]], // the third step resets, the fourth gives 2 + 4 / 2
  ['NextStep', 'truncated', [2, 5, 5, 4.5, 6.25]],
  ['SameStep', 'terminated', [2, 0, 2, 0]],
  ['SameStep', 'truncated', [2, 0, 2, 0]],
] as const)('returns under %s where an episode is %s: %j', (mode, end, want) => {
  expect(returnsOf(scripted(mode, end), want.length)).toEqual(want)
})

test('the step that resets is not in the statistics', () => {
  const envs = scripted('NextStep', 'terminated')
  returnsOf(envs, 2)
  const before = envs.statistics.getState()
  expect(envs.step(new Int32Array(1)).rewards[0]).toBe(0)
  expect(envs.statistics.getState()).toEqual(before)
})

test('the step that ends an episode under SameStep is', () => {
  const envs = scripted('SameStep', 'terminated')
  returnsOf(envs, 2) // 2 and 4: the deviation is 1
  expect(envs.statistics.mean[0]).toBeCloseTo(3, 3)
  expect(envs.statistics.variance[0]).toBeCloseTo(1, 3)
})

test('episode returns stay those of the environment', () => {
  const envs = scripted('SameStep', 'terminated')
  envs.reset()
  envs.step(new Int32Array(1))
  const { rewards, episodeReturns } = envs.step(new Int32Array(1))
  expect(episodeReturns[0]).toBe(6)
  expect(rewards[0]).toBeCloseTo(4, 2) // of returns 2 and 4 the deviation is 1
})

test.each(['SameStep', 'NextStep'] as const)('goes on exactly from a saved state, %s', (mode) => {
  const build = () =>
    new NormalizeReward(makeVector('CartPole-v1', 4, { autoresetMode: mode }), { gamma: 0.9 })
  const envs = build()
  envs.reset({ seed: 1 })
  const actions = Int32Array.of(0, 1, 0, 1)
  for (let t = 0; t < 60; t++) {
    envs.step(actions)
    if (t % 5 > 0) continue
    const copy = build()
    copy.setState(viaJson(envs.getState()))
    copy.step(actions)
    const before = envs.getState()
    envs.step(actions)
    expect(copy.getState()).toEqual(envs.getState())
    expect(before).not.toEqual(envs.getState())
  }
})
