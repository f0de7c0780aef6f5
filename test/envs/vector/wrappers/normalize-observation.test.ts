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

test('under SameStep the last observations of episodes go in with the step, the first ones after', () => {
  const inner = () => makeVector('CartPole-v1', 2)
  const [plain, envs] = [inner(), new NormalizeObservation(inner())]
  const statistics = new RunningMeanStd(4, 'float32')
  const normalized = (obs: ArrayLike<number>) =>
    Array.from(obs, (x, i) => {
      const k = i % 4
      return (x - statistics.mean[k]!) / Math.sqrt(statistics.variance[k]! + 1e-8)
    })
  statistics.update(plain.reset({ seed: 4 }).obs)
  envs.reset({ seed: 4 })
  let ends = 0
  for (let t = 0; t < 60; t++) {
    const actions = Int32Array.of(0, t % 2)
    const [want, got] = [plain.step(actions), envs.step(actions)]
    const ended = [0, 1].filter((i) => want.terminated[i])
    const row = (batch: typeof want.obs, i: number) => batch.slice(4 * i, 4 * i + 4)
    const shown = want.obs.slice()
    for (const i of ended) shown.set(row(want.finalObs, i), 4 * i)
    statistics.update(shown)
    const finals = ended.map((i) => normalized(row(want.finalObs, i)))
    for (const i of ended) statistics.update(row(want.obs, i))
    for (const [k, i] of ended.entries())
      for (const [j, x] of row(got.finalObs, i).entries()) expect(x).toBeCloseTo(finals[k]![j]!, 3)
    for (const [i, x] of normalized(want.obs).entries()) expect(got.obs[i]).toBeCloseTo(x, 3)
    ends += ended.length
  }
  expect(ends).toBeGreaterThan(3)
})

test('refuses spaces without arrays', () => {
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
