/** What every wrapper keeps: determinism, an exact state, observations in their space. */

import fc from 'fast-check'
import { Rng, make } from 'gymnasium-js'
import type { CompleteEnv } from 'gymnasium-js'
import {
  Autoreset,
  ClipAction,
  ClipReward,
  DiscretizeAction,
  FlattenObservation,
  FrameStack,
  NormalizeObservation,
  NormalizeReward,
  OrderEnforcing,
  PassiveEnvChecker,
  RecordEpisodeStatistics,
  RepeatAction,
  RescaleAction,
  RescaleObservation,
  StickyAction,
  TimeAwareObservation,
  TimeLimit,
  TransformObservation,
  TransformReward,
} from 'gymnasium-js/wrappers'
import { expect, test } from 'vitest'
import { viaJson } from '../via-json.ts'

const pendulum = () => make('Pendulum-v1', { maxEpisodeSteps: 6 })
const lake = () => make('FrozenLake-v1', { maxEpisodeSteps: 6 })

const WRAPPED: Readonly<Record<string, () => CompleteEnv>> = {
  Autoreset: () => new Autoreset(pendulum()),
  ClipAction: () => new ClipAction(pendulum()),
  ClipReward: () => new ClipReward(pendulum(), { minReward: -2 }),
  DiscretizeAction: () => new DiscretizeAction(pendulum(), 7),
  FlattenObservation: () => new FlattenObservation(lake()),
  FrameStack: () => new FrameStack(pendulum(), 3),
  'FrameStack, zeros': () => new FrameStack(pendulum(), 3, { padding: 'zero' }),
  NormalizeObservation: () => new NormalizeObservation(pendulum()),
  NormalizeReward: () => new NormalizeReward(pendulum()),
  OrderEnforcing: () => new OrderEnforcing(pendulum()),
  PassiveEnvChecker: () => new PassiveEnvChecker(lake()),
  RecordEpisodeStatistics: () => new RecordEpisodeStatistics(pendulum()),
  RepeatAction: () => new RepeatAction(pendulum(), 2),
  RescaleAction: () => new RescaleAction(pendulum()),
  RescaleObservation: () => new RescaleObservation(pendulum()),
  StickyAction: () => new StickyAction(lake(), { repeatActionProbability: 0.4 }),
  'StickyAction, arrays': () =>
    new StickyAction(pendulum(), { repeatActionProbability: 0.4, repeatActionDuration: [1, 3] }),
  TimeAwareObservation: () => new TimeAwareObservation(lake()),
  TimeLimit: () => new TimeLimit(pendulum(), 4),
  TransformObservation: () => {
    const inner = pendulum()
    return new TransformObservation(inner, (obs) => obs.map((x) => x / 2), inner.observationSpace)
  },
  TransformReward: () => new TransformReward(pendulum(), (reward) => reward + 1),
  'all the way up': () =>
    new NormalizeReward(
      new NormalizeObservation(
        new FrameStack(new TimeAwareObservation(new RescaleAction(pendulum())), 2),
      ),
    ),
}

/** Plays on with random actions and resets at ends; everything that comes out, in order. */
function play(env: CompleteEnv, actions: Rng, steps: number): unknown[] {
  const out: unknown[] = []
  for (let t = 0; t < steps; t++) {
    const step = env.step(env.actionSpace.sample(actions))
    out.push(step)
    if (step.terminated || step.truncated) out.push(env.reset())
  }
  return out
}

const seeds = fc.nat()
const lengths = fc.nat({ max: 20 })

/** Statistics outlive a reset on purpose. */
const forgetful = Object.entries(WRAPPED).filter(([name]) => !/Normalize|all the way/.test(name))

test.each(forgetful)('%s: a seed gives the same trajectory, whatever was before', (_, build) => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const [a, b] = [build(), build()]
      play(a, primed(a, seed + 1), 3)
      const run = (env: CompleteEnv) => [env.reset({ seed }), ...play(env, new Rng(seed), 12)]
      expect(run(a)).toEqual(run(b))
    }),
    { numRuns: 10 },
  )
})

/** Resets and gives the stream of actions. */
function primed(env: CompleteEnv, seed: number): Rng {
  env.reset({ seed })
  return new Rng(seed)
}

test.each(Object.entries(WRAPPED))('%s: a saved state goes on exactly', (_, build) => {
  fc.assert(
    fc.property(seeds, lengths, (seed, steps) => {
      const env = build()
      const actions = primed(env, seed)
      play(env, actions, steps)
      const copy = build()
      const saved = viaJson(env.getState())
      copy.setState(saved)
      expect(viaJson(copy.getState())).toEqual(saved)
      const sameActions = Rng.fromState(actions.getState())
      expect(play(copy, sameActions, 12)).toEqual(play(env, actions, 12))
    }),
    { numRuns: 20 },
  )
})

test.each(Object.entries(WRAPPED))('%s: observations are in its space, and kept', (_, build) => {
  const env = build()
  const { obs } = env.reset({ seed: 4 })
  const before = structuredClone(obs)
  const actions = new Rng(4)
  for (let t = 0; t < 5; t++) {
    const step = env.step(env.actionSpace.sample(actions))
    expect(env.observationSpace.explain(step.obs)).toBeUndefined()
  }
  expect(env.observationSpace.explain(obs)).toBeUndefined()
  expect(obs).toEqual(before)
})

test.each(Object.entries(WRAPPED))('%s: a state without its own part is refused', (_, build) => {
  const env = build()
  env.reset({ seed: 1 })
  const own = Object.keys(env.getState()).filter((key) => key !== 'env')
  for (const key of own) {
    const { [key]: left, ...rest } = env.getState()
    expect(left).toBeDefined()
    expect(() => {
      build().setState(rest)
    }).toThrow(TypeError)
  }
})

test.each(Object.entries(WRAPPED))('%s: a reset that is refused changes nothing', (_, build) => {
  const env = build()
  play(env, primed(env, 5), 3)
  const before = env.getState()
  expect(() => env.reset({ seed: -1 })).toThrow(RangeError)
  expect(() => env.reset({ seed: 6, options: { unknown: 1 } })).toThrow(TypeError)
  expect(env.getState()).toEqual(before)
})

/** StickyAction draws before it looks at the action. */
const drawless = Object.entries(WRAPPED).filter(([name]) => !name.startsWith('StickyAction'))

test.each(drawless)('%s: a step that is refused changes nothing', (_, build) => {
  const env = build()
  play(env, primed(env, 5), 3)
  const before = env.getState()
  expect(() => env.step('left')).toThrow()
  expect(env.getState()).toEqual(before)
})

test.each(Object.entries(WRAPPED))('%s: forwards what it does not change', (_, build) => {
  const env = build()
  expect(env.spec?.maxEpisodeSteps).toBe(6)
  expect(env.unwrapped.spec).toBe(env.spec)
  env.reset()
  expect(env.render()).toBeUndefined()
  env.close()
})
