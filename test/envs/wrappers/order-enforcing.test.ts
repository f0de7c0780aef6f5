import { OrderEnforcing } from 'gymnasium-js/wrappers'
import { expect, test } from 'vitest'
import { viaJson } from '../via-json.ts'
import { ScriptedEnv, episodeOf } from '../scripted-env.ts'

const build = () => new OrderEnforcing(new ScriptedEnv([episodeOf(1, 1)]))

test('refuses step and render before reset, saying what to do', () => {
  const env = build()
  expect(() => env.step(0)).toThrow('call env.reset() first')
  expect(() => env.render()).toThrow('call env.reset() first')
  env.reset()
  expect(env.step(0).reward).toBe(1)
  expect(env.render()).toBe('episode 0, t 1')
})

test('remembers the reset in its state', () => {
  const env = build()
  env.reset()
  const copy = build()
  copy.setState(viaJson(env.getState()))
  expect(copy.step(0).reward).toBe(1)
})
