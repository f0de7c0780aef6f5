import { Autoreset } from 'gymnasium-js/wrappers'
import { expect, test } from 'vitest'
import { ScriptedEnv, episodeOf } from '../scripted-env.ts'
import { viaJson } from '../via-json.ts'

const build = () => new Autoreset(new ScriptedEnv([episodeOf(1, 2), episodeOf(4, 8)]))

test('the step after an end resets, whatever its action', () => {
  const env = build()
  env.reset()
  env.step(0)
  expect(env.step(0)).toMatchObject({ reward: 2, terminated: true })
  expect(env.step(1)).toEqual({
    obs: Float32Array.of(0),
    reward: 0,
    terminated: false,
    truncated: false,
    info: { at: 'reset' },
  })
  expect(env.step(0)).toMatchObject({ reward: 4, terminated: false })
})

test('a reset by the user takes the pending one away', () => {
  const env = build()
  env.reset()
  env.step(0)
  env.step(0)
  env.reset()
  expect(env.step(0).reward).toBe(4)
})

test('a pending reset is part of the state', () => {
  const env = build()
  env.reset()
  env.step(0)
  env.step(0)
  const copy = build()
  copy.setState(viaJson(env.getState()))
  expect(copy.step(0).info).toEqual({ at: 'reset' })
})
