import { ClipReward, TransformReward } from 'gymnasium-js/wrappers'
import { expect, test } from 'vitest'
import { ScriptedEnv, episodeOf } from '../scripted-env.ts'

const scripted = () => new ScriptedEnv([episodeOf(-3, 0.5, 7)])

test.each([
  [{ minReward: -1, maxReward: 1 }, [-1, 0.5, 1]],
  [{ minReward: 0 }, [0, 0.5, 7]],
  [{ maxReward: 0 }, [-3, 0, 0]],
])('%j clips to %j', (options, want) => {
  const env = new ClipReward(scripted(), options)
  env.reset()
  expect(want.map(() => env.step(0).reward)).toEqual(want)
})

test('clipping needs a bound, and the lower one below the upper', () => {
  expect(() => new ClipReward(scripted(), {})).toThrow('pass one or both')
  expect(() => new ClipReward(scripted(), { minReward: 2, maxReward: 1 })).toThrow(
    'minReward is 2, maxReward 1; pass minReward <= maxReward',
  )
})

test('a function changes the reward and nothing else', () => {
  const env = new TransformReward(scripted(), (reward) => 2 * reward + 1)
  env.reset()
  const plain = scripted()
  plain.reset()
  for (const reward of [-5, 2, 15]) expect(env.step(0)).toEqual({ ...plain.step(0), reward })
})
