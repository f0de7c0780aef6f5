import { Discrete, make } from 'gymnasium-js'
import { OrderEnforcing, TimeAwareObservation, TimeLimit } from 'gymnasium-js/wrappers'
import { expect, test } from 'vitest'
import { ScriptedEnv, episodeOf } from '../scripted-env.ts'
import { stub } from '../vector/stub-env.ts'
import { viaJson } from '../via-json.ts'

const limited = () => new TimeLimit(new ScriptedEnv([episodeOf(1, 1, 1)]), 4)

test('the timesteps since the reset are the last element', () => {
  const env = new TimeAwareObservation(limited())
  for (let episode = 0; episode < 2; episode++) {
    expect(Array.from(env.reset().obs)).toEqual([0, 0])
    expect(Array.from(env.step(0).obs)).toEqual([1, 1])
    expect(Array.from(env.step(0).obs)).toEqual([2, 2])
  }
  expect(env.observationSpace.toString()).toBe('Box([-inf 0.0], [inf 4.0], (2,), float32)')
})

test('or their share of the limit', () => {
  const env = new TimeAwareObservation(limited(), { normalizeTime: true })
  env.reset()
  expect(Array.from(env.step(0).obs)).toEqual([1, 0.25])
  expect(Array.from(env.observationSpace.high)).toEqual([Infinity, 1])
})

test('finds the limit through other wrappers, and in what make knows', () => {
  expect(new TimeAwareObservation(new OrderEnforcing(limited())).maxEpisodeSteps).toBe(4)
  expect(new TimeAwareObservation(make('CartPole-v1')).maxEpisodeSteps).toBe(500)
  expect(() => new TimeAwareObservation(new ScriptedEnv([episodeOf(1)]))).toThrow(
    'no time limit; put a TimeLimit inside',
  )
})

test('choices are flattened', () => {
  const env = new TimeAwareObservation(new TimeLimit(stub(new Discrete(3), 2), 5))
  env.reset()
  expect(Array.from(env.step(0).obs)).toEqual([0, 0, 1, 1])
})

test('counts on from a saved state', () => {
  const env = new TimeAwareObservation(limited())
  env.reset()
  env.step(0)
  const copy = new TimeAwareObservation(limited())
  copy.setState(viaJson(env.getState()))
  expect(Array.from(copy.step(0).obs)).toEqual([2, 2])
})
