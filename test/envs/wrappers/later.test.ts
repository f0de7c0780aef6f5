/** Every wrapper around an environment that answers later gives what it gives around one that answers at once, later. */
import { type AsyncEnv, Box, type CompleteEnv, Pendulum, Rng } from 'gymnasium-js'
import { NormalizeObservation, NormalizeReward, SyncVectorEnv } from 'gymnasium-js/vector'
import * as wrappers from 'gymnasium-js/wrappers'
import { expect, test } from 'vitest'
import { later } from '../../helpers/later.ts'

const w = wrappers
const flat = new Box({ low: -9, high: 9, shape: [3] })
const WRAPPERS: Readonly<Record<string, (env: AsyncEnv) => CompleteEnv>> = {
  Autoreset: (env) => new w.Autoreset(new w.TimeLimit(env, 7)),
  ClipAction: (env) => new w.ClipAction(env),
  ClipReward: (env) => new w.ClipReward(env, { minReward: -1, maxReward: 1 }),
  DiscretizeAction: (env) => new w.DiscretizeAction(env, 5),
  FlattenObservation: (env) => new w.FlattenObservation(env),
  FrameStack: (env) => new w.FrameStack(env, 3),
  NormalizeObservation: (env) => new w.NormalizeObservation(env),
  NormalizeReward: (env) => new w.NormalizeReward(env),
  OrderEnforcing: (env) => new w.OrderEnforcing(env),
  PassiveEnvChecker: (env) => new w.PassiveEnvChecker(env),
  RecordEpisodeStatistics: (env) => new w.RecordEpisodeStatistics(new w.TimeLimit(env, 7)),
  RepeatAction: (env) => new w.RepeatAction(env, 3),
  RescaleAction: (env) => new w.RescaleAction(env),
  RescaleObservation: (env) => new w.RescaleObservation(env),
  StickyAction: (env) => new w.StickyAction(env, { repeatActionProbability: 0.5 }),
  TimeAwareObservation: (env) => new w.TimeAwareObservation(new w.TimeLimit(env, 7)),
  TimeLimit: (env) => new w.TimeLimit(env, 7),
  TransformObservation: (env) => new w.TransformObservation(env, (obs) => obs, flat),
  TransformReward: (env) => new w.TransformReward(env, (reward) => reward / 2),
}

/** What a wrapper returned: a promise around an environment that answers later, whatever its type says. */
const there = <T>(result: T): Promise<T> => Promise.resolve(result)

/** What comes of 20 timesteps, waited for. */
async function played(env: CompleteEnv): Promise<unknown[]> {
  const rng = new Rng('actions')
  const seen: unknown[] = [structuredClone(await there(env.reset({ seed: 1 })))]
  for (let t = 0; t < 20; t++) {
    const step = await there(env.step(env.actionSpace.sample(rng)))
    seen.push(structuredClone(step))
    const isOver = (step.terminated || step.truncated) && !(env instanceof w.Autoreset)
    if (isOver) seen.push(structuredClone(await there(env.reset())))
  }
  return [...seen, env.getState()]
}

test('all wrappers are here but those that only serve as bases, and videos', () => {
  const others = ['ActionWrapper', 'ObservationWrapper', 'RewardWrapper', 'RecordVideo']
  const classes = Object.keys(wrappers).filter((name) => /^[A-Z]/.test(name))
  expect(Object.keys(WRAPPERS).sort()).toEqual(
    classes.filter((name) => ![...others, 'RunningMeanStd'].includes(name)).sort(),
  )
})

test.each(Object.entries(WRAPPERS))('%s', async (_, wrap) => {
  const near = await played(wrap(new Pendulum()))
  expect(await played(wrap(later(new Pendulum())))).toEqual(near)
})

test('of vector environments', async () => {
  const runs = []
  for (const make of [() => new Pendulum(), () => later(new Pendulum())]) {
    const envFns = Array.from({ length: 3 }, () => () => new w.TimeLimit(make(), 5))
    const inner = new SyncVectorEnv(envFns, { autoresetMode: 'NextStep' })
    const envs = new NormalizeReward(new NormalizeObservation(inner))
    const seen: unknown[] = [structuredClone(await there(envs.reset({ seed: 1 })))]
    for (let t = 0; t < 12; t++)
      seen.push(structuredClone(await there(envs.step(Float32Array.of(1, 0, t / 12)))))
    runs.push([...seen, envs.getState()])
  }
  expect(runs[1]).toEqual(runs[0])
})
