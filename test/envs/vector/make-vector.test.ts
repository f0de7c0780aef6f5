import { makeVector } from 'gymnasium-js/vector'
import { expect, test } from 'vitest'

test('builds copies with the options of make', () => {
  const envs = makeVector('CartPole', 3, { autoresetMode: 'NextStep', maxEpisodeSteps: 1 })
  expect([envs.numEnvs, envs.autoresetMode]).toEqual([3, 'NextStep'])
  expect(envs.spec).toMatchObject({ id: 'CartPole-v1', maxEpisodeSteps: 1, kwargs: {} })
  expect(envs.reset({ seed: 1 }).obs).toHaveLength(12)
  expect(envs.step(new Int32Array(3)).truncated).toEqual(Uint8Array.of(1, 1, 1))
})

test.each([0, -1, 1.5])('%d environments are refused', (n) => {
  expect(() => makeVector('CartPole-v1', n)).toThrow(`numEnvs is ${n}; pass an integer >= 1`)
})
