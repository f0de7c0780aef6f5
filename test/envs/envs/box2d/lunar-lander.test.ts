import {
  LunarLander,
  Rng,
  lunarLanderContinuousHeuristic,
  lunarLanderHeuristic,
} from 'gymnasium-js'
import type { RandomSource } from 'gymnasium-js'
import { describe, expect, test } from 'vitest'
import { LanderEpisode, potential } from '../../../../envs/src/envs/box2d/lunar-lander-episode.ts'
import type { LanderPhysics } from '../../../../envs/src/envs/box2d/lunar-lander-physics.ts'
import { MIDDLE, scripted } from './draws.ts'

/** A lander that floats upright above the pad and notes what is done to it. */
class Floating implements LanderPhysics {
  readonly impulses: number[][] = []
  readonly forces: number[] = []
  readonly torques: number[] = []
  readonly reading = {
    x: 10,
    y: 10,
    vx: 0,
    vy: 0,
    angle: 0,
    omega: 0,
    leg0: false,
    leg1: false,
    crashed: false,
    awake: true,
  }

  read() {
    return this.reading
  }

  applyForce(x: number): void {
    this.forces.push(x)
  }

  applyTorque(torque: number): void {
    this.torques.push(torque)
  }

  applyImpulse(...impulse: number[]): void {
    this.impulses.push(impulse)
  }

  step(): void {
    // It floats.
  }

  outlines() {
    return { lander: [], legs: [] }
  }
}

const CALM = { gravity: -10, enableWind: false, windPower: 15, turbulencePower: 1.5 }

function floating(settings = {}, source: RandomSource = MIDDLE) {
  const physics = new Floating()
  const all = { continuous: false, ...CALM, ...settings }
  return { physics, episode: new LanderEpisode(all, source, () => physics) }
}

describe('engines', () => {
  test('the main engine pushes an upright lander up, from below its centre', () => {
    const { physics, episode } = floating()
    episode.act([2])
    // 13 N s per metre, 4/30 m: 1.7333 N s at 4/30 m below (10, 10)
    expect(physics.impulses).toHaveLength(1)
    const [x, y, atX, atY] = physics.impulses[0]!
    expect([x! + 0, atX]).toEqual([0, 10])
    expect(y).toBeCloseTo((13 * 4) / 30, 12)
    expect(atY).toBeCloseTo(10 - 4 / 30, 12)
  })

  test.each([
    [1, -1],
    [3, 1],
  ])('side engine %i pushes towards %i', (action, direction) => {
    const { physics, episode } = floating()
    episode.act([action])
    // offset 12/30 m to the other side: 0.6 * 0.4 = 0.24 N s, 14/30 m above the centre
    const [x, y, atX, atY] = physics.impulses[0]!
    expect(x).toBeCloseTo(0.24 * direction, 12)
    expect(y).toBeCloseTo(0, 12)
    expect(atX).toBeCloseTo(10 - 0.4 * direction, 12)
    expect(atY).toBeCloseTo(10 + 14 / 30, 12)
  })

  test('dispersion moves the impulses by the drawn metres', () => {
    const start = new Array<number>(16).fill(0.5)
    const { physics, episode } = floating({}, scripted([...start, 1, 0])) // d = 1/30, -1/30
    episode.act([2])
    const [x, y] = physics.impulses[0]!
    expect(x).toBeCloseTo((13 * -1) / 30, 12)
    expect(y).toBeCloseTo((13 * 6) / 30, 12)
  })

  test.each([
    [[0, 0], 0, 0],
    [[-1, 0.5], 0, 0],
    [[0.2, -0.5], 0.6, 0],
    [[1, 0.75], 1, 0.75],
    [[7, -9], 1, -1],
  ])('throttles %j are the powers %d and %d', (throttles, main, side) => {
    const { episode } = floating({ continuous: true })
    const reward = episode.act(throttles).reward
    const scene = episode.scene()
    expect(scene.main).toBeCloseTo(main, 12)
    expect(scene.side).toBe(side)
    expect(reward).toBeCloseTo(-0.3 * main - 0.03 * Math.abs(side), 12)
  })
})

describe('wind', () => {
  test('blows by two sines from the drawn step on, and stops when a leg touches', () => {
    const { physics, episode } = floating({ enableWind: true })
    expect(episode.windIndex).toBe(-9998) // the lowest draw, and one step of the reset
    physics.forces.length = 0
    physics.torques.length = 0
    episode.windIndex = 50
    episode.torqueIndex = 0
    episode.act([0])
    expect(physics.forces[0]).toBeCloseTo(15 * Math.tanh(Math.sin(1) + 1), 12)
    expect(physics.torques).toEqual([0])
    expect([episode.windIndex, episode.torqueIndex]).toEqual([51, 1])
    physics.reading.leg1 = true
    episode.act([0])
    expect(physics.forces).toHaveLength(1)
    expect(episode.windIndex).toBe(51)
  })
})

describe('rewards and ends', () => {
  test('the potential adds up as worked out by hand', () => {
    // distance 5, speed 13, angle 0.5, one leg
    expect(potential(Float64Array.of(3, -4, 5, 12, -0.5, 9, 1, 0))).toBe(-500 - 1300 - 50 + 10)
  })

  test('a step pays what the potential grew by', () => {
    const { physics, episode } = floating()
    physics.reading.angle = 0.25
    expect(episode.act([0]).reward).toBeCloseTo(-25, 12)
    physics.reading.angle = 0
    physics.reading.leg0 = true
    expect(episode.act([0]).reward).toBeCloseTo(35, 12)
  })

  test.each([
    [{ crashed: true }, -100],
    [{ x: 20 }, -100],
    [{ x: 0 }, -100],
    [{ awake: false }, 100],
    [{ awake: false, crashed: true }, 100],
  ])('%j ends with %d', (change, reward) => {
    const { physics, episode } = floating()
    Object.assign(physics.reading, change)
    const step = episode.act([2])
    expect([step.reward, step.terminated, step.truncated]).toEqual([reward, true, false])
  })

  test('observations are clipped, rewards are not', () => {
    const { physics, episode } = floating()
    physics.reading.angle = 7
    expect(episode.act([0]).obs[4]).toBe(Math.fround(2 * Math.PI))
    physics.reading.angle = 8
    expect(episode.act([0]).reward).toBeCloseTo(-100, 10)
  })
})

test('terrain is the smoothed draws, level at the pad', () => {
  const { episode } = floating({}, scripted([0, 1, 0.5, 9, 9, 9, 9, 9, 0, 0.3, 0.6, 1]))
  const unit = 0.33 * (20 / 3) // a third, nearly, of the highest draw
  const want = [1 + 0 + 1, 0 + 1 + 0.5, 1 + 0.5 + 0.5, 0.5 + 0.5 + 0.5, 1.5, 1.5, 1.5]
  const rest = [0.5 + 0.5 + 0, 0.5 + 0 + 0.3, 0 + 0.3 + 0.6, 0.3 + 0.6 + 1]
  episode.terrain.forEach((y, i) => {
    expect(y).toBeCloseTo([...want, ...rest][i]! * unit, 12)
  })
})

/** Plays an episode; the return and how it ended. */
function fly(env: LunarLander, seed: number, policy: (obs: Float32Array) => number | Float32Array) {
  let { obs } = env.reset({ seed })
  let sum = 0
  for (let t = 0; t < 1000; t++) {
    const step = env.step(policy(obs))
    obs = step.obs
    sum += step.reward
    if (step.terminated) return { sum, last: step.reward, obs }
  }
  return { sum, last: 0, obs }
}

describe('physics', () => {
  test('the heuristic lands: mean return over 100 seeds is at least 200', () => {
    const env = new LunarLander()
    let total = 0
    for (let seed = 0; seed < 100; seed++) total += fly(env, seed, lunarLanderHeuristic).sum
    expect(total / 100).toBeGreaterThanOrEqual(200)
  })

  test('the continuous heuristic lands on both legs and comes to rest', () => {
    const env = new LunarLander({ continuous: true })
    for (let seed = 0; seed < 8; seed++) {
      const { sum, last, obs } = fly(env, seed, lunarLanderContinuousHeuristic)
      expect(sum).toBeGreaterThan(200)
      expect([last, obs[6], obs[7]]).toEqual([100, 1, 1])
    }
  })

  test('a lander that does nothing crashes', () => {
    const { sum, last } = fly(new LunarLander(), 1, () => 0)
    expect(last).toBe(-100)
    expect(sum).toBeLessThan(0)
  })

  test('falls freely by the given gravity', () => {
    const env = new LunarLander({ gravity: -5 })
    env.reset({ seed: 1 })
    for (let t = 0; t < 20; t++) env.step(0) // until the legs have swung out
    const before = env.step(0).obs
    const { obs } = env.step(0)
    // the observation is vy * (H/2)/50, and vy falls by g/50 = 0.1 m/s
    expect(obs[3]! - before[3]!).toBeCloseTo((-0.1 * (20 / 3)) / 50, 4)
  })

  test('gives the same bits on every engine: the returns recorded here', () => {
    const env = new LunarLander({ enableWind: true })
    const returns = [0, 1, 2].map((seed) => fly(env, seed, lunarLanderHeuristic).sum)
    expect(returns).toEqual([214.82713648019956, 281.49538054051106, 297.38604384887606])
  })
})

test('the scene has the outlines of the lander and both legs, where they are', () => {
  const env = new LunarLander()
  env.reset({ seed: 2 })
  const { lander, legs, terrain } = env.scene()
  expect([lander.length, legs.length, terrain.length]).toEqual([6, 2, 11])
  const top = Math.max(...lander.map(([, y]) => y))
  expect(top).toBeCloseTo(40 / 3 + 17 / 30, 0)
  expect(legs[0]![0]![0]).toBeGreaterThan(10) // the right one comes first
  expect(legs[1]![0]![0]).toBeLessThan(10)
})

test('states are exact in mid-contact, where the solver remembers impulses', () => {
  const env = new LunarLander()
  let { obs } = env.reset({ seed: 3 })
  while (obs[6] === 0) obs = env.step(lunarLanderHeuristic(obs)).obs
  const copy = new LunarLander()
  copy.setState(env.getState())
  const rng = new Rng(1)
  for (let t = 0; t < 60; t++) {
    const action = rng.randInt(0, 4)
    expect(copy.step(action)).toEqual(env.step(action))
  }
})

test.each([4, -1, 0.5, NaN])('refuses the action %d', (action) => {
  const env = new LunarLander()
  env.reset()
  expect(() => env.step(action)).toThrow(`action is ${action}; pass 0 (nothing), 1 (push left)`)
})

test.each([
  [1, 'action is 1; pass a Float32Array of 2 elements'],
  [Float32Array.of(1), 'pass a Float32Array of 2 elements'],
  [Float32Array.of(0, NaN), 'action[1] is NaN; pass finite numbers'],
])('refuses the continuous action %s', (action, message) => {
  const env = new LunarLander({ continuous: true })
  env.reset()
  expect(() => env.step(action)).toThrow(message)
})

test('refuses to run before a reset, and reset options', () => {
  expect(() => new LunarLander().step(0)).toThrow('call reset() first')
  expect(() => new LunarLander().reset({ options: { low: 1 } })).toThrow("unknown argument 'low'")
})

test.each([
  [{ continuous: 1 }, 'continuous is 1; pass one of true, false'],
  [{ gravity: 0 }, 'gravity is 0; pass a number between -12 and 0'],
  [{ gravity: -12 }, 'gravity is -12'],
  [{ gravity: '-5' }, "gravity is '-5'"],
  [{ enableWind: 'no' }, 'enableWind'],
  [{ windPower: -1 }, 'windPower is -1; pass a finite number >= 0'],
  [{ turbulencePower: Infinity }, 'turbulencePower is Infinity'],
  [{ wind: true }, "unknown argument 'wind'"],
  [{ renderMode: 'ansi' }, "renderMode is 'ansi'"],
])('refuses the argument %j', (options: object, message) => {
  expect(() => new LunarLander(options)).toThrow(message)
})
