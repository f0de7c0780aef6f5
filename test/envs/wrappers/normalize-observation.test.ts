import { Box, Discrete } from 'gymnasium-js'
import { NormalizeObservation } from 'gymnasium-js/wrappers'
import { expect, test } from 'vitest'
import { ScriptedEnv } from '../scripted-env.ts'
import { stub } from '../vector/stub-env.ts'
import { viaJson } from '../via-json.ts'

const build = () => {
  const steps = [4, 1, -3].map((x) => [[x], 1, false, false] as const)
  return new NormalizeObservation(new ScriptedEnv([{ reset: [2], steps }]))
}

test('the space is unbounded float32 of the same shape', () => {
  const image = new Box({ low: 0, high: 255, shape: [2, 3], dtype: 'uint8' })
  const { observationSpace } = new NormalizeObservation(stub(image, image.sample()))
  expect(observationSpace.toString()).toBe('Box(-inf, inf, (2, 3), float32)')
})

test('the first observation is seen against almost nothing', () => {
  // mean = 2 / 1.0001; variance = (1e-4 + 4e-4 / 1.0001) / 1.0001
  const mean = 2 / 1.0001
  const variance = (1e-4 + 4e-4 / 1.0001) / 1.0001
  const want = (2 - mean) / Math.sqrt(variance + 1e-8)
  expect(build().reset().obs[0]).toBeCloseTo(want, 4) // float32 keeps four digits of 2 - mean
})

test('later observations are seen against all before them', () => {
  const env = build()
  env.reset()
  const normalized = [env.step(0), env.step(0)].map(({ obs }) => obs[0]!)
  // Of 2, 4 the mean is 3, the deviation 1; of 2, 4, 1 it is 7/3 and sqrt(14)/3, but for the start
  // values' weight of 1e-4.
  expect(normalized[0]).toBeCloseTo(1, 3)
  expect(normalized[1]).toBeCloseTo((1 - 7 / 3) / (Math.sqrt(14) / 3), 3)
})

test('frozen statistics are used and not changed', () => {
  const env = build()
  env.reset()
  env.step(0)
  const before = env.statistics.getState()
  env.updateRunningMean = false
  expect(env.step(0).obs[0]).toBeCloseTo(-2, 2) // 1 against mean 3, deviation 1
  expect(env.statistics.getState()).toEqual(before)
})

test('statistics and freezing are part of the state', () => {
  const env = build()
  env.reset()
  env.step(0)
  env.updateRunningMean = false
  const copy = build()
  copy.setState(viaJson(env.getState()))
  expect(copy.updateRunningMean).toBe(false)
  env.updateRunningMean = copy.updateRunningMean = true
  expect(copy.step(0)).toEqual(env.step(0))
  expect(copy.getState()).toEqual(env.getState())
})

test('refuses spaces without arrays and observations that are not finite', () => {
  expect(() => new NormalizeObservation(stub(new Discrete(3), 0))).toThrow('not a Box')
  const env = new NormalizeObservation(stub(new Box({ low: -1, high: 1 }), Float32Array.of(NaN)))
  expect(() => env.step(0)).toThrow('holds NaN in column 0')
})
