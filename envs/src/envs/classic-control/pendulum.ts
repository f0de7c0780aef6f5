/**
 * Pendulum: a rod hangs on a motor that is too weak to lift it at once; swing it up and hold it
 * upright with as little speed and torque as possible.
 *
 * Action, Box float32 [1]
 * | index | meaning | min | max | unit |
 * |---|---|---|---|---|
 * | 0 | torque; clipped to its bounds | -2 | 2 | N m |
 *
 * Observation, Box float32 [3]: a new array at every reset and step, the caller's to keep.
 * | index | meaning | min | max | unit |
 * |---|---|---|---|---|
 * | 0 | cos(theta), theta being the angle from upright | -1 | 1 | |
 * | 1 | sin(theta) | -1 | 1 | |
 * | 2 | angular velocity | -8 | 8 | rad/s |
 *
 * Reward: -(theta² + 0.1 theta_dot² + 0.001 torque²), of the angle and velocity before the step,
 * the angle taken in [-π, π), and of the clipped torque: from -16.27 to 0.
 *
 * Start: theta uniform in [-π, π), velocity uniform in [-1, 1); reset options `{ xInit, yInit }`
 * replace π and 1. Two draws, in this order.
 *
 * Termination: never. Truncation: by the time limit, 200 steps.
 *
 * Arguments: `g` (gravity, default 10 m/s²), `renderMode` ('ansi', 'rgb_array').
 *
 * Source: Gymnasium `classic_control/pendulum.py` (MIT).
 *
 * Versions: v1 (200 steps, no threshold).
 */

import type { RenderMode, ResetOptions } from '../../env.ts'
import type { Frame } from '../../frame.ts'
import { checkKwargs } from '../../names.ts'
import { NativeEnv } from '../../native/native-env.ts'
import type { NativeEnvOptions } from '../../native/native-env.ts'
import type { NativeModel } from '../../native/native-model.ts'
import { checkFinite, clip } from '../../numbers.ts'
import { drawPendulum, pendulumText } from '../../rendering/views/pendulum.ts'
import { uniform } from '../../rng.ts'
import type { RandomSource } from '../../rng.ts'
import { Box } from '../../spaces/box.ts'
import { cos, sin } from '../../trig.ts'

const DT = 0.05 // s
const MAX_SPEED = 8 // rad/s
const MAX_TORQUE = 2 // N m
const GRAVITY_GAIN = 1.5 // 3/(2 l), l = 1 m
const TORQUE_GAIN = 3 // 3/(m l²), m = 1 kg
const START_ANGLE = Math.PI // rad
const START_SPEED = 1 // rad/s
const STATE_SIZE = 2 // theta, theta_dot

export interface PendulumOptions extends NativeEnvOptions {
  /** Gravity in m/s². Default: 10, as in Gymnasium. */
  g?: number | undefined
}

/**
 * Moves one pendulum on by `DT`, in place: theta, theta_dot at `states[at], states[at + 1]`. The
 * new velocity moves the angle, which is not wrapped.
 *
 * @param torque in N m, within its bounds.
 * @param gravity in m/s².
 */
export function dynamics(states: Float64Array, at: number, torque: number, gravity: number): void {
  const theta = states[at]!
  // Gymnasium's torque is a float32, and so is its product with 3.
  const push = GRAVITY_GAIN * gravity * sin(theta) + Math.fround(TORQUE_GAIN * torque)
  const thetaDot = clip(states[at + 1]! + push * DT, -MAX_SPEED, MAX_SPEED)
  states[at] = theta + thetaDot * DT
  states[at + 1] = thetaDot
}

/** What a step costs: of the angle and velocity before it, and the clipped torque. */
export function cost(theta: number, thetaDot: number, torque: number): number {
  const angle = normalizeAngle(theta)
  return angle * angle + 0.1 * (thetaDot * thetaDot) + 0.001 * (torque * torque)
}

/** The same angle in [-π, π). */
export function normalizeAngle(theta: number): number {
  const turn = 2 * Math.PI
  const rest = (theta + Math.PI) % turn // has the sign of theta + π
  return (rest < 0 ? rest + turn : rest) - Math.PI
}

/** Pendulum for NativeEnv and NativeVectorEnv; a state is theta, theta_dot. */
export class PendulumModel implements NativeModel<Float32Array, Float32Array, Float64Array> {
  readonly name = 'Pendulum'
  readonly observationSpace = new Box({ low: [-1, -1, -MAX_SPEED], high: [1, 1, MAX_SPEED] })
  readonly actionSpace = new Box({ low: [-MAX_TORQUE], high: [MAX_TORQUE] })
  readonly stateSize = STATE_SIZE
  readonly g: number

  /** @throws TypeError or RangeError on unknown or invalid options. */
  constructor(options: PendulumOptions = {}) {
    checkKwargs('Pendulum', options, ['g', 'renderMode'])
    const { g = 10 } = options
    checkFinite('Pendulum: g', g)
    this.g = g
  }

  allocate(n: number): Float64Array {
    return new Float64Array(n * STATE_SIZE)
  }

  reset(states: Float64Array, at: number, source: RandomSource, options: ResetOptions = {}): void {
    checkKwargs('Pendulum: reset options', options, ['xInit', 'yInit'])
    const { xInit = START_ANGLE, yInit = START_SPEED } = options
    checkFinite('Pendulum: reset option xInit', xInit)
    checkFinite('Pendulum: reset option yInit', yInit)
    states[at] = uniform(source, -Number(xInit), Number(xInit))
    states[at + 1] = uniform(source, -Number(yInit), Number(yInit))
  }

  stepAll(
    states: Float64Array,
    n: number,
    actions: Float32Array,
    _sources: readonly RandomSource[],
    rewards: Float64Array,
    terminated: Uint8Array,
    skip: Uint8Array | undefined,
  ): void {
    for (let i = 0; i < n; i++) {
      if (skip?.[i] === 1) continue
      const at = i * STATE_SIZE
      const torque = clip(actions[i]!, -MAX_TORQUE, MAX_TORQUE)
      rewards[i] = -cost(states[at]!, states[at + 1]!, torque)
      dynamics(states, at, torque, this.g)
      terminated[i] = 0
    }
  }

  observe(states: Float64Array, at: number, obs: Float32Array, obsAt: number): void {
    obs[obsAt] = cos(states[at]!)
    obs[obsAt + 1] = sin(states[at]!)
    obs[obsAt + 2] = states[at + 1]!
  }
}

export class Pendulum extends NativeEnv<Float32Array, Float32Array> {
  /**
   * @param source what reset draws from until a seed is given; default: an Rng seeded with 0.
   * @throws TypeError or RangeError on unknown or invalid options.
   */
  constructor(options: PendulumOptions = {}, source?: RandomSource) {
    super(new PendulumModel(options), options, source)
  }

  protected override draw(mode: RenderMode): Frame | string {
    const [theta, thetaDot] = [this.states[0]!, this.states[1]!]
    return mode === 'ansi' ? pendulumText(theta, thetaDot) : drawPendulum(theta)
  }
}
