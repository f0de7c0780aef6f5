import { Pendulum } from 'gymnasium-js'
import { describe, expect, test } from 'vitest'
import { fc } from '../../../helpers/properties.ts'
import {
  cost,
  dynamics,
  normalizeAngle,
} from '../../../../envs/src/envs/classic-control/pendulum.ts'

/** A pendulum in a given state. */
function rodAt(theta: number, thetaDot: number, options = {}): Pendulum {
  const env = new Pendulum(options)
  env.setState({ ...env.getState(), state: [theta, thetaDot], started: true })
  return env
}

describe('dynamics', () => {
  test('upright and at rest, a torque of 2 accelerates by 6 rad/s²', () => {
    const state = new Float64Array(2)
    dynamics(state, 0, 2, 10)
    expect(Array.from(state)).toEqual([6 * 0.05 * 0.05, 6 * 0.05])
  })

  test('level, gravity accelerates by 1.5 g', () => {
    const state = Float64Array.of(Math.PI / 2, 0)
    dynamics(state, 0, 0, 9)
    expect(state[1]).toBe(13.5 * 0.05)
  })

  test('speed is clipped to 8 before it moves the angle, which is not wrapped', () => {
    const state = Float64Array.of(50, 7.99)
    dynamics(state, 0, 2, 0)
    expect(Array.from(state)).toEqual([50 + 8 * 0.05, 8])
  })
})

test('angles are taken in [-π, π), by a floor modulus', () => {
  expect(normalizeAngle(0)).toBe(0)
  expect(normalizeAngle(Math.PI)).toBe(-Math.PI)
  expect(normalizeAngle(-3.5)).toBeCloseTo(2 * Math.PI - 3.5, 14)
  expect(normalizeAngle(50)).toBeCloseTo(50 - 16 * Math.PI, 12)
  fc.assert(
    fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), (theta) => {
      const angle = normalizeAngle(theta)
      expect(angle >= -Math.PI && angle <= Math.PI).toBe(true)
      expect(Math.cos(angle)).toBeCloseTo(Math.cos(theta), 8)
    }),
  )
})

describe('reward', () => {
  test('hanging, at full speed and torque it is -16.27', () => {
    expect(cost(Math.PI, 8, 2)).toBeCloseTo(Math.PI ** 2 + 6.4 + 0.004, 12)
  })

  test('is of the angle and velocity before the step, and of the clipped torque', () => {
    expect(rodAt(0.5, 2).step(Float32Array.of(9)).reward).toBeCloseTo(-(0.25 + 0.4 + 0.004), 12)
    expect(rodAt(0, 0).step(Float32Array.of(1)).reward).toBe(-0.001)
  })
})

test('observes cosine, sine and velocity', () => {
  const env = new Pendulum({ g: 0 })
  expect(env.reset({ options: { xInit: 0, yInit: 0 } }).obs).toEqual(Float32Array.of(1, 0, 0))
  const turned = rodAt(Math.PI / 2 - 0.05, 1, { g: 0 }).step(Float32Array.of(0))
  expect(turned.obs[0]).toBeCloseTo(0, 7)
  expect(Array.from(turned.obs.slice(1))).toEqual([1, 1])
  expect(turned.terminated).toBe(false)
})

test('starts anywhere, or within the options', () => {
  const env = new Pendulum()
  const starts = Array.from({ length: 200 }, (_, seed) => env.reset({ seed }).obs)
  expect(starts.some(([c, s]) => c! < -0.9 && s! < 0)).toBe(true)
  expect(starts.every((obs) => Math.abs(obs[2]!) <= 1)).toBe(true)
  const near = env.reset({ seed: 1, options: { xInit: 0.1, yInit: 0.2 } }).obs
  expect(near[0]! > Math.cos(0.1) && Math.abs(near[2]!) <= 0.2).toBe(true)
  expect(() => env.reset({ options: { xInit: '1' } })).toThrow("xInit is '1'; pass a finite number")
  expect(() => env.reset({ options: { x: 1 } })).toThrow("unknown argument 'x'")
})

test('refuses invalid arguments and actions', () => {
  expect(() => new Pendulum({ g: NaN })).toThrow('Pendulum: g is NaN; pass a finite number')
  expect(() => rodAt(0, 0).step(Float32Array.of(NaN))).toThrow('action is Float32Array(1) [NaN]')
})
