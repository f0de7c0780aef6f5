import fc from 'fast-check'
import { Box, Discrete, make } from 'gymnasium-js'
import { FrameStack } from 'gymnasium-js/wrappers'
import type { FrameStackOptions } from 'gymnasium-js/wrappers'
import { expect, expectTypeOf, test } from 'vitest'
import { ScriptedEnv, episodeOf } from '../scripted-env.ts'
import type { ScriptedEpisode } from '../scripted-env.ts'
import { stub } from '../vector/stub-env.ts'
import { viaJson } from '../via-json.ts'

test('the space repeats bounds and puts the stack in front of the shape', () => {
  const env = new FrameStack(make('CartPole-v1'), 2)
  const { low, high } = make('CartPole-v1').observationSpace as Box
  expect(env.observationSpace.shape).toEqual([2, 4])
  expect(Array.from(env.observationSpace.low)).toEqual([...low, ...low])
  expect(Array.from(env.observationSpace.high)).toEqual([...high, ...high])
  expectTypeOf(env.reset().obs).toEqualTypeOf<Float32Array>()
})

test('keeps the dtype and shape of images', () => {
  const image = new Box({ low: 0, high: 1, shape: [2, 2, 3], dtype: 'uint8' })
  const { observationSpace } = new FrameStack(stub(image, image.sample()), 4)
  expect([observationSpace.shape, observationSpace.dtype]).toEqual([[4, 2, 2, 3], 'uint8'])
})

test.each([
  ['reset', [7, 7, 7]],
  ['zero', [0, 0, 7]],
  [Float32Array.of(5), [5, 5, 7]],
] as const)('padding %j stands before the first observation', (padding, first) => {
  const script: ScriptedEpisode[] = [{ reset: [7], steps: [[[8], 0, false, false]] }]
  const env = new FrameStack(new ScriptedEnv(script), 3, { padding })
  for (let episode = 0; episode < 2; episode++) {
    expect(Array.from(env.reset().obs)).toEqual(first)
    expect(Array.from(env.step(0).obs)).toEqual([...first.slice(1), 8])
  }
})

test('zero padding is the nearest bound where zero is outside', () => {
  const space = new Box({ low: [2, -3, -1], high: [4, -2, 1] })
  const env = stub(space, Float32Array.of(3, -2, 0))
  const stack = new FrameStack(env, 2, { padding: 'zero' })
  const { obs } = stack.reset()
  expect(Array.from(obs as Float32Array).slice(0, 3)).toEqual([2, -2, 0])
  expect(stack.observationSpace.contains(obs)).toBe(true)
})

test('is the last n of the list of all observations', () => {
  const pieces = fc.array(fc.float({ noNaN: true }), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(pieces, fc.integer({ min: 1, max: 5 }), (values, n) => {
      const steps = values.slice(1).map((x) => [[x], 0, false, false] as const)
      const env = new FrameStack(new ScriptedEnv([{ reset: [values[0]!], steps }]), n)
      const seen = new Array<number>(n - 1).fill(values[0]!)
      const kept = [env.reset().obs, ...steps.map(() => env.step(0).obs)]
      for (const [t, obs] of kept.entries()) {
        seen.push(values[t]!)
        expect(obs).toEqual(Float32Array.from(seen.slice(-n)))
      }
    }),
  )
})

test('stacks on from a saved state, negative zero and infinity included', () => {
  const build = () => {
    const values = [-0, Infinity, 1]
    const steps = values.map((x) => [[x], 0, false, false] as const)
    return new FrameStack(new ScriptedEnv([{ reset: [-Infinity], steps }]), 3)
  }
  const env = build()
  env.reset()
  env.step(0)
  env.step(0)
  const copy = build()
  copy.setState(viaJson(env.getState()))
  expect(copy.step(0).obs).toEqual(Float32Array.of(-0, Infinity, 1))
})

test('refuses what it cannot stack, saying why', () => {
  const build = (n: number, options?: FrameStackOptions<Float32Array>) =>
    new FrameStack(new ScriptedEnv([episodeOf(1)]), n, options)
  expect(() => build(0)).toThrow('stackSize is 0; pass an integer >= 1')
  expect(() => build(1e9)).toThrow(
    'stackSize is 1000000000, which makes observations of 1000000000 numbers; pass at most 50000000',
  )
  expect(() => build(2, { padding: new Float32Array(2) })).toThrow('expected 1 elements')
  expect(() => new FrameStack(stub(new Discrete(3), 0), 2)).toThrow(
    'FrameStack: the observation space is Discrete(3), not a Box; put FlattenObservation inside',
  )
  const wrong = new FrameStack(stub(new Box({ low: 0, high: 1, shape: [2] }), [0, 0, 0]), 2)
  wrong.reset()
  expect(() => wrong.step(0)).toThrow(
    'the observation is an Array of length 3; pass a Float32Array(2)',
  )
})

test('a state of another size is refused before anything changes', () => {
  const env = new FrameStack(new ScriptedEnv([episodeOf(1, 1)]), 2)
  env.reset()
  const before = env.getState()
  expect(() => {
    env.setState({ ...before, env: { episode: 9, t: 9 }, frames: [0] })
  }).toThrow('expected a value of Box')
  expect(env.getState()).toEqual(before)
})
