import { Box, Dict, Discrete, Tuple } from 'gymnasium-js'
import type { Env } from 'gymnasium-js'
import { PassiveEnvChecker } from 'gymnasium-js/wrappers'
import { expect, test } from 'vitest'
import { ScriptedEnv, episodeOf } from '../scripted-env.ts'
import { stub } from '../vector/stub-env.ts'

const box = new Box({ low: -1, high: 1, shape: [2] })

/** A sound environment with something broken. */
function broken(members: object): Env {
  const env: Env = Object.assign(stub(box, new Float32Array(2)), members)
  return env
}

test('changes nothing', () => {
  const build = () => new ScriptedEnv([episodeOf(1, 2)])
  const plain = build()
  const env = new PassiveEnvChecker(build())
  expect(env.reset({ seed: 1 })).toEqual(plain.reset({ seed: 1 }))
  expect([env.step(0), env.step(1)]).toEqual([plain.step(0), plain.step(1)])
  expect(env.getState()).toEqual({ env: plain.getState() })
})

test.each([
  [{ observationSpace: [4] }, 'observationSpace is an Array of length 1; give it a space'],
  [{ getState: 'none' }, "getState is 'none'; add the method"],
  [{ step: undefined }, 'step is undefined; add the method'],
  [{ unwrapped: 1 }, 'unwrapped is 1; leave it out'],
])('a wrong member is refused at once: %j', (members, message) => {
  const env: unknown = { ...stub(box, new Float32Array(2)), ...members }
  expect(() => new PassiveEnvChecker(env as Env)).toThrow(message)
})

test.each([
  [() => new Float32Array(2), 'whose obs is undefined; return { obs, info }'],
  [() => ({ obs: new Float32Array(2), info: 3 }), 'info 3; return an object'],
  [() => ({ obs: [0], info: {} }), 'expected a Float32Array (dtype float32), found an Array'],
  [() => ({ obs: new Float32Array(3), info: {} }), 'expected 2 elements (shape [2]), found 3'],
  [() => ({ obs: Float32Array.of(0, NaN), info: {} }), 'element 1 is NaN: look for a division'],
])('the first reset: %s', (reset, message) => {
  expect(() => new PassiveEnvChecker(broken({ reset })).reset()).toThrow(message)
})

test('a promise is looked at when it is there', async () => {
  const reset = () => Promise.resolve({ obs: [0] })
  const later: unknown = new PassiveEnvChecker(broken({ reset })).reset()
  await expect(later).rejects.toThrow('expected a Float32Array (dtype float32), found an Array')
})

const sound = { obs: new Float32Array(2), reward: 0, terminated: false, truncated: false, info: {} }

test.each([
  [{ reward: NaN }, 'step() must return a finite number'],
  [{ reward: '1' }, "reward is '1'"],
  [{ terminated: undefined, done: true }, 'terminated is undefined'],
  [{ truncated: 0 }, 'truncated is 0'],
  [{ info: 'none' }, "info 'none'"],
  [{ obs: Float32Array.of(Infinity, 0) }, 'element 0 is Infinity: clip it'],
])('the first step: %j', (parts, message) => {
  const env = new PassiveEnvChecker(broken({ step: () => ({ ...sound, ...parts }) }))
  env.reset()
  expect(() => env.step(0)).toThrow(message)
})

test('names the environment', () => {
  class Maze extends ScriptedEnv {}
  const env = new Maze([episodeOf(NaN)])
  const checked = new PassiveEnvChecker(env)
  checked.reset()
  expect(() => checked.step(0)).toThrow(/^Maze: reward is NaN/)
})

test('looks only once, at the first of each', () => {
  const rewards = [1, NaN]
  const step = () => ({ ...sound, reward: rewards.shift() })
  const env = new PassiveEnvChecker(broken({ step }))
  env.reset()
  env.step(0)
  expect(env.step(0).reward).toBeNaN()
})

test('a check that failed is made again', () => {
  const rewards = [NaN, NaN, 1]
  const step = () => ({ ...sound, reward: rewards.shift() })
  const env = new PassiveEnvChecker(broken({ step }))
  env.reset()
  expect(() => env.step(0)).toThrow('finite')
  expect(() => env.step(0)).toThrow('finite')
  expect(env.step(0).reward).toBe(1)
})

test('bounds are left to checkEnv, in parts too, but types are not', () => {
  const space = new Dict({ box, parts: new Tuple([new Discrete(2), box]) })
  const beyond = Float32Array.of(3, 0)
  const check = (obs: unknown) =>
    new PassiveEnvChecker(
      broken({ observationSpace: space, reset: () => ({ obs, info: {} }) }),
    ).reset()
  expect(check({ box: beyond, parts: [1, beyond] }).obs).toBeDefined()
  expect(() => check({ box: beyond, parts: [2, beyond] })).toThrow('parts: 0: expected an integer')
  expect(() => check({ box: beyond, parts: [1, [0]] })).toThrow('parts: 1: expected a Float32Array')
  expect(() => check({ box: beyond })).toThrow('expected an object with keys [box, parts]')
})

test.each([
  [undefined, 'text', "returned 'text' in render mode undefined; set renderMode"],
  ['ansi', undefined, "returned undefined in render mode 'ansi'; return a string"],
  [
    'rgb_array',
    { width: 2, height: 2, data: new Uint8Array(11) },
    '12 bytes of RGB, or 16 of RGBA',
  ],
])('the first render in mode %s: %j', (renderMode, rendered, message) => {
  const env = new PassiveEnvChecker(broken({ renderMode, render: () => rendered }))
  env.reset()
  expect(() => env.render()).toThrow(message)
})

test('sound renders pass', () => {
  const frame = { width: 1, height: 2, data: new Uint8Array(6) }
  for (const [renderMode, rendered] of [
    [undefined, undefined],
    ['ansi', 'x'],
    ['rgb_array', frame],
  ] as const) {
    const env = new PassiveEnvChecker(broken({ renderMode, render: () => rendered }))
    expect(env.render()).toBe(rendered)
  }
})
