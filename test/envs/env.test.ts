import { Wrapper } from 'gymnasium-js'
import { expect, test } from 'vitest'
import { ScriptedEnv, episodeOf } from './scripted-env.ts'

test('a wrapper forwards everything and nests the inner state', () => {
  const inner = new ScriptedEnv([episodeOf(1, 2), episodeOf(3)])
  const env = new Wrapper(new Wrapper(inner))
  expect(env.unwrapped).toBe(inner)
  expect(env.observationSpace).toBe(inner.observationSpace)
  expect(env.actionSpace).toBe(inner.actionSpace)
  expect([env.spec, env.renderMode]).toEqual([undefined, undefined])
  expect(env.reset({ seed: 5 }).info).toEqual({ at: 'reset' })
  expect(env.step(1).reward).toBe(1)
  expect(env.getState()).toEqual({ env: { env: { episode: 0, t: 1 } } })
  env.setState({ env: { env: { episode: 1, t: 0 } } })
  expect(env.step(0).reward).toBe(3)
  expect(env.render()).toBe('episode 1, t 1')
  env.close()
  expect(inner.seen).toEqual([{ seed: 5 }, { action: 1 }, { action: 0 }, 'close'])
})

test('the state of another stack of wrappers is refused', () => {
  const env = new Wrapper(new ScriptedEnv([episodeOf(1)]))
  expect(() => env.setState({ episode: 0 })).toThrow('state.env: expected an object')
})
