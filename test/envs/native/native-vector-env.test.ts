import { Rng, make, registeredSpecs } from 'gymnasium-js'
import type { Space } from 'gymnasium-js'
import { NativeVectorEnv, makeVector } from 'gymnasium-js/vector'
import type { ActionArray, AutoresetMode, MakeVectorOptions } from 'gymnasium-js/vector'
import type { VectorEnv, VectorStep } from 'gymnasium-js/vector'
import { describe, expect, test } from 'vitest'
import { fc } from '../../helpers/properties.ts'
import { registrationOf } from '../../../envs/src/environments.ts'
import { CartPoleModel } from '../../../envs/src/envs/classic-control/cartpole.ts'
import { viaJson } from '../via-json.ts'

const NATIVE_IDS = registeredSpecs()
  .filter((spec) => registrationOf(spec).native !== undefined)
  .map(({ id }) => id)
const MODES: readonly AutoresetMode[] = ['SameStep', 'NextStep']

/** Random actions [n, ...]; of a Box half as far again as its bounds, which environments clip. */
function randomActions(space: Space, n: number, rng: Rng): ActionArray {
  if (space.kind === 'discrete') {
    return Int32Array.from({ length: n }, () => rng.randInt(space.start, space.start + space.n))
  }
  if (space.kind !== 'box') throw new TypeError(`no actions for ${space.toString()}`)
  return Float32Array.from({ length: n * space.size }, (_, k) => {
    const bound = 1.5 * space.high[k % space.size]!
    return rng.uniform(-bound, bound)
  })
}

/** All of a step, copied: two of equal text are equal bit for bit. */
function bits(step: VectorStep, n: number): string {
  const { obs, finalObs, rewards, terminated, truncated } = step
  const size = finalObs.length / n
  const ended = Array.from({ length: n }, (_, i) => i).filter((i) => terminated[i]! + truncated[i]!)
  const finals = ended.map((i) => finalObs.slice(i * size, (i + 1) * size))
  const arrays = [obs, ...finals, rewards, terminated, truncated]
  arrays.push(step.episodeReturns, step.episodeLengths)
  const bytes = arrays.map(({ buffer, byteOffset, byteLength }) =>
    Buffer.from(buffer, byteOffset, byteLength).toString('latin1'),
  )
  return `${bytes.join()} ${JSON.stringify(step.infos)}`
}

/** Steps both with the same random actions; returns how many episodes ended. */
function expectSameRun(a: VectorEnv, b: VectorEnv, steps: number, seed: number): number {
  const rng = new Rng(seed)
  const n = a.numEnvs
  let ends = 0
  for (let t = 1; t <= steps; t++) {
    const actions = randomActions(a.singleActionSpace, n, rng)
    const step = a.step(actions)
    if (bits(step, n) !== bits(b.step(actions), n)) expect.fail(`they part at step ${t}`)
    for (let i = 0; i < n; i++) if (step.terminated[i]! + step.truncated[i]! > 0) ends++
  }
  return ends
}

test('some environments have a native version', () => {
  expect(NATIVE_IDS).toEqual(expect.arrayContaining(['CartPole-v1', 'Acrobot-v1', 'Pendulum-v1']))
})

describe.each(NATIVE_IDS)('%s', (id) => {
  const pair = (n: number, options: MakeVectorOptions): [native: VectorEnv, sync: VectorEnv] => [
    makeVector(id, n, options),
    makeVector(id, n, { ...options, native: false }),
  ]

  test.each(MODES)('equals scalar copies bit for bit over thousands of steps, %s', (mode) => {
    const [native, sync] = pair(3, { autoresetMode: mode })
    expect(native).toBeInstanceOf(NativeVectorEnv)
    expect(native.reset().obs).toEqual(sync.reset().obs) // never seeded
    expect(expectSameRun(native, sync, 3000, 1)).toBeGreaterThan(0)
    expect(native.reset({ seed: 'x' }).obs).toEqual(sync.reset({ seed: 'x' }).obs)
    expectSameRun(native, sync, 100, 2)
  })

  test('equals scalar copies for any seed, number, limit and mode', () => {
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.nat(),
          n: fc.integer({ min: 1, max: 4 }),
          maxEpisodeSteps: fc.integer({ min: 1, max: 60 }),
          autoresetMode: fc.constantFrom(...MODES),
        }),
        ({ seed, n, ...options }) => {
          const [native, sync] = pair(n, options)
          expect(native.reset({ seed }).obs).toEqual(sync.reset({ seed }).obs)
          expectSameRun(native, sync, 100, seed)
        },
      ),
      { numRuns: 10 },
    )
  })

  test.each(MODES)('a state read back through JSON in mid-episode goes on the same, %s', (mode) => {
    const build = () => makeVector(id, 3, { autoresetMode: mode, maxEpisodeSteps: 20 })
    const original = build()
    original.reset({ seed: 5 })
    const rng = new Rng(6)
    for (let t = 0; t < 43; t++) {
      original.step(randomActions(original.singleActionSpace, 3, rng))
      if (t % 20 > 0 && t % 20 < 18) continue // steps around the ends are enough
      const state = original.getState()
      const copy = build()
      copy.setState(viaJson(state))
      expect(copy.getState()).toEqual(state)
      expectSameRun(original, copy, 30, 7)
      original.setState(state)
    }
  })
})

describe('makeVector', () => {
  test('takes scalar copies when asked to, and for environments without a native version', () => {
    expect(makeVector('CartPole-v1', 2, { native: false })).not.toBeInstanceOf(NativeVectorEnv)
    expect(makeVector('FrozenLake-v1', 2)).not.toBeInstanceOf(NativeVectorEnv)
    expect(makeVector('CartPole-v1', 2, { renderMode: 'ansi' })).not.toBeInstanceOf(NativeVectorEnv)
  })

  test('hands the kwargs to the model and the spec to the user', () => {
    const envs = makeVector('CartPole-v1', 2, { suttonBartoReward: true })
    envs.reset({ seed: 1 })
    expect(envs.step(new Int32Array(2)).rewards).toEqual(new Float64Array(2))
    expect(envs.spec).toEqual({ ...make('CartPole-v1').spec, kwargs: { suttonBartoReward: true } })
    expect(() => makeVector('CartPole-v1', 2, { suttonReward: true })).toThrow(
      "did you mean 'suttonBartoReward'?",
    )
  })
})

describe('NativeVectorEnv', () => {
  test('gives empty infos, and those of ended episodes beside', () => {
    const envs = makeVector('CartPole-v1', 2, { maxEpisodeSteps: 2 })
    expect(envs.reset().infos).toEqual([{}, {}])
    expect(envs.step(new Int32Array(2)).infos).toEqual([{}, {}])
    expect(envs.step(new Int32Array(2)).infos).toEqual([{ finalInfo: {} }, { finalInfo: {} }])
    expect(envs.step(new Int32Array(2)).infos).toEqual([{}, {}])
  })

  test('passes reset options on, once', () => {
    const envs = makeVector('CartPole-v1', 2, { maxEpisodeSteps: 1 })
    const { obs } = envs.reset({ seed: 1, options: { low: 0.2, high: 0.3 } })
    expect(obs.every((x) => x >= 0.2 && x < 0.3)).toBe(true)
    expect(envs.step(new Int32Array(2)).obs.every((x) => Math.abs(x) < 0.06)).toBe(true)
    expect(() => envs.reset({ options: { lo: 0 } })).toThrow("unknown argument 'lo'")
  })

  test('refuses to step before a reset', () => {
    expect(() => makeVector('CartPole-v1', 2).step(new Int32Array(2))).toThrow('envs.reset() first')
  })

  test('refuses actions outside the space and names the environment', () => {
    const carts = makeVector('CartPole-v1', 3)
    carts.reset()
    expect(() => carts.step(Int32Array.of(0, 1, 2))).toThrow(
      'env 2: CartPole: action is 2; pass 0 (push left) or 1 (push right)',
    )
    expect(() => carts.step(new Float32Array(3))).toThrow('expected 3 x 1 elements of dtype int32')
    expect(() => carts.step(new Int32Array(2))).toThrow('found Int32Array(2)')
    const rods = makeVector('Pendulum-v1', 2)
    rods.reset()
    expect(() => rods.step(Float32Array.of(0, NaN))).toThrow('env 1: Pendulum: action is NaN')
  })

  test('a torn state is refused and changes nothing', () => {
    const envs = makeVector('CartPole-v1', 2)
    envs.reset({ seed: 1 })
    const before = envs.getState()
    expect(() => envs.setState({ ...before, states: [1] })).toThrow('state.states')
    expect(() => envs.setState({ ...before, rngs: [{}, {}] })).toThrow('state')
    expect(() => envs.setState({ ...before, pending: 0 })).toThrow('state.pending')
    expect(envs.getState()).toEqual(before)
  })

  test.each([
    [0, {}, 'numEnvs is 0'],
    [1, { maxEpisodeSteps: 0 }, 'maxEpisodeSteps is 0; pass an integer >= 1'],
    [1, { autoresetMode: 'Never' as AutoresetMode }, "autoresetMode is 'Never'"],
  ])('refuses %d copies with %j', (n, options, message) => {
    expect(() => new NativeVectorEnv(new CartPoleModel(), n, options)).toThrow(message)
  })
})
