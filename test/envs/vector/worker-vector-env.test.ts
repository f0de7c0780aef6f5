import { Rng, make } from 'gymnasium-js'
import type { Env } from 'gymnasium-js'
import { SyncVectorEnv } from 'gymnasium-js/vector'
import type { AutoresetMode, VectorEnv } from 'gymnasium-js/vector'
import { WorkerVectorEnv } from 'gymnasium-js/workers'
import type { WorkerEnvSource, WorkerVectorOptions } from 'gymnasium-js/workers'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { randomSteps } from './random-steps.ts'
import { viaJson } from '../via-json.ts'
import { Moody } from './fixtures/worker-envs.ts'
import { buildWorker } from './worker-build.ts'
import type { WorkerBuild } from './worker-build.ts'

const modes: readonly AutoresetMode[] = ['SameStep', 'NextStep']
let built: WorkerBuild
const open: WorkerVectorEnv[] = []

beforeAll(async () => {
  built = await buildWorker()
})
afterAll(() => built.remove())
afterEach(() => {
  for (const envs of open.splice(0)) envs.close()
})

function workers(
  source: string | WorkerEnvSource,
  n: number,
  options: WorkerVectorOptions = {},
): WorkerVectorEnv {
  const from = typeof source === 'string' ? source : { module: built.module, ...source }
  const envs = new WorkerVectorEnv(from, n, { numWorkers: 2, entry: built.entry, ...options })
  open.push(envs)
  return envs
}

function sync(build: () => Env, n: number, autoresetMode: AutoresetMode): SyncVectorEnv {
  return new SyncVectorEnv(
    Array.from({ length: n }, () => build),
    { autoresetMode },
  )
}

describe('the same numbers as SyncVectorEnv', () => {
  test.each(modes)('%s: by id, bit for bit, with resets and ends of episodes', (autoresetMode) => {
    const envs = workers('CartPole-v1', 5, { autoresetMode })
    const twin = sync(() => make('CartPole-v1'), 5, autoresetMode)
    expect(envs.reset({ seed: 7 })).toEqual(twin.reset({ seed: 7 }))
    expect(randomSteps(envs, new Rng(1), 300)).toEqual(randomSteps(twin, new Rng(1), 300))
    expect(envs.reset()).toEqual(twin.reset())
    expect(envs.reset({ seed: 'x' })).toEqual(twin.reset({ seed: 'x' }))
    expect(randomSteps(envs, new Rng(2), 50)).toEqual(randomSteps(twin, new Rng(2), 50))
  })

  test.each(modes)('%s: infos come through where there are any', (autoresetMode) => {
    const envs = workers({ exportName: 'Moody' }, 3, { autoresetMode })
    const twin = sync(() => new Moody(), 3, autoresetMode)
    expect(envs.reset({ seed: 1 })).toEqual(twin.reset({ seed: 1 }))
    const steps = randomSteps(envs, new Rng(3), 100)
    expect(steps).toEqual(randomSteps(twin, new Rng(3), 100))
    expect(steps[1]).toHaveProperty('infos', [{ t: 2 }, { t: 2 }, { t: 2 }])
  })

  test.each(['Pendulum-v1', 'Taxi-v4', 'MinAtar/Breakout-v1'])('%s: any dtype', (id) => {
    const envs = workers(id, 3)
    const twin = sync(() => make(id), 3, 'SameStep')
    expect(envs.reset({ seed: 4 })).toEqual(twin.reset({ seed: 4 }))
    const rng = new Rng(6)
    for (let t = 0; t < 60; t++) {
      const samples = [0, 1, 2].map(() => envs.singleActionSpace.sample(rng))
      const actions = id.startsWith('Pendulum')
        ? Float32Array.from(samples as Float32Array[], ([torque]) => torque!)
        : Int32Array.from(samples as number[])
      const { finalObs: _, ...step } = envs.step(actions)
      const { finalObs: _twin, ...twinStep } = twin.step(actions)
      expect(step).toEqual(twinStep)
    }
  })

  test('never seeded counts as seeded with 0, reset options arrive', () => {
    const options = { low: 0.01, high: 0.02 }
    const twin = sync(() => make('CartPole-v1'), 2, 'SameStep')
    expect(workers('CartPole-v1', 2).reset({ options })).toEqual(twin.reset({ options }))
  })

  test.each(modes)('%s: a state goes from one to the other and on the same', (autoresetMode) => {
    const envs = workers('CartPole-v1', 5, { autoresetMode })
    const twin = sync(() => make('CartPole-v1'), 5, autoresetMode)
    envs.reset({ seed: 3 })
    twin.reset({ seed: 3 })
    randomSteps(envs, new Rng(4), 40)
    randomSteps(twin, new Rng(4), 40)
    const state = envs.getState()
    expect(state).toEqual(twin.getState())
    const onward = randomSteps(envs, new Rng(5), 100)
    expect(onward).toEqual(randomSteps(twin, new Rng(5), 100))
    const other = workers('CartPole-v1', 5, { autoresetMode, numWorkers: 3 })
    other.setState(viaJson(state))
    expect(randomSteps(other, new Rng(5), 100)).toEqual(onward)
    expect(other.reset()).toEqual(envs.reset()) // not seeded anew
  })

  test('arrays are reused between steps, and are ordinary memory', () => {
    const envs = workers('CartPole-v1', 2)
    const { obs } = envs.reset({ seed: 1 })
    const step = envs.step(Int32Array.of(0, 1))
    expect(step.obs).toBe(obs)
    expect(obs.buffer).toBeInstanceOf(ArrayBuffer)
  })
})

describe('where environments come from', () => {
  test('an id with kwargs, and its spec', () => {
    const kwargs = { maxEpisodeSteps: 1, suttonBartoReward: true }
    const envs = workers({ id: 'CartPole-v1', module: undefined, kwargs }, 2)
    envs.reset()
    expect(envs.step(Int32Array.of(0, 1))).toMatchObject({
      rewards: Float64Array.of(0, 0),
      truncated: Uint8Array.of(1, 1),
    })
    expect(envs.spec).toMatchObject({
      id: 'CartPole-v1',
      maxEpisodeSteps: 1,
      kwargs: { suttonBartoReward: true },
    })
    expect(envs.singleObservationSpace.equals(make('CartPole-v1').observationSpace)).toBe(true)
  })

  test("a module's function with kwargs, and an id that a module registers", () => {
    const lengths = (envs: VectorEnv) => {
      envs.reset()
      return Math.max(
        ...Array.from({ length: 8 }, () => envs.step(Int32Array.of(0, 1)).episodeLengths[0]!),
      )
    }
    expect(lengths(workers({ kwargs: { limit: 4 } }, 2))).toBe(4)
    expect(lengths(workers({ id: 'test/Pole-v3' }, 2))).toBe(7)
  })

  test.each([
    [{ exportName: 'nothing' }, "exports no function or class 'nothing' (it exports: Moody, "],
    [{ exportName: 'answer' }, "no function or class 'answer'"],
    [{ id: 'CartPol-v1' }, "unknown environment 'CartPol-v1'"],
    [{ kwargs: { limit: 0 } }, 'maxEpisodeSteps is 0'],
    [{ module: 'file:///nowhere.mjs' }, 'nowhere.mjs'],
    [{ exportName: 'Moody', kwargs: { mood: 'unborn' } }, 'no licence for Moody'],
    [{ exportName: 'Motley' }, 'the environments of two workers have different spaces'],
    [{ exportName: 'tuples' }, 'FlattenObservation'],
    [{ kwargs: { limit: () => 4 } }, 'a worker does not start: DataCloneError'],
  ])('%j is refused by the constructor', (source, message) => {
    expect(() => workers(source, 2)).toThrow(message)
  })

  test.each([
    ['CartPole-v1', 0, {}, 'numEnvs is 0'],
    ['CartPole-v1', 2, { numWorkers: 3 }, 'numWorkers is 3; pass an integer from 1 to 2'],
    ['CartPole-v1', 2, { timeout: 0 }, 'timeout is 0'],
    ['CartPole-v1', 2, { entry: new URL('file:///nowhere.js') }, 'no file file:///nowhere.js'],
    ['CartPole-v1', 2, { autoresetMode: 'Never' as AutoresetMode }, "'SameStep'"],
    [{}, 2, {}, 'pass an id, a module, or both'],
    [{ module: './maze.js' }, 2, {}, "pass new URL('./maze.js', import.meta.url)"],
  ])('%j, %d, %j is a bad argument', (source, n, options, message) => {
    expect(() => new WorkerVectorEnv(source, n, { entry: built.entry, ...options })).toThrow(
      message,
    )
  })
})

describe('a failure names the environment, its seed and its own words', () => {
  const actions = new Int32Array(4)
  function moody(mood: string, options: WorkerVectorOptions = {}): WorkerVectorEnv {
    return workers({ exportName: 'Moody', kwargs: { mood } }, 4, options)
  }
  const owner = (index: number) =>
    `env ${index} (${String(built.module)}, last seed ${10 + index}): `

  /** The third step, at which environment 2, seeded with 12, misbehaves. */
  function misbehaving(mood: string, options?: WorkerVectorOptions): WorkerVectorEnv {
    const envs = moody(mood, options)
    envs.reset({ seed: 10 })
    envs.step(actions)
    envs.step(actions)
    return envs
  }

  test('thrown in the constructor', () => {
    expect(() => moody('unborn')).toThrow(/^env 0 \(.*, not seeded yet\): no licence for Moody$/)
  })

  test('thrown in reset', () => {
    const envs = moody('bad start')
    expect(() => envs.reset({ seed: 10 })).toThrow(`${owner(2)}cannot get up`)
  })

  test('thrown in step, with the cause; a reset goes on', () => {
    const envs = misbehaving('throws')
    const error = (() => {
      try {
        return envs.step(actions)
      } catch (thrown) {
        return thrown
      }
    })()
    expect(error).toHaveProperty('message', `${owner(2)}stepped on a nail`)
    expect(error).toHaveProperty('cause.name', 'RangeError')
    expect(error).toHaveProperty('cause.stack', expect.stringContaining('misbehave'))
    const twin = sync(() => new Moody(), 4, 'SameStep')
    expect(envs.reset({ seed: 20 })).toEqual(twin.reset({ seed: 20 }))
    expect(randomSteps(envs, new Rng(1), 20)).toEqual(randomSteps(twin, new Rng(1), 20))
  })

  test('a broken contract', () => {
    const envs = misbehaving('nan')
    expect(() => envs.step(actions)).toThrow(
      `${owner(2)}reward is NaN; step() must return a finite`,
    )
  })

  test('an info that cannot be sent', () => {
    const envs = misbehaving('callback')
    expect(() => envs.step(actions)).toThrow(`${owner(2)}info cannot be sent to another thread`)
  })

  test('a thread that ends: all are gone', () => {
    const envs = misbehaving('exits')
    const message = `${owner(2)}its worker thread ended with exit code 3`
    expect(() => envs.step(actions)).toThrow(message)
    expect(() => envs.reset()).toThrow(`its workers are gone: ${message}; build a new one`)
  })

  test('a thread that hangs: all are gone', () => {
    const envs = misbehaving('hangs', { timeout: 4000 }) // in which threads start on a busy machine
    expect(() => envs.step(actions)).toThrow(`${owner(2)}no answer within 4000 ms`)
    expect(() => envs.step(actions)).toThrow('its workers are gone')
  })

  test('a state that cannot be sent', () => {
    const envs = workers({ exportName: 'Stateful' }, 2)
    expect(() => envs.getState()).toThrow('state cannot be sent to another thread')
    expect(envs.reset().infos).toEqual([{}, {}])
  })

  test('wrong actions and states, options that cannot be sent: refused, and nothing is lost', () => {
    const envs = workers('CartPole-v1', 2)
    const { obs } = envs.reset({ seed: 1 })
    expect(() => envs.step(Int32Array.of(0, 1, 0))).toThrow('expected 2 x 1 elements')
    expect(() => envs.step(Int32Array.of(0, 5))).toThrow(/^env 1 \(CartPole-v1, last seed 2\): /)
    expect(() => envs.setState({ envs: [] })).toThrow('state.envs')
    expect(() => envs.reset({ options: { low: () => 1 } })).toThrow('reset: DataCloneError')
    expect(envs.reset({ seed: 1 }).obs).toBe(obs)
  })
})

describe('close', () => {
  test('twice is fine; afterwards every call says so', () => {
    const envs = workers('CartPole-v1', 2)
    envs.close()
    expect(() => envs.close()).not.toThrow()
    expect(() => envs.reset()).toThrow('its workers are gone: close() was called; build a new one')
  })
})
