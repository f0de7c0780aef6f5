import { TimeLimit } from 'gymnasium-js/wrappers'
import { expect, test } from 'vitest'
import { viaJson } from '../via-json.ts'
import { ScriptedEnv, episodeOf } from '../scripted-env.ts'

const build = (limit: number) => new TimeLimit(new ScriptedEnv([episodeOf(1, 1, 1)]), limit)

function flags(env: TimeLimit, n: number): string[] {
  return Array.from({ length: n }, () => {
    const { terminated, truncated } = env.step(0)
    return `${terminated} ${truncated}`
  })
}

test('truncates on the very step, and again in the next episode', () => {
  const env = build(2)
  for (let episode = 0; episode < 2; episode++) {
    env.reset()
    expect(flags(env, 2)).toEqual(['false false', 'false true'])
  }
})

test('truncates also when the task ends on that step', () => {
  const env = build(3)
  env.reset()
  expect(flags(env, 3).at(-1)).toBe('true true')
})

test('goes on truncating after the limit', () => {
  const env = build(1)
  env.reset()
  expect(flags(env, 2)).toEqual(['false true', 'false true'])
})

test('counts on from a saved state', () => {
  const env = build(3)
  env.reset()
  env.step(0)
  const copy = build(3)
  copy.setState(viaJson(env.getState()))
  expect(flags(copy, 2)).toEqual(['false false', 'true true'])
})

test('keeps a truncation that comes from inside', () => {
  const script = [{ reset: [0], steps: [[[1], 0, false, true] as const] }]
  const env = new TimeLimit(new ScriptedEnv(script), 10)
  env.reset()
  expect(env.step(0).truncated).toBe(true)
})

test.each([0, -1, 1.5, NaN])('a limit of %d is refused', (limit) => {
  expect(() => build(limit)).toThrow(`maxEpisodeSteps is ${limit}; pass an integer >= 1`)
})
