import { Acrobot } from 'gymnasium-js'
import { describe, expect, test } from 'vitest'
import { dynamics, tipHeight } from '../../../../envs/src/envs/classic-control/acrobot.ts'

/** An acrobot in a given state. */
function acrobotAt(state: readonly number[], options = {}): Acrobot {
  const env = new Acrobot(options)
  env.setState({ ...env.getState(), state, started: true })
  return env
}

function after(state: readonly number[], torque: number, equations: 'book' | 'nips' = 'book') {
  const states = Float64Array.from(state)
  dynamics(states, 0, torque, equations)
  return states
}

/** Potential and kinetic energy, J: what no torque leaves as it is. */
function energy([theta1, theta2, dTheta1, dTheta2]: ArrayLike<number> & Iterable<number>): number {
  const c = Math.cos(theta2!)
  const d1 = 0.25 + 1.25 + c + 2 // inertia of both links about the fixed joint
  const d2 = 0.25 + 0.5 * c + 1
  const kinetic = 0.5 * d1 * dTheta1! ** 2 + d2 * dTheta1! * dTheta2! + 0.5 * 1.25 * dTheta2! ** 2
  const heights = -0.5 * Math.cos(theta1!) - Math.cos(theta1!) - 0.5 * Math.cos(theta1! + theta2!)
  return kinetic + 9.8 * heights
}

describe('dynamics', () => {
  test('hanging at rest, it stays', () => {
    expect(Array.from(after([0, 0, 0, 0], 0), Math.abs)).toEqual([0, 0, 0, 0])
  })

  test('a torque on the hanging links turns them against each other', () => {
    // At rest there: d1 = 4.5, d2 = 1.75, so ddTheta2 = 1 / (1.25 - 1.75²/4.5) = 1.756 rad/s² and
    // ddTheta1 = -1.75/4.5 ddTheta2. Gravity pulls both back within the step of 0.2 s.
    const pushed = after([0, 0, 0, 0], 1)
    const ddTheta2 = 1 / (1.25 - (1.75 * 1.75) / 4.5)
    expect(pushed[3]! / (0.2 * ddTheta2)).toBeGreaterThan(0.8)
    expect(pushed[3]! / (0.2 * ddTheta2)).toBeLessThan(1)
    expect(pushed[2]! / (-0.2 * (1.75 / 4.5) * ddTheta2)).toBeGreaterThan(0.8)
    expect(pushed[2]! / (-0.2 * (1.75 / 4.5) * ddTheta2)).toBeLessThan(1)
  })

  test('left mirrors right', () => {
    const state = [0.3, -0.5, 1.2, -0.7]
    const mirrored = after(
      state.map((x) => -x),
      -1,
    )
    expect(mirrored).toEqual(after(state, 1).map((x) => -x))
  })

  test('without torque the equations of the book keep energy, those of the paper do not', () => {
    const state = [0.4, 0.7, 2, 0.9]
    const before = energy(state)
    expect(Math.abs(energy(after(state, 0)) - before)).toBeLessThan(0.01)
    expect(Math.abs(energy(after(state, 0, 'nips')) - before)).toBeGreaterThan(0.1)
  })

  test('wraps angles and clips velocities', () => {
    const [theta1, theta2, dTheta1, dTheta2] = after([3.1, -3.1, 12.5, -28], 0)
    expect([theta1, theta2].every((angle) => Math.abs(angle!) <= Math.PI)).toBe(true)
    expect(Math.abs(dTheta1!)).toBeLessThanOrEqual(4 * Math.PI)
    expect(Math.abs(dTheta2!)).toBeLessThanOrEqual(9 * Math.PI)
    expect(after([0, 0, 100, 0], 0)[2]).toBe(4 * Math.PI)
  })

  test('far beyond its bounds it still comes to an end', () => {
    expect(
      after([0, 0, 1e9, -1e9], 0)
        .slice(0, 2)
        .every((x) => Math.abs(x) <= 3.2),
    ).toBe(true)
  })

  test('moves one acrobot among many and leaves the others alone', () => {
    const states = new Float64Array(12).fill(0.1)
    dynamics(states, 4, 1, 'book')
    expect(states.slice(4, 8)).toEqual(after([0.1, 0.1, 0.1, 0.1], 1))
    expect([...states.slice(0, 4), ...states.slice(8)]).toEqual(Array(8).fill(0.1))
  })
})

test('the free end is 2 m below the joint hanging, 2 m above it upright', () => {
  expect(tipHeight(Float64Array.of(0, 0), 0)).toBe(-2)
  expect(tipHeight(Float64Array.of(Math.PI, 0), 0)).toBe(2)
  expect(tipHeight(Float64Array.of(Math.PI, Math.PI), 0)).toBe(0)
})

test('pays -1 below the line and 0 for the step that reaches it', () => {
  const below = acrobotAt([0, 0, 0, 0]).step(1)
  expect([below.reward, below.terminated]).toEqual([-1, false])
  const above = acrobotAt([3.1, 0, 0, 0]).step(1)
  expect([above.reward, above.terminated]).toEqual([0, true])
})

test('observes cosines, sines and velocities', () => {
  const { obs } = new Acrobot().reset({ options: { low: 0, high: 0 } })
  expect(obs).toEqual(Float32Array.of(1, 0, 1, 0, 0, 0))
})

test('starts in float32 within 0.1, or within the options', () => {
  const env = new Acrobot()
  for (let seed = 0; seed < 50; seed++) {
    env.reset({ seed })
    const state = env.getState()['state'] as number[]
    expect(state).toEqual(Array.from(Float32Array.from(state)))
    expect(state.every((x) => Math.abs(x) <= Math.fround(0.1))).toBe(true)
  }
  expect(() => env.reset({ options: { low: 1, high: 0 } })).toThrow('low = 1, high = 0')
})

test.each([
  [{ bookOrNips: 'paper' }, "bookOrNips is 'paper'; pass one of 'book', 'nips'"],
  [{ bookorNips: 'book' }, "did you mean 'bookOrNips'?"],
])('refuses the argument %j', (options: object, message) => {
  expect(() => new Acrobot(options)).toThrow(message)
})

test.each([3, -1, 0.5])('refuses the action %d', (action) => {
  expect(() => acrobotAt([0, 0, 0, 0]).step(action)).toThrow(
    `Acrobot: action is ${action}; pass 0 (torque -1), 1 (no torque) or 2 (torque +1)`,
  )
})
