import { MountainCarContinuous } from 'gymnasium-js'
import { describe, expect, test } from 'vitest'
import { dynamics } from '../../../../envs/src/envs/classic-control/mountain-car-continuous.ts'

/** A car in a given state. */
function carAt(position: number, velocity: number, options = {}): MountainCarContinuous {
  const env = new MountainCarContinuous(options)
  env.setState({ ...env.getState(), state: [position, velocity], started: true })
  return env
}

describe('dynamics', () => {
  test('half the force pushes by 0.00075 against a pull of 0.0025', () => {
    const state = new Float64Array(2)
    dynamics(state, 0, 0.5)
    expect(Array.from(state)).toEqual([0.00075 - 0.0025, 0.00075 - 0.0025])
  })

  test('force is clipped to 1', () => {
    const [strong, full] = [new Float64Array(2), new Float64Array(2)]
    dynamics(strong, 0, -7)
    dynamics(full, 0, -1)
    expect(strong).toEqual(full)
  })
})

describe('rewards', () => {
  test('a step costs a tenth of the action squared, clipped or not', () => {
    expect(carAt(-0.5, 0).step(Float32Array.of(0)).reward).toBe(0)
    expect(carAt(-0.5, 0).step(Float32Array.of(0.5)).reward).toBe(-0.025)
    expect(carAt(-0.5, 0).step(Float32Array.of(-3)).reward).toBe(-0.9)
  })

  test('the flag at 0.45 pays 100, less the cost', () => {
    const reached = carAt(0.42, 0.05).step(Float32Array.of(1))
    expect([reached.terminated, reached.reward]).toEqual([true, 99.9])
    const slow = carAt(0.42, 0.05, { goalVelocity: 0.06 }).step(Float32Array.of(1))
    expect([slow.terminated, slow.reward]).toEqual([false, -0.1])
  })
})

test('the state is rounded to float32 after a step', () => {
  const env = carAt(-0.5, 0.01)
  const { obs } = env.step(Float32Array.of(0.3))
  expect(env.getState()['state']).toEqual(Array.from(obs))
})

test.each([[0.5], [Float64Array.of(0.5)], [Float32Array.of(0, 0)], [Float32Array.of(NaN)]])(
  'refuses the action %s',
  (action) => {
    expect(() => carAt(0, 0).step(action as Float32Array)).toThrow(
      /MountainCarContinuous: action is .*; pass finite numbers, a member of Box\(-1\.0, 1\.0/,
    )
  },
)

test('refuses invalid arguments', () => {
  expect(() => new MountainCarContinuous({ goalVelocity: Infinity })).toThrow(
    'pass a finite number',
  )
})
