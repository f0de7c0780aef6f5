import { MountainCar } from 'gymnasium-js'
import { describe, expect, test } from 'vitest'
import { dynamics } from '../../../../envs/src/envs/classic-control/mountain-car.ts'

/** A car in a given state. */
function carAt(position: number, velocity: number, options = {}): MountainCar {
  const env = new MountainCar(options)
  env.setState({ ...env.getState(), state: [position, velocity], started: true })
  return env
}

describe('dynamics', () => {
  test('a car at rest at 0 is pulled left by 0.0025 and pushed by 0.001', () => {
    const moved = (action: number) => {
      const state = new Float64Array(2)
      dynamics(state, 0, action)
      return state[1]
    }
    expect([moved(0), moved(1), moved(2)]).toEqual([-0.0035, -0.0025, -0.0015])
  })

  test('a car on the slope moves with its new velocity', () => {
    const state = Float64Array.of(-0.5, 0.01)
    dynamics(state, 0, 2)
    // 0.001 - 0.0025 cos(-1.5) = 0.000823157
    expect(state[1]).toBeCloseTo(0.010823157, 9)
    expect(state[0]).toBe(-0.5 + state[1]!)
  })

  test('speed is clipped to 0.07', () => {
    const right = Float64Array.of(-0.9, 0.07) // cos(-2.7) < 0 pulls right
    dynamics(right, 0, 2)
    expect(right).toEqual(Float64Array.of(-0.9 + 0.07, 0.07))
  })

  test('the left wall stops the car, the right end leaves its velocity', () => {
    const left = Float64Array.of(-1.19, -0.05)
    dynamics(left, 0, 0)
    expect(left).toEqual(Float64Array.of(-1.2, 0))
    const right = Float64Array.of(0.59, 0.05)
    dynamics(right, 0, 2)
    expect(right[0]).toBe(0.6)
    expect(right[1]).toBeGreaterThan(0.04)
  })

  test('moves one car among many and leaves the others alone', () => {
    const states = new Float64Array(6).fill(-0.4)
    dynamics(states, 2, 1)
    expect([...states.slice(0, 2), ...states.slice(4)]).toEqual([-0.4, -0.4, -0.4, -0.4])
  })
})

describe('the flag', () => {
  test('ends the episode at 0.5, and costs as any step', () => {
    const reached = carAt(0.47, 0.05).step(2)
    expect([reached.terminated, reached.reward]).toEqual([true, -1])
    expect(carAt(0.4, 0.05).step(2).terminated).toBe(false)
  })

  test('asks for the velocity that goalVelocity says', () => {
    expect(carAt(0.47, 0.05, { goalVelocity: 0.04 }).step(2).terminated).toBe(true)
    expect(carAt(0.47, 0.05, { goalVelocity: 0.06 }).step(2).terminated).toBe(false)
  })

  test('is not reached rolling back', () => {
    expect(carAt(0.59, -0.001).step(0)).toMatchObject({ terminated: false })
  })
})

test('starts at rest in [-0.6, -0.4), or where the options say', () => {
  const env = new MountainCar()
  for (let seed = 0; seed < 50; seed++) {
    const [position, velocity] = env.reset({ seed }).obs
    expect(position! >= Math.fround(-0.6) && position! <= Math.fround(-0.4)).toBe(true)
    expect(velocity).toBe(0)
  }
  expect(env.reset({ options: { low: 0.25, high: 0.25 } }).obs[0]).toBe(0.25)
  expect(() => env.reset({ options: { low: 0 } })).toThrow('low = 0, high = -0.4')
})

test.each([3, -1, 0.5, NaN])('refuses the action %d', (action) => {
  expect(() => carAt(0, 0).step(action)).toThrow(
    `MountainCar: action is ${action}; pass 0 (accelerate left), 1 (do not accelerate) or 2`,
  )
})

test.each([
  [{ goalVelocity: NaN }, 'goalVelocity is NaN; pass a finite number'],
  [{ goalvelocity: 1 }, "did you mean 'goalVelocity'?"],
  [{ renderMode: 'human' }, "renderMode is 'human'"],
])('refuses the argument %j', (options: object, message) => {
  expect(() => new MountainCar(options)).toThrow(message)
})
