import { Box, Dict, Discrete, MultiBinary, MultiDiscrete, Rng, Tuple, make } from 'gymnasium-js'
import type { Seed, Space } from 'gymnasium-js'
import { SyncVectorEnv } from 'gymnasium-js/vector'
import type { AutoresetMode } from 'gymnasium-js/vector'
import { describe, expect, test } from 'vitest'
import { ScriptedEnv, episodeOf } from '../scripted-env.ts'
import { randomSteps } from './random-steps.ts'
import { viaJson } from '../via-json.ts'
import { stub } from './stub-env.ts'

const modes: readonly AutoresetMode[] = ['SameStep', 'NextStep']
const none = Int32Array.of(0)

function cartPoles(n: number, autoresetMode: AutoresetMode = 'SameStep'): SyncVectorEnv {
  return new SyncVectorEnv(
    Array.from({ length: n }, () => () => make('CartPole-v1')),
    { autoresetMode },
  )
}

function scripted(autoresetMode: AutoresetMode, ...episodes: number[][]): SyncVectorEnv {
  const script = episodes.map((rewards) => episodeOf(...rewards))
  return new SyncVectorEnv([() => new ScriptedEnv(script)], { autoresetMode })
}

describe('a batch is its environments side by side', () => {
  test('N copies give the trajectories of N single environments seeded s + i', () => {
    const n = 3
    const envs = cartPoles(n)
    const singles = Array.from({ length: n }, () => make('CartPole-v1'))
    const { obs } = envs.reset({ seed: 10 })
    const starts = singles.map((env, i) => env.reset({ seed: 10 + i }).obs)
    expect(Array.from(obs)).toEqual(starts.flatMap((row) => Array.from(row)))
    const rng = new Rng(1)
    for (let t = 0; t < 200; t++) {
      const actions = Int32Array.from({ length: n }, () => rng.randInt(0, 2))
      const batch = envs.step(actions)
      for (const [i, env] of singles.entries()) {
        const step = env.step(actions[i]!)
        const row = (array: ArrayLike<number>) => Array.from(array).slice(4 * i, 4 * i + 4)
        const ended = step.terminated || step.truncated
        if (ended) expect(row(batch.finalObs)).toEqual(Array.from(step.obs))
        expect(row(batch.obs)).toEqual(Array.from(ended ? env.reset().obs : step.obs))
        expect(batch.rewards[i]).toBe(step.reward)
        expect(batch.terminated[i]).toBe(Number(step.terminated))
      }
    }
  })

  test('arrays are reused between steps', () => {
    const envs = cartPoles(2)
    const { obs } = envs.reset({ seed: 1 })
    const first = envs.step(Int32Array.of(0, 1))
    expect(first.obs).toBe(obs)
    expect(envs.step(Int32Array.of(0, 1))).toBe(first)
  })
})

describe('ends of episodes', () => {
  test('SameStep: the next start is in obs, the last observation in finalObs', () => {
    const envs = scripted('SameStep', [1, 2], [5])
    envs.reset()
    envs.step(none)
    const step = envs.step(none)
    expect([step.obs[0], step.finalObs[0], step.rewards[0], step.terminated[0]]).toEqual([
      0, 2, 2, 1,
    ])
    expect([step.episodeReturns[0], step.episodeLengths[0]]).toEqual([3, 2])
    expect(step.infos).toEqual([{ at: 'reset', finalInfo: { t: 2 } }])
    expect(envs.step(none).episodeReturns[0]).toBe(5)
  })

  test('NextStep: the step after an end ignores its action and gives the next start', () => {
    const envs = scripted('NextStep', [1, 2], [5])
    envs.reset()
    envs.step(none)
    const end = structuredClone(envs.step(none))
    expect([end.obs[0], end.finalObs[0], end.terminated[0], end.episodeReturns[0]]).toEqual([
      2, 2, 1, 3,
    ])
    const start = structuredClone(envs.step(none))
    expect([start.obs[0], start.rewards[0], start.terminated[0], start.truncated[0]]).toEqual([
      0, 0, 0, 0,
    ])
    expect([start.episodeReturns[0], start.episodeLengths[0]]).toEqual([0, 0])
    expect(envs.step(none).episodeLengths[0]).toBe(1)
  })

  test('truncation and termination are told apart', () => {
    const envs = new SyncVectorEnv([() => make('CartPole-v1', { maxEpisodeSteps: 1 })])
    envs.reset({ seed: 1 })
    expect(envs.step(none)).toMatchObject({
      terminated: Uint8Array.of(0),
      truncated: Uint8Array.of(1),
    })
  })

  test('a reset drops the running episode and a pending autoreset', () => {
    const envs = scripted('NextStep', [1], [2, 3])
    envs.reset()
    envs.step(none)
    envs.reset()
    expect(envs.step(none).rewards[0]).toBe(2)
  })
})

describe('seeds', () => {
  function seedsSeen(seed: Seed | readonly Seed[] | undefined): unknown[] {
    const built = [0, 1].map(() => new ScriptedEnv([episodeOf(1)]))
    const envs = new SyncVectorEnv(built.map((env) => () => env))
    envs.reset({ seed })
    envs.reset()
    return built.map((env) => env.seen)
  }

  test.each([
    [4, [4, 5]],
    ['s', ['s/0', 's/1']],
    [
      [7, 'x'],
      [7, 'x'],
    ],
    [undefined, [0, 1]],
  ])('%j seeds the environments %j, and later resets go on', (seed, [first, second]) => {
    expect(seedsSeen(seed)).toEqual([
      [{ seed: first }, { seed: undefined }],
      [{ seed: second }, { seed: undefined }],
    ])
  })

  test('bad seeds are refused', () => {
    expect(() => cartPoles(2).reset({ seed: [1] })).toThrow('seed has 1 elements; pass one per env')
    expect(() => cartPoles(2).reset({ seed: -1 })).toThrow('seed is -1')
  })
})

describe('state', () => {
  test.each(modes)('%s: goes on the same from a state saved in mid-episode', (mode) => {
    const envs = cartPoles(4, mode)
    envs.reset({ seed: 2 })
    randomSteps(envs, new Rng(3), 37)
    const copy = cartPoles(4, mode)
    copy.setState(viaJson(envs.getState()))
    expect(randomSteps(copy, new Rng(4), 100)).toEqual(randomSteps(envs, new Rng(4), 100))
  })

  test('keeps a pending autoreset', () => {
    const envs = scripted('NextStep', [1], [2])
    envs.reset()
    envs.step(none)
    const copy = scripted('NextStep', [1], [2])
    copy.setState(viaJson(envs.getState()))
    expect(copy.step(none)).toMatchObject({ rewards: Float64Array.of(0), obs: Float32Array.of(0) })
  })

  test('a restored batch does not seed itself again at its next reset', () => {
    const envs = cartPoles(2)
    envs.reset({ seed: 6 })
    const copy = cartPoles(2)
    copy.setState(viaJson(envs.getState()))
    expect(copy.reset().obs).toEqual(envs.reset().obs)
  })

  test('a state of another size is refused', () => {
    expect(() => cartPoles(2).setState(cartPoles(3).getState())).toThrow('state.envs')
  })
})

describe('what environments return is checked', () => {
  const box = new Box({ low: 0, high: 1, shape: [2] })
  const open = new Box({ low: -Infinity, high: Infinity, shape: [1] })
  const actions = new Uint8Array(4)

  test.each([
    [box, new Float32Array(3), 'expected 2 elements (shape [2]), found 3'],
    [box, new Float64Array(2), 'expected a Float32Array (dtype float32), found Float64Array(2)'],
    [box, [0, 0, 0], 'found an Array of length 3'],
    [box, [0, 'a'], 'found an Array of length 2'],
    [box, [0, NaN], 'element 1 is NaN: look for a division by zero'],
    [new Box({ low: 0, high: 9, shape: [1], dtype: 'uint8' }), [0.5], 'found an Array of length 1'],
    [box, Float32Array.of(0, NaN), 'element 1 is NaN: look for a division by zero'],
    [box, Float32Array.of(0, -Infinity), 'element 1 is -Infinity: clip it in the environment'],
    [open, Float32Array.of(Infinity), 'element 0 is Infinity: clip it in the environment'],
    [new MultiDiscrete([3, 2]), Int32Array.of(2, 2), 'element 1 is 2; expected an integer from 0'],
    [new MultiDiscrete([3, 2]), Int32Array.of(-1, 0), 'element 0 is -1; expected an integer'],
    [new MultiDiscrete([3, 2]), Int32Array.of(0), 'expected an Int32Array of length 2'],
    [new MultiBinary(2), Uint8Array.of(0, 2), 'element 1 is 2; expected 0 or 1'],
    [new Discrete(2), 2, 'expected an integer from 0 to 1, found 2'],
    [new Discrete(2), 0.5, 'found 0.5'],
  ])('%s refuses %j', (space: Space, obs, message) => {
    const envs = new SyncVectorEnv([() => stub(space, space.sample()), () => stub(space, obs)])
    envs.reset()
    expect(() => envs.step(actions)).toThrow('env 1: the observation')
    expect(() => envs.step(actions)).toThrow(message)
  })

  test.each([
    [box, [0.5, 1], [0.5, 1]],
    [new Box({ low: 0, high: 1, shape: [2, 2] }), [[0, 1], [0.25, 0]], [0, 1, 0.25, 0]], // prettier-ignore
    [open, 0.5, [0.5]],
    [new Box({ low: 0, high: 9, shape: [2], dtype: 'uint8' }), [3, 9], [3, 9]],
    [new MultiDiscrete([3, 2]), [2, 1], [2, 1]],
    [new MultiBinary(2), [1, 0], [1, 0]],
  ])('%s takes %j as it is meant', (space: Space, obs, row) => {
    const envs = new SyncVectorEnv([() => stub(space, obs)])
    envs.reset()
    expect(Array.from(envs.step(actions.subarray(0, 2)).obs)).toEqual(row)
  })

  test.each([
    [new MultiDiscrete([3, 2]), Int32Array.of(2, 1)],
    [new MultiBinary(2), Uint8Array.of(1, 0)],
  ])('%s takes its highest values', (space: Space, obs) => {
    const envs = new SyncVectorEnv([() => stub(space, obs)])
    envs.reset()
    expect(envs.step(new Uint8Array(2)).obs).toEqual(obs)
  })

  test('an infinite first observation is refused', () => {
    const reset = () => ({ obs: Float32Array.of(Infinity), info: {} })
    const envs = new SyncVectorEnv([() => ({ ...stub(open, open.sample()), reset })])
    expect(() => envs.reset()).toThrow('env 0: the observation Float32Array(1) must be finite')
  })

  test.each([
    [NaN, 'NaN; step() must return a finite number: look for a division by zero'],
    [Infinity, 'Infinity; step() must return a finite number: clip it in the environment'],
    [-Infinity, '-Infinity; step() must return a finite number: clip it'],
    [null, 'null; step() must return a finite number'],
    ['1', "'1'; step() must return a finite number"],
  ])('a reward of %o is refused', (reward, message) => {
    const envs = new SyncVectorEnv([() => stub(box, box.sample(), reward)])
    envs.reset()
    expect(() => envs.step(new Uint8Array(2))).toThrow(`env 0: reward is ${message}`)
  })

  test('an observation outside the bounds passes: velocities overshoot in honest environments', () => {
    const envs = new SyncVectorEnv([() => stub(box, Float32Array.of(0, 7))])
    envs.reset()
    expect(envs.step(new Uint8Array(2)).obs[1]).toBe(7)
  })
})

describe('actions', () => {
  test.each([[new Int32Array(3)], [new Float32Array(2)]])(
    '%j for two CartPoles is refused',
    (a) => {
      const envs = cartPoles(2)
      envs.reset({ seed: 1 })
      expect(() => envs.step(a)).toThrow('expected 2 x 1 elements of dtype int32')
    },
  )

  test('array actions reach each environment as its own copy', () => {
    const space = new Box({ low: 0, high: 1 })
    const seen: unknown[] = []
    const build = () => ({
      ...stub(space, space.sample()),
      step: (action: unknown) => {
        seen.push(action)
        return { obs: space.sample(), reward: 0, terminated: false, truncated: false, info: {} }
      },
    })
    const envs = new SyncVectorEnv([build, build])
    envs.reset()
    const actions = Uint8Array.of(1, 0, 0, 1)
    envs.step(actions)
    actions.fill(9)
    expect(seen).toEqual([Uint8Array.of(1, 0), Uint8Array.of(0, 1)])
  })
})

describe('construction', () => {
  test('refuses no environments, unlike ones, and spaces that cannot be batched', () => {
    const of = (space: Space) => () => stub(space, 0)
    const part = new Discrete(2)
    expect(() => new SyncVectorEnv([])).toThrow('envFns is empty')
    expect(() => new SyncVectorEnv([of(part), of(new Discrete(3))])).toThrow('env 1 has spaces')
    expect(() => new SyncVectorEnv([of(new Tuple([part]))])).toThrow('FlattenObservation')
    expect(() => new SyncVectorEnv([of(new Dict({ part }))])).toThrow('FlattenObservation')
    expect(() => new SyncVectorEnv([of(new Discrete(2 ** 40))])).toThrow('int32')
  })

  test('refuses an unknown autoreset mode', () => {
    const options = { autoresetMode: 'Disabled' as AutoresetMode }
    expect(() => new SyncVectorEnv([() => make('CartPole')], options)).toThrow("'SameStep'")
  })

  test('closes every environment', () => {
    const built = [0, 1].map(() => new ScriptedEnv([episodeOf(1)]))
    new SyncVectorEnv(built.map((env) => () => env)).close()
    expect(built.map((env) => env.seen)).toEqual([['close'], ['close']])
  })
})
