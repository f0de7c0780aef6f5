import { CartPole } from 'gymnasium-js'
import { describe, expect, test } from 'vitest'
import { dynamics, hasFailed } from '../../../../envs/src/envs/classic-control/cartpole.ts'
import { viaJson } from '../../via-json.ts'

/** A CartPole in a given state. */
function cartAt(state: readonly number[], options = {}): CartPole {
  const env = new CartPole(options)
  env.setState({ ...env.getState(), state: [...state, 0], started: true })
  return env
}

describe('dynamics', () => {
  test('an upright pole at rest is pushed by 10 N as worked out by hand', () => {
    // temp = 10/1.1; thetaAcc = -temp / (0.5 (4/3 - 0.1/1.1)) = -14.634…; xAcc = 9.756…
    const state = new Float64Array(4)
    dynamics(state, 0, 1, 'euler')
    const temp = 10 / 1.1
    const thetaAcc = -temp / (0.5 * (4 / 3 - 0.1 / 1.1))
    expect(Array.from(state)).toEqual([
      0,
      0.02 * (temp - (0.05 * thetaAcc) / 1.1),
      0,
      0.02 * thetaAcc,
    ])
    expect(state[1]).toBeCloseTo(0.1951, 4)
    expect(state[3]).toBeCloseTo(-0.2927, 4)
  })

  test('the semi-implicit integrator moves with the new velocities', () => {
    const state = new Float64Array(4)
    dynamics(state, 0, 1, 'semi-implicit-euler')
    expect(state[0]).toBe(0.02 * state[1]!)
    expect(state[2]).toBe(0.02 * state[3]!)
  })

  test('left mirrors right', () => {
    const right = Float64Array.of(0.1, -0.2, 0.03, 0.4)
    const left = right.map((x) => -x)
    dynamics(right, 0, 1, 'euler')
    dynamics(left, 0, 0, 'euler')
    expect(left).toEqual(right.map((x) => -x))
  })

  test('moves one cart among many and leaves the others alone', () => {
    const states = new Float64Array(12).fill(0.01)
    const alone = new Float64Array(4).fill(0.01)
    dynamics(states, 4, 0, 'euler')
    dynamics(alone, 0, 0, 'euler')
    expect(states.slice(4, 8)).toEqual(alone)
    expect([...states.slice(0, 4), ...states.slice(8)]).toEqual(Array(8).fill(0.01))
  })
})

test('fails strictly beyond 2.4 m and 12 degrees', () => {
  const limit = (12 * 2 * Math.PI) / 360
  const failed = (x: number, theta: number) => hasFailed(Float64Array.of(x, 9, theta, 9), 0)
  expect([failed(2.4, limit), failed(-2.4, -limit)]).toEqual([false, false])
  expect([failed(2.4000001, 0), failed(-2.5, 0)]).toEqual([true, true])
  expect([failed(0, limit + 1e-9), failed(0, -0.3)]).toEqual([true, true])
})

describe('reset', () => {
  test('starts inside the bounds, in float32, without rounding outwards', () => {
    const env = new CartPole()
    for (let seed = 0; seed < 50; seed++) {
      const { obs } = env.reset({ seed })
      expect(obs.every((x) => Math.abs(x) <= Math.fround(0.05))).toBe(true)
    }
  })

  test('takes its bounds from the options', () => {
    const env = new CartPole()
    const { obs } = env.reset({ seed: 1, options: { low: 0.2, high: 0.3 } })
    expect(obs.every((x) => x >= 0.2 && x < 0.3)).toBe(true)
    expect(env.reset({ options: { low: 0, high: 0 } }).obs).toEqual(new Float32Array(4))
  })

  test.each([
    [{ low: 1 }, 'low = 1, high = 0.05'],
    [{ low: '0' }, "low = '0'"],
    [{ low: -Infinity }, 'finite'],
    [{ lo: 0 }, "unknown argument 'lo'"],
  ])('refuses the options %j', (options, message) => {
    expect(() => new CartPole().reset({ options })).toThrow(message)
  })
})

describe('rewards', () => {
  const falling = [0, 0, 0.2, 3] // the next step fails, and so do those after it

  test('1 for standing and for the failing step, 0 after it', () => {
    expect(cartAt([0, 0, 0, 0]).step(0).reward).toBe(1)
    const env = cartAt(falling)
    expect([env.step(0), env.step(0)].map((s) => [s.reward, s.terminated])).toEqual([
      [1, true],
      [0, true],
    ])
  })

  test('Sutton and Barto: 0 for standing, -1 from the failing step on', () => {
    const options = { suttonBartoReward: true }
    expect(cartAt([0, 0, 0, 0], options).step(0).reward).toBe(0)
    const env = cartAt(falling, options)
    expect([env.step(0).reward, env.step(0).reward]).toEqual([-1, -1])
  })

  test('a reset forgets the failure', () => {
    const env = cartAt(falling)
    env.step(0)
    env.reset()
    env.setState({ ...env.getState(), state: [...falling, 0] })
    expect(env.step(0).reward).toBe(1)
  })
})

describe('step', () => {
  test.each([2, -1, 0.5, NaN])('refuses the action %d', (action) => {
    const env = new CartPole()
    env.reset()
    expect(() => env.step(action)).toThrow(`action is ${action}; pass 0 (push left) or 1`)
  })

  test('refuses to run before a reset', () => {
    expect(() => new CartPole().step(0)).toThrow('call reset() first')
  })

  test('remembers a failure in its state', () => {
    const env = cartAt([0, 0, 0.2, 3])
    env.step(0)
    const copy = new CartPole()
    copy.setState(viaJson(env.getState()))
    expect(copy.step(0).reward).toBe(0)
  })

  test('a torn state is refused and changes nothing', () => {
    const env = cartAt([0.1, 0, 0, 0])
    const before = env.getState()
    expect(() => env.setState({ ...before, state: [1, 2, 3] })).toThrow('state.state')
    expect(() => env.setState({ ...before, state: [1, 2, 3, 4, 0], rng: 7 })).toThrow('state.rng')
    expect(env.getState()).toEqual(before)
  })
})

test.each([
  [{ suttonBartoReward: 'yes' }, "suttonBartoReward is 'yes'; pass one of true, false"],
  [{ kinematicsIntegrator: 'rk4' }, "pass one of 'euler', 'semi-implicit-euler'"],
  [{ renderMode: 'human' }, "renderMode is 'human'; pass one of undefined, 'ansi', 'rgb_array'"],
])('refuses the argument %j', (options: object, message) => {
  expect(() => new CartPole(options)).toThrow(message)
})

test('draws the cart, its leaning pole and the numbers as text', () => {
  const env = cartAt([0, 0, 0.1, 0], { renderMode: 'ansi' })
  const text = env.render()
  if (typeof text !== 'string') expect.fail('no text')
  const rows = text.split('\n')
  expect(rows.map((row) => row.search(/\S/))).toEqual([26, 25, 25, 24, 24, 0, 0])
  expect(rows.at(-1)).toBe('x 0.000 m, theta 5.7 deg')
  expect(cartAt([9, 0, 0, 0], { renderMode: 'ansi' }).render()).not.toContain('#')
  expect(cartAt([0, 0, 0, 0]).render()).toBeUndefined()
})
