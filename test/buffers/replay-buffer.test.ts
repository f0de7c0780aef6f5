import { SyncVectorEnv, type ObsArray } from 'gymnasium-js/vector'
import { describe, expect, test } from 'vitest'
import {
  estimateReplayBytes,
  formatBytes,
  ReplayBuffer,
  type ReplayBatch,
} from '../../src/buffers/index.ts'
import { Rng } from '../../src/rng.ts'
import { ScriptedEnv } from '../envs/scripted-env.ts'
import { type Moment, stepOf } from '../helpers/steps.ts'
import { fc } from '../helpers/properties.ts'

interface Transition {
  readonly obs: readonly number[]
  readonly action: number
  readonly reward: number
  readonly nextObs: readonly number[]
  readonly terminated: boolean
  readonly truncated: boolean
}

/** The rows of a batch as records. */
function transitionsOf(batch: ReplayBatch, size: number): Transition[] {
  const row = (array: ObsArray, i: number) => Array.from(array.slice(i * size, (i + 1) * size))
  return Array.from(batch.actions, (action, i) => ({
    obs: row(batch.obs, i),
    action,
    reward: batch.rewards[i]!,
    nextObs: row(batch.nextObs, i),
    terminated: batch.terminated[i] === 1,
    truncated: batch.truncated[i] === 1,
  }))
}

/** Every transition that the buffer holds, in no order: enough draws to meet all of a few. */
function contents(buffer: ReplayBuffer, size: number): Set<string> {
  const batch = buffer.sample(60 * buffer.size, new Rng('contents'))
  return new Set(transitionsOf(batch, size).map((one) => JSON.stringify(one)))
}

describe('a replay buffer', () => {
  const dtypes: readonly ObsArray[] = [new Float32Array(), new Uint8Array(), new Int32Array()]

  test.each(dtypes)('equals a list that forgets its oldest ($constructor.name)', (like) => {
    const number = fc.integer({ min: 0, max: 255 })
    const obs = fc.tuple(number, number)
    const moment = fc.record({
      obs,
      finalObs: obs,
      reward: number,
      terminated: fc.boolean(),
      truncated: fc.boolean(),
    })
    const steps = fc.array(
      fc.tuple(fc.tuple(obs, obs), fc.tuple(number, number), fc.tuple(moment, moment)),
      {
        minLength: 1,
        maxLength: 8,
      },
    )
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), steps, (capacity, steps) => {
        const buffer = new ReplayBuffer({ capacity, obsSize: 2, obsLike: like })
        const model: Transition[] = []
        for (const [seen, actions, moments] of steps) {
          const { obs } = stepOf(
            seen.map((obs) => ({ obs })),
            like,
          )
          buffer.add(obs, Int32Array.from(actions), stepOf(moments, like))
          for (const [i, { obs, finalObs, ...rest }] of moments.entries()) {
            const ended = rest.terminated || rest.truncated
            model.push({
              obs: seen[i]!,
              action: actions[i]!,
              nextObs: ended ? finalObs : obs,
              ...rest,
            })
          }
        }
        const held = model.slice(-capacity)
        expect(buffer.size).toBe(held.length)
        // Sampling draws one integer per transition, so the same stream says which ones those were.
        const batch = transitionsOf(buffer.sample(20, new Rng(5)), 2)
        const rng = new Rng(5)
        const ring = model.length > capacity ? rotated(held, model.length % capacity) : held
        expect(batch).toEqual(Array.from({ length: 20 }, () => ring[rng.randInt(0, held.length)]))
      }),
      { numRuns: 60 },
    )
  })

  test('keeps the dtype of the observations', () => {
    for (const like of dtypes) {
      const buffer = new ReplayBuffer({ capacity: 2, obsSize: 1, obsLike: like })
      buffer.add(stepOf([{ obs: [3] }], like).obs, Int32Array.of(0), stepOf([{ obs: [4] }], like))
      expect(buffer.sample(1, new Rng(1)).obs.constructor).toBe(like.constructor)
    }
  })

  test('keeps the final observation where an episode ended, and the next one elsewhere', () => {
    const moments: Moment[] = [
      { obs: [2], reward: 1 },
      { obs: [0], reward: 2, truncated: true, finalObs: [7] },
      { obs: [0], reward: 3, terminated: true, finalObs: [8] },
    ]
    const buffer = new ReplayBuffer({ capacity: 3, obsSize: 1, obsLike: new Float32Array() })
    buffer.add(Float32Array.of(1, 6, 5), Int32Array.of(0, 1, 0), stepOf(moments))
    const [plain, cutOff, over] = [
      { obs: [1], action: 0, reward: 1, nextObs: [2], terminated: false, truncated: false },
      { obs: [6], action: 1, reward: 2, nextObs: [7], terminated: false, truncated: true },
      { obs: [5], action: 0, reward: 3, nextObs: [8], terminated: true, truncated: false },
    ]
    expect(contents(buffer, 1)).toEqual(
      new Set([plain, cutOff, over].map((one) => JSON.stringify(one))),
    )
  })

  test('holds the final observation after the autoreset of a vector environment', () => {
    const cutOff = {
      reset: [10],
      steps: [
        [[11], 1, false, false],
        [[12], 2, false, true],
      ],
    } as const
    const over = { reset: [20], steps: [[[21], 3, true, false]] } as const
    const envs = new SyncVectorEnv([() => new ScriptedEnv([cutOff, over])])
    const obs = Float32Array.from(envs.reset().obs)
    const buffer = new ReplayBuffer({ capacity: 10, obsSize: 1, obsLike: obs })
    for (let k = 0; k < 3; k++) {
      const step = envs.step(Int32Array.of(0))
      buffer.add(obs, Int32Array.of(0), step)
      obs.set(step.obs)
    }
    const chain = [
      { obs: [10], action: 0, reward: 1, nextObs: [11], terminated: false, truncated: false },
      { obs: [11], action: 0, reward: 2, nextObs: [12], terminated: false, truncated: true },
      { obs: [20], action: 0, reward: 3, nextObs: [21], terminated: true, truncated: false },
    ]
    expect(contents(buffer, 1)).toEqual(new Set(chain.map((one) => JSON.stringify(one))))
    expect([...obs]).toEqual([10])
  })

  test('copies what it is given', () => {
    const buffer = new ReplayBuffer({ capacity: 1, obsSize: 1, obsLike: new Float32Array() })
    const obs = Float32Array.of(1)
    const step = stepOf([{ obs: [2] }])
    buffer.add(obs, Int32Array.of(0), step)
    obs[0] = 9
    step.obs[0] = 9
    const batch = buffer.sample(1, new Rng(1))
    expect([batch.obs[0], batch.nextObs[0]]).toEqual([1, 2])
  })

  test.each([0, 1, 4, 5, 13])('goes on from its state, here after %i transitions', (added) => {
    const empty = () => new ReplayBuffer({ capacity: 5, obsSize: 2, obsLike: new Uint8Array() })
    const add = (buffer: ReplayBuffer, k: number) => {
      const moment = { obs: [k, 1], reward: k, terminated: k % 3 === 0, truncated: k % 2 === 0 }
      const step = stepOf([{ ...moment, finalObs: [k, 2] }], new Uint8Array())
      buffer.add(Uint8Array.of(k, 0), Int32Array.of(k % 4), step)
    }
    const first = empty()
    for (let k = 0; k < added; k++) add(first, k)
    const state = first.getState()
    expect(state.json).toMatchObject({
      capacity: 5,
      size: Math.min(added, 5),
      position: added % 5,
    })
    // Only what is held, in the observations' own dtype.
    const shape = [Math.min(added, 5), 2]
    expect(state.tensors['observations/nextObs']).toMatchObject({ dtype: 'uint8', shape })
    expect(state.tensors['observations/nextObs']!.data.buffer.byteLength).toBe(shape[0]! * 2)
    const second = empty()
    for (let k = 0; k < 7; k++) add(second, 50 + k) // what was there before is gone
    second.setState(state)
    for (const buffer of [first, second]) for (let k = 0; k < 3; k++) add(buffer, 20 + k)
    expect(second.getState()).toEqual(first.getState())
    const drawn = [first, second].map((buffer) => transitionsOf(buffer.sample(30, new Rng(1)), 2))
    expect(drawn[1]).toEqual(drawn[0])
  })

  test('hands out views where told, and copies otherwise', () => {
    const buffer = new ReplayBuffer({ capacity: 1, obsSize: 1, obsLike: new Float32Array() })
    const add = (value: number) =>
      buffer.add(Float32Array.of(value), Int32Array.of(0), stepOf([{ obs: [0] }]))
    add(1)
    const [views, copies] = [buffer.getState({ views: true }), buffer.getState()]
    add(2)
    expect([views, copies].map(({ tensors }) => tensors['observations/obs']!.data[0])).toEqual([
      2, 1,
    ])
  })

  test('estimates the bytes that it takes', () => {
    const size = { capacity: 1000, obsSize: 100, bytesPerElement: 4 }
    expect(estimateReplayBytes(size)).toBe(1000 * (2 * 400 + 4 + 4 + 1 + 1))
    expect(estimateReplayBytes({ ...size, actionSize: 3, numActions: 5 })).toBe(
      1000 * (2 * 400 + 3 * 4 + 4 + 1 + 1 + 5),
    )
  })

  test.each([
    {},
    { actionSize: 3, actionLike: new Float32Array(), numActions: 5 },
    { obsLike: new Uint8Array() },
  ])('holds as many bytes as estimated: %o', (options) => {
    const all = { capacity: 4, obsSize: 2, obsLike: new Float32Array(), ...options }
    const buffer = new ReplayBuffer(all)
    const { obsLike } = all
    const actions = new Float32Array(all.actionSize ?? 1)
    const step = stepOf([{ obs: [1, 2] }], obsLike)
    for (let k = 0; k < 4; k++) buffer.add(step.obs, actions, step)
    const { tensors } = buffer.getState()
    const held = Object.values(tensors).reduce((sum, { data }) => sum + data.byteLength, 0)
    const bytesPerElement = obsLike.BYTES_PER_ELEMENT
    expect(estimateReplayBytes({ ...all, bytesPerElement })).toBe(held)
  })

  test('refuses what does not fit into memory before it allocates, with the remedy', () => {
    const options = { capacity: 1e12, obsSize: 28_224, obsLike: new Uint8Array() }
    const message =
      /bufferSize is 1000000000000.*needs 52580609\.9 GiB, but.*only .* available.*smaller bufferSize/
    expect(() => new ReplayBuffer(options)).toThrow(message)
    expect(() => new ReplayBuffer(options)).toThrow(RangeError)
  })

  test.each([0, -1, 2.5, Number.NaN])('refuses a capacity of %s', (capacity) => {
    const options = { capacity, obsSize: 1, obsLike: new Float32Array() }
    expect(() => new ReplayBuffer(options)).toThrow(/bufferSize.*positive whole number/)
  })

  test('refuses to sample while it is empty', () => {
    const buffer = new ReplayBuffer({ capacity: 1, obsSize: 1, obsLike: new Float32Array() })
    expect(() => buffer.sample(1, new Rng(1))).toThrow(/empty/)
  })
})

test('bytes are written in readable units', () => {
  expect([0, 1023, 1536, 3 * 2 ** 30, 2 ** 52].map(formatBytes)).toEqual([
    '0 B',
    '1023 B',
    '1.5 KiB',
    '3.0 GiB',
    '4.0 PiB',
  ])
})

/** A list as a ring stores it whose next place is `position`. */
function rotated<T>(list: readonly T[], position: number): T[] {
  return [...list.slice(list.length - position), ...list.slice(0, list.length - position)]
}
