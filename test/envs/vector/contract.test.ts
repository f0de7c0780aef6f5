/** What TypeScript would have refused: environments in JavaScript, from old Gym, or asynchronous. */
import { Box, CartPole, make } from 'gymnasium-js'
import type { Env } from 'gymnasium-js'
import { SyncVectorEnv } from 'gymnasium-js/vector'
import { TimeLimit } from 'gymnasium-js/wrappers'
import { describe, expect, test } from 'vitest'
import { stub } from './stub-env.ts'

const box = new Box({ low: 0, high: 1, shape: [2] })
const actions = new Uint8Array(4)

/** An environment with some members replaced, whatever their types. */
function broken(members: object): Env {
  return { ...stub(box, box.sample()), ...members }
}

/** Two environments of which the second is broken. */
function batchWith(members: object): SyncVectorEnv {
  return new SyncVectorEnv([() => stub(box, box.sample()), () => broken(members)])
}

describe('what a function returns', () => {
  test('the same environment twice is refused, wrapped anew or not', () => {
    const env = new CartPole()
    const twice = 'a function returned the same environment twice; build a new one at each call'
    const same = () => env
    const wrapped = () => new TimeLimit(env, 5)
    expect(() => new SyncVectorEnv([same, same])).toThrow(new TypeError(`SyncVectorEnv: ${twice}`))
    expect(() => new SyncVectorEnv([wrapped, wrapped])).toThrow(twice)
    expect(() => new SyncVectorEnv([same])).not.toThrow()
  })

  test.each([
    [Promise.resolve(new CartPole()), 'function 0 returned a promise; await what it needs before'],
    [undefined, 'function 0 returned undefined; return the environment that it builds'],
    [CartPole, 'function 0 returned a function; return the environment'],
    [{}, 'env 0: observationSpace is undefined; give it a space of gymnasium-js'],
  ])('%o is no environment', (made, message) => {
    const build = () => made as unknown as Env
    expect(() => new SyncVectorEnv([build])).toThrow(TypeError)
    expect(() => new SyncVectorEnv([build])).toThrow(message)
  })

  test.each([
    ['observationSpace', undefined, 'undefined; give it a space'],
    ['actionSpace', { type: 'Discrete', n: 2 }, 'an object with keys [type, n]; give it a space'],
    ['actionSpace', { kind: 'discrete', n: 2 }, 'an object with keys [kind, n]; give it a space'],
    ['reset', undefined, 'undefined; add the method: it starts an episode and returns { obs'],
    ['step', 1, '1; add the method: it plays one timestep and returns { obs, reward, term'],
    [
      'getState',
      1,
      '1; add the method: it returns all that later steps depend on, as JSON, or leave',
    ],
    [
      'setState',
      {},
      'an object with keys []; add the method: it takes back what getState returned',
    ],
    ['close', true, 'true; add the method: it frees what the environment holds, or leave it out'],
    ['unwrapped', 3, '3; leave it out; in a wrapper return what the inner'],
  ])('%s: %o is refused', (member, value, message) => {
    expect(() => batchWith({ [member]: value })).toThrow(TypeError)
    expect(() => batchWith({ [member]: value })).toThrow(`env 1: ${member} is ${message}`)
  })

  test('a wrapper does not hide what is wrong with its environment', () => {
    const env = Object.assign(new CartPole(), { getState: 1 }) as unknown as Env
    expect(() => new SyncVectorEnv([() => new TimeLimit(env, 5)])).toThrow(
      'env 0, inside its wrappers: getState is 1; add the method',
    )
  })

  test('what may be left out has defaults', () => {
    const { observationSpace, actionSpace } = stub(box, box.sample())
    const reset = () => ({ obs: box.sample() })
    const step = () => ({ obs: box.sample(), reward: 1, terminated: true, truncated: false })
    const bare = () => ({ observationSpace, actionSpace, reset, step })
    for (const env of [bare, () => new TimeLimit(bare(), 5)]) {
      const envs = new SyncVectorEnv([env, env])
      expect(envs.reset().infos).toEqual([{}, {}])
      expect(envs.step(new Uint8Array(4)).infos).toEqual([{ finalInfo: {} }, { finalInfo: {} }])
      expect(() => envs.getState()).toThrow('Object has no getState() and setState()')
      envs.close()
    }
    const wrapped = new TimeLimit(bare(), 5)
    expect(wrapped.render()).toBeUndefined()
    expect(wrapped.unwrapped).toBe(wrapped.env)
  })
})

describe('what reset and step return', () => {
  test.each([
    [undefined, 'reset() returned undefined; return { obs, info }'],
    [
      Float32Array.of(0, 0),
      'reset() returned Float32Array(2), whose obs is undefined; return { obs, info }',
    ],
    [[Float32Array.of(0, 0), {}], 'reset() returned an Array of length 2; return { obs, info }'],
    [
      { info: {} },
      'reset() returned an object with keys [info], whose obs is undefined; return { obs, info',
    ],
  ])('reset: %o is refused', (result, message) => {
    const envs = batchWith({ reset: () => result })
    expect(() => envs.reset()).toThrow(`env 1: ${message}`)
  })

  const sound = { obs: box.sample(), reward: 1, terminated: false, truncated: false, info: {} }
  const old = { obs: box.sample(), reward: 1, done: true }
  test.each([
    [undefined, 'step() returned undefined; return { obs, reward, terminated, truncated, info }'],
    [[box.sample(), 1, true, {}], 'step() returned an Array of length 4; return { obs, reward'],
    [
      { ...sound, obs: undefined },
      'truncated, info], whose obs is undefined; return { obs, reward',
    ],
    [old, 'keys [obs, reward, done], where terminated is undefined and truncated is undefined'],
    [old, 'return both as booleans: terminated where the task itself ended, truncated where it'],
    [{ ...sound, terminated: 1 }, 'where terminated is 1 and truncated is false; return both'],
    [{ ...sound, truncated: null }, 'where terminated is false and truncated is null; return'],
  ])('step: %o is refused', (result, message) => {
    const envs = batchWith({ step: () => result })
    envs.reset()
    expect(() => envs.step(actions)).toThrow('env 1: step() returned ')
    expect(() => envs.step(actions)).toThrow(message)
  })
})

describe('what environments throw', () => {
  /** What `act` throws. */
  function thrownBy(act: () => unknown): unknown {
    try {
      act()
    } catch (error) {
      return error
    }
    return expect.fail('it threw nothing')
  }

  class Maze extends CartPole {
    override reset(): never {
      throw new RangeError('no way out')
    }
  }

  test('keeps its message and cause behind the index and the class of the environment', () => {
    const envs = new SyncVectorEnv([() => new CartPole(), () => new TimeLimit(new Maze(), 5)])
    const error = thrownBy(() => envs.reset())
    expect(error).toEqual(new Error('env 1 (Maze): no way out', { cause: expect.any(RangeError) }))
  })

  test('carries the id of an environment that make built', () => {
    const envs = new SyncVectorEnv([() => make('CartPole-v1')])
    envs.reset()
    expect(() => envs.step(Int32Array.of(7))).toThrow('env 0 (CartPole-v1): ')
    expect(thrownBy(() => envs.step(Int32Array.of(7)))).toHaveProperty('cause.name', 'RangeError')
  })

  test('a thrown value that is no Error is told too', () => {
    const step = () => {
      throw 'out of wood' // eslint-disable-line @typescript-eslint/only-throw-error
    }
    const envs = batchWith({ step })
    envs.reset()
    const error = thrownBy(() => envs.step(actions))
    expect(error).toHaveProperty('cause', 'out of wood')
    expect(error).toHaveProperty('message', expect.stringMatching(/^env 1 \(\w+\): out of wood$/))
  })
})
