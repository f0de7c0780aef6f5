import { Box, Discrete, Rng, Tuple, make } from 'gymnasium-js'
import type { RandomSource } from 'gymnasium-js'
import { StickyAction } from 'gymnasium-js/wrappers'
import type { StickyActionOptions } from 'gymnasium-js/wrappers'
import { expect, test } from 'vitest'
import { actionRecorder } from '../action-recorder.ts'
import { viaJson } from '../via-json.ts'

/** A source that hands back numbers, and integers as recorded. */
function draws(reals: number[], integers: number[] = []): RandomSource {
  return {
    random: () => reals.shift() ?? expect.fail('a draw too many'),
    randInt: (lo, hi) => {
      const drawn = integers.shift() ?? expect.fail('an integer too many')
      expect([lo <= drawn, drawn < hi]).toEqual([true, true])
      return drawn
    },
  }
}

function played(options: StickyActionOptions, source: RandomSource, actions: number[]): number[] {
  const inner = actionRecorder(new Discrete(10))
  const env = new StickyAction(inner, options, source)
  env.reset()
  for (const action of actions) env.step(action)
  return inner.got
}

test('repeats the action that was played where the draw is below the probability', () => {
  const reals = [0.24, 0.25, 0.1, 0.2, 0.9]
  const got = played({ repeatActionProbability: 0.25 }, draws(reals), [1, 2, 3, 4, 5, 6])
  expect(got).toEqual([1, 1, 3, 3, 3, 6]) // the first action has nothing to repeat and draws nothing
  expect(reals).toEqual([])
})

test('sticks for as long as was drawn, without further draws', () => {
  const options: StickyActionOptions = {
    repeatActionProbability: 0.5,
    repeatActionDuration: [1, 3],
  }
  const reals = [0.4, 0.6, 0.4]
  const integers = [3, 1]
  const got = played(options, draws(reals, integers), [1, 2, 3, 4, 5, 6])
  expect(got).toEqual([1, 1, 1, 1, 5, 5])
  expect([reals, integers]).toEqual([[], []])
})

test('a fixed duration draws no integer', () => {
  const options: StickyActionOptions = { repeatActionProbability: 0.5, repeatActionDuration: 2 }
  expect(played(options, draws([0.4, 0.6]), [1, 2, 3, 4])).toEqual([1, 1, 1, 4])
})

test('an action that was refused is not repeated', () => {
  const env = new StickyAction(
    make('FrozenLake-v1'),
    { repeatActionProbability: 0.5 },
    draws([0.1]),
  )
  env.reset()
  expect(() => env.step(7)).toThrow('FrozenLake: action is 7')
  env.step(2)
  expect(env.step(0).info).toHaveProperty('prob') // repeats 2, and not 7
})

test('a reset forgets the last action', () => {
  const inner = actionRecorder(new Discrete(10))
  const env = new StickyAction(inner, { repeatActionProbability: 0.5 }, draws([0.1]))
  env.reset()
  env.step(1)
  env.reset()
  env.step(2)
  env.step(3)
  expect(inner.got).toEqual([1, 2, 2])
})

test('a seed restarts its own stream; without one the stream goes on', () => {
  const run = (env: StickyAction<number, number>, seed?: number) => {
    const inner = env.env as ReturnType<typeof actionRecorder<number>>
    inner.got.length = 0
    env.reset(seed === undefined ? undefined : { seed })
    for (let t = 0; t < 50; t++) env.step(t % 10)
    return [...inner.got]
  }
  const env = new StickyAction(actionRecorder(new Discrete(10)), { repeatActionProbability: 0.5 })
  const first = run(env, 7)
  expect(run(env)).not.toEqual(first)
  expect(run(env, 7)).toEqual(first)
  expect(run(env, 8)).not.toEqual(first)
  const stream = new Rng(7).stream('sticky action')
  const expected: number[] = [0]
  for (let t = 1; t < 50; t++) expected.push(stream.random() < 0.5 ? expected[t - 1]! : t % 10)
  expect(first).toEqual(expected)
})

test('keeps a copy of an action, not the array that the caller may reuse', () => {
  const inner = actionRecorder(new Box({ low: -1, high: 1, shape: [1] }))
  const env = new StickyAction(inner, { repeatActionProbability: 0.5 }, draws([0.1]))
  env.reset()
  const action = Float32Array.of(0.5)
  env.step(action)
  action[0] = -0.5
  env.step(action)
  expect(inner.got[1]).toEqual(Float32Array.of(0.5))
})

test('last action, running repetition and stream are part of the state', () => {
  const space = new Tuple([new Discrete(3), new Box({ low: -1, high: 1, shape: [2] })])
  const build = () =>
    new StickyAction(actionRecorder(space), {
      repeatActionProbability: 0.7,
      repeatActionDuration: [1, 4],
    })
  const env = build()
  env.reset({ seed: 5 })
  const rng = new Rng(1)
  for (let t = 0; t < 40; t++) {
    const copy = build()
    copy.setState(viaJson(env.getState()))
    const actions = [space.sample(rng), space.sample(rng)]
    const got = (env.env as ReturnType<typeof actionRecorder>).got
    for (const action of actions) {
      copy.step(action)
      env.step(action)
    }
    expect((copy.env as ReturnType<typeof actionRecorder>).got).toEqual(got.slice(-2))
  }
})

test.each([1, -0.1, NaN])('a probability of %d is refused', (repeatActionProbability) => {
  const env = actionRecorder(new Discrete(2))
  expect(() => new StickyAction(env, { repeatActionProbability })).toThrow('pass 0 <= p < 1')
})

test.each([0, 1.5, [3, 2] as const])('a duration of %j is refused', (repeatActionDuration) => {
  const env = actionRecorder(new Discrete(2))
  expect(
    () => new StickyAction(env, { repeatActionProbability: 0.5, repeatActionDuration }),
  ).toThrow('pass an integer >= 1, or two in ascending order')
})
