import { BipedalWalker, BipedalWalkerHeuristic } from 'gymnasium-js'
import type { RandomSource } from 'gymnasium-js'
import { describe, expect, test } from 'vitest'
import { WalkerEpisode } from '../../../../envs/src/envs/box2d/bipedal-walker-episode.ts'
import type { WalkerPhysics } from '../../../../envs/src/envs/box2d/bipedal-walker-physics.ts'
import { drawClouds, drawTerrain } from '../../../../envs/src/envs/box2d/bipedal-walker-terrain.ts'
import { MIDDLE, scripted } from './draws.ts'

const STEP = 14 / 30 // m

/** Integers from a list, then the lowest; reals are 0.5. */
function integers(values: readonly number[]): RandomSource {
  const left = [...values]
  return { random: () => 0.5, randInt: (lo) => left.shift() ?? lo }
}

/** Heights over the start's ground, in steps of 14/30 m. */
function stepsOf(heights: readonly number[], from: number, to: number): number[] {
  return heights.slice(from, to).map((y) => Math.round(((y - 10 / 3) / STEP) * 1e6) / 1e6)
}

describe('terrain', () => {
  test('begins with 20 flat points and stays flat under draws of zero', () => {
    const { heights, obstacles } = drawTerrain(MIDDLE, false)
    expect([heights.length, obstacles]).toEqual([200, []])
    expect(stepsOf(heights, 0, 200)).toEqual(new Array(200).fill(0))
  })

  test('grass follows a damped random slope that is pulled back to the ground level', () => {
    // Point 20 begins a stretch and is flat; the first draw, for point 21, is 1: slope 1/30.
    const { heights } = drawTerrain(scripted([1]), false)
    expect(heights[20]).toBe(10 / 3)
    expect(heights[21]! - heights[20]!).toBeCloseTo(1 / 30, 12)
    expect(heights[22]! - heights[21]!).toBeCloseTo(0.8 / 30 - 0.01, 12)
  })

  test('a stump stands on the ground and does not change it', () => {
    const { heights, obstacles } = drawTerrain(integers([5, 1, 2]), true)
    expect(obstacles[0]![0]).toEqual([20 * STEP, 10 / 3 + 2 * STEP])
    expect(obstacles[0]![2]![0]).toBeCloseTo(22 * STEP, 12)
    expect(obstacles[0]![2]![1]).toBeCloseTo(10 / 3, 12)
    expect(stepsOf(heights, 18, 28)).toEqual(new Array(10).fill(0))
  })

  test('a pit of three is four steps deep between two walls', () => {
    const { heights, obstacles } = drawTerrain(integers([5, 3, 3]), true)
    expect(stepsOf(heights, 19, 27)).toEqual([0, 0, -4, -4, -4, 0, 0, 0])
    expect(obstacles.slice(0, 2).map((corners) => Math.round(corners[0]![0] / STEP))).toEqual([
      20, 23,
    ])
  })

  test('stairs down are four points wide each', () => {
    // kind 2, random() = 0.5 is not above 0.5: down; width 4, three steps
    const { heights, obstacles } = drawTerrain(integers([5, 2, 4, 3]), true)
    const down = [-0.5, -0.75, -1, -1.25, -1.5, -1.75, -2, -2.25, -2.5, -2.75, -3]
    expect(stepsOf(heights, 20, 32)).toEqual([0, ...down])
    const tops = obstacles.slice(0, 3).map((corners) => corners[0]![1])
    expect(stepsOf(tops, 0, 3)).toEqual([0, -1, -2])
  })

  test('clouds have five corners each and take 110 draws', () => {
    let draws = 0
    const clouds = drawClouds({ random: () => (draws++, 0), randInt: () => expect.fail() })
    expect([draws, clouds.length, clouds[0]!.length]).toEqual([110, 10, 5])
    expect(clouds[0]![0]).toEqual([0, 10 + 5 * STEP])
  })
})

/** A walker that stands still and notes how its motors are set. */
class Standing implements WalkerPhysics {
  readonly motors: number[][] = []
  readonly pushes: number[] = []
  readonly reading = {
    x: 5,
    y: 5,
    vx: 0,
    vy: 0,
    angle: 0,
    omega: 0,
    jointAngles: new Float64Array(4),
    jointSpeeds: new Float64Array(4),
    contacts: [true, false] as [boolean, boolean],
    crashed: false,
  }

  read() {
    return this.reading
  }

  push(force: number): void {
    this.pushes.push(force)
  }

  setMotor(joint: number, ...motor: number[]): void {
    this.motors[joint] = motor
  }

  step(): void {
    // It stands.
  }

  castRay(): number {
    return 0.25
  }

  outlines() {
    return { hull: [], legs: [] }
  }
}

function standing(source: RandomSource = MIDDLE) {
  const physics = new Standing()
  return { physics, episode: new WalkerEpisode(false, source, () => physics) }
}

describe('an episode', () => {
  test('actions set the direction of the motors and the share of 80 N m', () => {
    const { physics, episode } = standing()
    const { reward } = episode.act([1, -0.5, 0, 3])
    expect(physics.motors).toEqual([
      [4, 80],
      [-6, 40],
      [0, 0],
      [6, 80],
    ])
    expect(reward).toBeCloseTo(-0.028 * (1 + 0.5 + 0 + 1), 12)
  })

  test('walking forward pays 130/30 per metre, leaning costs 5 per radian', () => {
    const { physics, episode } = standing()
    physics.reading.x = 5.3
    physics.reading.angle = -0.1
    expect(episode.act([0, 0, 0, 0]).reward).toBeCloseTo(1.3 - 0.5, 12)
  })

  test.each([
    [{ crashed: true }, -100, true],
    [{ x: -0.01 }, -100, true],
    [{ x: 88.67 }, (130 * 83.67) / 30, true],
    [{ x: 88.66 }, (130 * 83.66) / 30, false],
  ])('%j pays %d, terminated %s', (change, reward, terminated) => {
    const { physics, episode } = standing()
    Object.assign(physics.reading, change)
    const step = episode.act([0, 0, 0, 0])
    expect(step.reward).toBeCloseTo(reward, 9)
    expect(step.terminated).toBe(terminated)
  })

  test('observes hull, joints, contacts and lidar in their units, clipped', () => {
    const { physics, episode } = standing()
    physics.reading.jointAngles.set([0.1, -1.2, 0.3, -0.4])
    physics.reading.jointSpeeds.set([2, 3, -4, -6])
    Object.assign(physics.reading, { angle: -4, omega: 25, vx: 50 / 6, vy: -12.5 })
    const hull = [-Math.PI, 1, 1, -1]
    const legs = [0.1, 0.5, -0.2, 0.5, 1, 0.3, -1, 0.6, -1, 0]
    const want = [...hull, ...legs, ...new Array<number>(10).fill(0.25)]
    const { obs } = episode.act([0, 0, 0, 0])
    expect(Array.from(obs, (x) => Math.round(x * 1e5) / 1e5)).toEqual(
      want.map((x) => Math.round(x * 1e5) / 1e5),
    )
  })

  test('the push at the start is the last draw', () => {
    let draws = 0
    const count = { random: () => (draws++, 0.5), randInt: (lo: number) => lo }
    standing(count)
    const values = new Array<number>(draws).fill(0.5)
    values[draws - 1] = 0.9
    expect(standing(scripted(values)).physics.pushes[0]).toBeCloseTo(4, 12)
  })
})

/** Plays an episode by the heuristic. */
function walk(env: BipedalWalker, seed: number, steps: number) {
  const policy = new BipedalWalkerHeuristic()
  let { obs } = env.reset({ seed })
  let sum = 0
  for (let t = 0; t < steps; t++) {
    const step = env.step(policy.act(obs))
    obs = step.obs
    sum += step.reward
    if (step.terminated) break
  }
  return { sum, obs }
}

describe('physics', () => {
  test('the heuristic walks to the end', () => {
    const env = new BipedalWalker()
    for (let seed = 0; seed < 3; seed++) expect(walk(env, seed, 1600).sum).toBeGreaterThan(200)
  })

  test('the lidar of a standing walker measures the height of its hull over flat ground', () => {
    const env = new BipedalWalker()
    const { obs } = env.reset({ seed: 0 })
    const { lidar } = env.scene()
    const { from } = lidar[0]!
    expect(obs[14]).toBeCloseTo((from[1] - 10 / 3) / (160 / 30), 5)
    // the second ray leans 0.15 rad forward and so is longer
    expect(obs[15]).toBeCloseTo(obs[14]! / Math.cos(0.15), 5)
    expect(lidar[1]!.to[1]).toBeCloseTo(10 / 3, 5)
  })

  test('a walker without torques falls on its hull', () => {
    const env = new BipedalWalker()
    env.reset({ seed: 0 })
    const rewards: number[] = []
    for (let t = 0; t < 300; t++) {
      const step = env.step(new Float32Array(4))
      rewards.push(step.reward)
      if (step.terminated) break
    }
    expect(rewards.at(-1)).toBe(-100)
  })

  test('gives the same bits on every engine: the returns recorded here', () => {
    const env = new BipedalWalker({ hardcore: true })
    const returns = [0, 1, 2].map((seed) => walk(env, seed, 130).sum)
    expect(returns).toEqual([12.500628738499616, 13.172783805476085, 12.971575078791819])
  })
})

test('the scene follows the hull once it has left the first fifth of the window', () => {
  const env = new BipedalWalker({ hardcore: true })
  env.reset({ seed: 1 })
  const { hull, legs, obstacles, clouds, scroll } = env.scene()
  expect([hull.length, legs.length, clouds.length]).toEqual([5, 4, 10])
  expect(obstacles.length).toBeGreaterThan(5)
  expect(scroll).toBeCloseTo(14 / 3 - 4, 1)
})

test('states are exact in mid-stride, where the solver remembers impulses', () => {
  const env = new BipedalWalker()
  walk(env, 4, 130)
  const copy = new BipedalWalker()
  copy.setState(env.getState())
  const policy = new BipedalWalkerHeuristic()
  let { obs } = env.step(new Float32Array(4))
  expect(copy.step(new Float32Array(4)).obs).toEqual(obs)
  for (let t = 0; t < 60; t++) {
    const action = policy.act(obs)
    const step = env.step(action)
    expect(copy.step(action)).toEqual(step)
    obs = step.obs
  }
})

test.each([
  [new Float32Array(3), 'pass a Float32Array of 4 elements'],
  [Float32Array.of(0, 0, Infinity, 0), 'action[2] is Infinity; pass finite numbers'],
])('refuses the action %s', (action, message) => {
  const env = new BipedalWalker()
  env.reset()
  expect(() => env.step(action)).toThrow(message)
})

test('refuses to run before a reset, and reset options', () => {
  expect(() => new BipedalWalker().step(new Float32Array(4))).toThrow('call reset() first')
  expect(() => new BipedalWalker().reset({ options: { x: 1 } })).toThrow("unknown argument 'x'")
})

test.each([
  [{ hardcore: 'yes' }, "hardcore is 'yes'; pass one of true, false"],
  [{ hard: true }, "unknown argument 'hard'"],
  [{ renderMode: 'ansi' }, "renderMode is 'ansi'"],
])('refuses the argument %j', (options: object, message) => {
  expect(() => new BipedalWalker(options)).toThrow(message)
})
