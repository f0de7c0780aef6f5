import { RepeatAction } from 'gymnasium-js/wrappers'
import { expect, test } from 'vitest'
import { ScriptedEnv, episodeOf } from '../scripted-env.ts'

test('sums the rewards and gives the last of everything else', () => {
  const inner = new ScriptedEnv([episodeOf(1, 2, 4, 8, 16)])
  const env = new RepeatAction(inner, 3)
  env.reset()
  expect(env.step(1)).toEqual({
    obs: Float32Array.of(3),
    reward: 7,
    terminated: false,
    truncated: false,
    info: { t: 3 },
  })
  expect(inner.seen.slice(1)).toEqual([{ action: 1 }, { action: 1 }, { action: 1 }])
})

test('stops at the end of an episode', () => {
  const env = new RepeatAction(new ScriptedEnv([episodeOf(1, 2, 4, 8)]), 3)
  env.reset()
  env.step(0)
  expect(env.step(0)).toMatchObject({ reward: 8, terminated: true })
})

test('stops at a truncation', () => {
  const steps = [[[1], 1, false, true] as const, [[2], 1, false, false] as const]
  const env = new RepeatAction(new ScriptedEnv([{ reset: [0], steps }]), 2)
  env.reset()
  expect(env.step(0)).toMatchObject({ reward: 1, truncated: true })
})

test.each([0, 2.5])('numRepeats %d is refused', (n) => {
  expect(() => new RepeatAction(new ScriptedEnv([episodeOf(1)]), n)).toThrow(
    `numRepeats is ${n}; pass an integer >= 1`,
  )
})
