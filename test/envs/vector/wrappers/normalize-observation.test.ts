import { Discrete } from 'gymnasium-js'
import { NormalizeObservation, SyncVectorEnv, makeVector } from 'gymnasium-js/vector'
import { RunningMeanStd } from 'gymnasium-js/wrappers'
import { expect, test } from 'vitest'
import { ScriptedEnv, episodeOf } from '../../scripted-env.ts'
import { viaJson } from '../../via-json.ts'
import { stub } from '../stub-env.ts'

const NOOP = new Int32Array(2)

function scripted(): NormalizeObservation {
  const envFns = [
    [1, 1],
    [1, 1, 1],
  ].map((rewards) => () => new ScriptedEnv([episodeOf(...rewards), episodeOf(1)]))
  return new NormalizeObservation(new SyncVectorEnv(envFns, { autoresetMode: 'NextStep' }))
}

test('all environments go into one statistic, resets too', () => {
  const envs = scripted()
  envs.reset() // observations 0, 0
  envs.step(NOOP) // 1, 1
  envs.step(NOOP) // 2, 2: the first one ends
  envs.step(NOOP) // 0, 3: and resets
  const expected = new RunningMeanStd(1, 'float32')
  for (const batch of [
    [0, 0],
    [1, 1],
    [2, 2],
    [0, 3],
  ])
    expected.update(Float32Array.from(batch))
  expect(envs.statistics.getState()).toEqual(expected.getState())
})

test('the last observation is normalized in finalObs as in obs', () => {
  const envs = scripted()
  envs.reset()
  envs.step(NOOP)
  const { obs, finalObs, terminated } = envs.step(NOOP)
  expect(Array.from(terminated)).toEqual([1, 0])
  expect(finalObs[0]).toBe(obs[0])
  expect(obs[0]).toBeCloseTo(1 / Math.sqrt(2 / 3), 3) // of 0, 0, 1, 1, 2, 2
})

test('its space is unbounded', () => {
  expect(scripted().singleObservationSpace.toString()).toBe('Box(-inf, inf, (1,), float32)')
})

test('refuses SameStep and spaces without arrays', () => {
  expect(() => new NormalizeObservation(makeVector('CartPole-v1', 2))).toThrow(
    "autoresetMode is 'SameStep'; build the vector environment with autoresetMode: 'NextStep'",
  )
  const choices = new SyncVectorEnv([() => stub(new Discrete(2), 0)])
  expect(() => new NormalizeObservation(choices)).toThrow('is Discrete(2), not a Box')
})

test('goes on exactly from a saved state', () => {
  const build = () =>
    new NormalizeObservation(makeVector('Pendulum-v1', 3, { autoresetMode: 'NextStep' }))
  const envs = build()
  envs.reset({ seed: 1 })
  const actions = Float32Array.of(-1, 0, 1)
  for (let t = 0; t < 10; t++) envs.step(actions)
  const copy = build()
  copy.setState(viaJson(envs.getState()))
  for (let t = 0; t < 5; t++) expect(copy.step(actions).obs).toEqual(envs.step(actions).obs)
})
