import { make, Rng } from 'gymnasium-js'
import { SyncVectorEnv } from 'gymnasium-js/vector'
import { FrameStack } from 'gymnasium-js/wrappers'
import { describe, expect, test } from 'vitest'
import {
  estimateReplayBytes,
  type FrameOptions,
  PrioritizedReplayBuffer,
  ReplayBuffer,
  requirePrioritizedMemory,
  requireReplayMemory,
} from '../../src/buffers/index.ts'
import { stepOf } from '../helpers/steps.ts'

const like = new Float32Array()

function bufferOf(frames: FrameOptions, obsSize = 3): ReplayBuffer {
  return new ReplayBuffer({ capacity: 4, obsSize, obsLike: like, frames, numEnvs: 1 })
}

/** Adds a step of one environment that sees `obs`, then `next`. */
function add(buffer: ReplayBuffer, obs: readonly number[], next: readonly number[]): void {
  buffer.add(Float32Array.from(obs), Int32Array.of(0), stepOf([{ obs: next }], like))
}

describe('frames are kept once', () => {
  test('a stack is rebuilt from the observations before it', () => {
    const buffer = bufferOf({ stack: 3 })
    for (const last of [1, 2, 3, 4])
      add(buffer, [last - 2, last - 1, last], [last - 1, last, last + 1])
    const { obs, nextObs } = buffer.sample(20, new Rng(1))
    for (let row = 0; row < 20; row++) {
      const last = obs[3 * row + 2]!
      expect([...obs.slice(3 * row, 3 * row + 3)]).toEqual([last - 2, last - 1, last])
      expect([...nextObs.slice(3 * row, 3 * row + 3)]).toEqual([last - 1, last, last + 1])
    }
  })

  test.each(['reset', 'zero'] as const)('as FrameStack gives them (padding: %s)', (padding) => {
    const makeEnv = () => new FrameStack(make('MinAtar/Breakout-v1'), 3, { padding })
    const envs = new SyncVectorEnv([makeEnv, makeEnv])
    const obs = envs.reset({ seed: 1 }).obs.slice()
    const options = { capacity: 70, obsSize: obs.length / 2, obsLike: obs, numEnvs: 2 }
    const whole = new ReplayBuffer(options)
    const frames = new ReplayBuffer({ ...options, frames: { stack: 3, encoding: 'bits' } })
    const rng = new Rng(2)
    let ends = 0
    for (let t = 0; t < 60; t++) {
      const actions = Int32Array.of(rng.randInt(0, 3), rng.randInt(0, 3))
      const step = envs.step(actions)
      for (const buffer of [whole, frames]) buffer.add(obs, actions, step)
      obs.set(step.obs)
      ends += step.terminated[0]! + step.terminated[1]!
    }
    expect(ends).toBeGreaterThan(3)
    expect(frames.sample(64, new Rng(3))).toEqual(whole.sample(64, new Rng(3)))
  })

  test('an observation that is not the one before moved by a frame is refused', () => {
    const buffer = bufferOf({ stack: 3 })
    add(buffer, [0, 0, 1], [0, 1, 2])
    expect(() => add(buffer, [1, 2, 0], [2, 0, 3])).toThrow(/moved by one frame.*FrameStack/)
  })

  test.each([0, 1.5, 2, 257])('a stack of %s is refused for observations of 3 numbers', (stack) => {
    expect(() => bufferOf({ stack })).toThrow(/frames\.stack is .*3 numbers/)
  })

  test.each([
    ['bits', 2, /encoding is bits.*holds 2; choose uint8/],
    ['uint8', 256, /encoding is uint8.*holds 256; choose same/],
    ['uint8', 0.5, /holds 0\.5/],
    ['uint8', Number.NaN, /holds NaN/],
    ['bits', Number.NaN, /holds NaN/],
  ] as const)('%s cannot hold %s', (encoding, value, message) => {
    expect(() => add(bufferOf({ encoding }), [0, value, 0], [0, 0, 0])).toThrow(message)
  })

  test('the number of environments must be known, and stays', () => {
    const options = { capacity: 4, obsSize: 1, obsLike: like }
    expect(() => new ReplayBuffer({ ...options, frames: {} })).toThrow(/frames needs numEnvs/)
    const buffer = new ReplayBuffer(options)
    add(buffer, [1], [2])
    const two = stepOf([{ obs: [1] }, { obs: [2] }], like)
    expect(() => buffer.add(two.obs, new Int32Array(2), two)).toThrow(/2 entries.*of 1 env/)
  })
})

test('n-step returns need to be told gamma', () => {
  const options = { capacity: 4, obsSize: 1, obsLike: like }
  expect(() => new ReplayBuffer({ ...options, nSteps: 3 })).toThrow(/nSteps is 3.*gamma/)
  expect(() => new ReplayBuffer({ ...options, nSteps: 0, gamma: 1 })).toThrow(/nSteps is 0/)
})

describe('memory', () => {
  const atari = { capacity: 1_000_000, obsSize: 4 * 84 * 84, bytesPerElement: 1, numEnvs: 1 }

  test('a stack of four 84×84 frames takes an eighth of what both stacks take, and final frames', () => {
    const rows = 1_000_003
    const frames = rows * (7056 + 1) + 7056 + Math.ceil(rows / 16) * 7056
    expect(estimateReplayBytes(atari)).toBe(1_000_000 * (10 + 56_448))
    expect(estimateReplayBytes({ ...atari, frames: { stack: 4 } })).toBe(10_000_000 + frames)
  })

  test('bits take an eighth of bytes, and masks a byte per action', () => {
    const minatar = { capacity: 16, obsSize: 400, bytesPerElement: 1, numEnvs: 1, numActions: 6 }
    const frames = { encoding: 'bits' } as const
    expect(estimateReplayBytes({ ...minatar, frames })).toBe(16 * (16 + 51) + 50 + 50)
  })

  test('what does not fit is refused, with frames, and for the sum tree alone', () => {
    const huge = { ...atari, capacity: 1e12, frames: { stack: 4 } }
    expect(() => requireReplayMemory(huge)).toThrow(/bufferSize is 1000000000000/)
    const tiny = { capacity: 2 ** 45, obsSize: 0, bytesPerElement: 1 }
    expect(() => requirePrioritizedMemory(tiny)).toThrow(/needs 8\d{5}\.\d GiB/)
    expect(() => new PrioritizedReplayBuffer({ ...tiny, obsLike: like })).toThrow(
      /needs 8\d{5}\.\d GiB/,
    )
  })
})
