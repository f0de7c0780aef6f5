/**
 * CartPole: a pole stands on a cart that moves along a frictionless track; keep it upright by
 * pushing the cart left or right.
 *
 * Action, Discrete(2)
 * | value | meaning |
 * |---|---|
 * | 0 | push the cart to the left, -10 N |
 * | 1 | push the cart to the right, +10 N |
 *
 * Observation, Box float32 [4]: a new array at every reset and step, the caller's to keep.
 * | index | meaning | min | max | unit |
 * |---|---|---|---|---|
 * | 0 | cart position x | -4.8 | 4.8 | m |
 * | 1 | cart velocity | -inf | inf | m/s |
 * | 2 | pole angle theta from upright | -0.418 (-24°) | 0.418 (24°) | rad |
 * | 3 | pole angular velocity | -inf | inf | rad/s |
 * The bounds of 0 and 2 are twice the values at which the episode ends.
 *
 * Reward: 1 for every step, the failing one too, and 0 for steps after it. With
 * `suttonBartoReward`: 0 while the pole stands, -1 for the failing step and every one after it.
 *
 * Start: each state variable uniform in [-0.05, 0.05); reset options `{ low, high }` change both
 * bounds. Four draws, in the order of the observation.
 *
 * Termination: |x| > 2.4 m or |theta| > 12°, on the float64 state. Truncation: by the time limit,
 * 500 steps in v1 and 200 in v0. Stepping on after the end is allowed.
 *
 * Arguments: `suttonBartoReward` (default false), `kinematicsIntegrator` ('euler', the default, or
 * 'semi-implicit-euler'), `renderMode` ('ansi', 'rgb_array').
 *
 * Source: Barto, Sutton & Anderson 1983, "Neuronlike adaptive elements that can solve difficult
 * learning control problems"; Gymnasium `classic_control/cartpole.py` (MIT).
 *
 * Versions: v1 (500 steps, threshold 475), v0 (200 steps, threshold 195).
 */

import type { RenderMode, ResetOptions } from '../../env.ts'
import type { Frame } from '../../frame.ts'
import { checkChoice, checkKwargs } from '../../names.ts'
import { NativeEnv } from '../../native/native-env.ts'
import type { NativeEnvOptions } from '../../native/native-env.ts'
import type { NativeModel } from '../../native/native-model.ts'
import { cartPoleText, drawCartPole } from '../../rendering/views/cartpole.ts'
import { uniform } from '../../rng.ts'
import type { RandomSource } from '../../rng.ts'
import { Box } from '../../spaces/box.ts'
import { Discrete } from '../../spaces/discrete.ts'
import { cos, sin } from '../../trig.ts'
import { startBounds } from './start-bounds.ts'

const GRAVITY = 9.8 // m/s²
const POLE_MASS = 0.1 // kg
const TOTAL_MASS = 1.1 // kg, the cart's 1.0 and the pole's
const POLE_HALF_LENGTH = 0.5 // m
const POLE_MASS_LENGTH = POLE_MASS * POLE_HALF_LENGTH // kg m
const FORCE = 10 // N
const DT = 0.02 // s
const X_THRESHOLD = 2.4 // m
const THETA_THRESHOLD = (12 * 2 * Math.PI) / 360 // rad
const START_BOUND = 0.05 // in each state variable's own unit

/** x, x_dot, theta, theta_dot: what moves, and what is observed. */
const MOVING = 4
/** And 1 where a step of this episode has failed already, else 0. */
const STATE_SIZE = 5

export type KinematicsIntegrator = 'euler' | 'semi-implicit-euler'

export interface CartPoleOptions extends NativeEnvOptions {
  /** Reward 0, and -1 for failing, instead of 1 per step. Default: false, as in Gymnasium. */
  suttonBartoReward?: boolean | undefined
  /** Default: 'euler', as in Gymnasium. */
  kinematicsIntegrator?: KinematicsIntegrator | undefined
}

/**
 * Moves one cart on by `DT`, in place: x, x_dot, theta, theta_dot at `states[at … at + 3]`. Reads
 * and writes nothing else, so it serves one cart and an array of carts alike.
 *
 * @param states [.., 4] flat float64.
 * @param at index of the cart's x.
 * @param action 0 pushes left, 1 right.
 */
export function dynamics(
  states: Float64Array,
  at: number,
  action: number,
  integrator: KinematicsIntegrator,
): void {
  const xDot = states[at + 1]!
  const theta = states[at + 2]!
  const thetaDot = states[at + 3]!
  const force = (2 * action - 1) * FORCE // a branch would be mispredicted half the time
  const cosTheta = cos(theta)
  const sinTheta = sin(theta)
  const temp = (force + POLE_MASS_LENGTH * (thetaDot * thetaDot) * sinTheta) / TOTAL_MASS
  const thetaAcc =
    (GRAVITY * sinTheta - cosTheta * temp) /
    (POLE_HALF_LENGTH * (4 / 3 - (POLE_MASS * (cosTheta * cosTheta)) / TOTAL_MASS))
  const xAcc = temp - (POLE_MASS_LENGTH * thetaAcc * cosTheta) / TOTAL_MASS
  const nextXDot = xDot + DT * xAcc
  const nextThetaDot = thetaDot + DT * thetaAcc
  // Explicit Euler moves with the old velocities, semi-implicit Euler with the new ones.
  const explicit = integrator === 'euler'
  states[at] = states[at]! + DT * (explicit ? xDot : nextXDot)
  states[at + 1] = nextXDot
  states[at + 2] = theta + DT * (explicit ? thetaDot : nextThetaDot)
  states[at + 3] = nextThetaDot
}

/** Whether the cart at `states[at … at + 3]` left the track or its pole fell. */
export function hasFailed(states: Float64Array, at: number): boolean {
  return Math.abs(states[at]!) > X_THRESHOLD || Math.abs(states[at + 2]!) > THETA_THRESHOLD
}

/** CartPole for NativeEnv and NativeVectorEnv; a state is x, x_dot, theta, theta_dot, failed. */
export class CartPoleModel implements NativeModel<Float32Array, number, Float64Array> {
  readonly name = 'CartPole'
  readonly observationSpace = new Box({
    low: [-2 * X_THRESHOLD, -Infinity, -2 * THETA_THRESHOLD, -Infinity],
    high: [2 * X_THRESHOLD, Infinity, 2 * THETA_THRESHOLD, Infinity],
  })
  readonly actionSpace = new Discrete(2)
  readonly actionMeanings = ['push left', 'push right']
  readonly stateSize = STATE_SIZE
  readonly suttonBartoReward: boolean
  readonly kinematicsIntegrator: KinematicsIntegrator

  /** @throws TypeError or RangeError on unknown or invalid options. */
  constructor(options: CartPoleOptions = {}) {
    checkKwargs('CartPole', options, ['suttonBartoReward', 'kinematicsIntegrator', 'renderMode'])
    const { suttonBartoReward = false, kinematicsIntegrator = 'euler' } = options
    checkChoice('CartPole: suttonBartoReward', suttonBartoReward, [true, false])
    checkChoice('CartPole: kinematicsIntegrator', kinematicsIntegrator, [
      'euler',
      'semi-implicit-euler',
    ])
    this.suttonBartoReward = suttonBartoReward
    this.kinematicsIntegrator = kinematicsIntegrator
  }

  allocate(n: number): Float64Array {
    return new Float64Array(n * STATE_SIZE)
  }

  reset(states: Float64Array, at: number, source: RandomSource, options?: ResetOptions): void {
    const [low, high] = startBounds('CartPole', options, -START_BOUND, START_BOUND)
    for (let k = 0; k < MOVING; k++) states[at + k] = uniform(source, low, high)
    states[at + MOVING] = 0
  }

  stepAll(
    states: Float64Array,
    n: number,
    actions: Int32Array,
    _sources: readonly RandomSource[],
    rewards: Float64Array,
    terminated: Uint8Array,
    skip: Uint8Array | undefined,
  ): void {
    const { suttonBartoReward, kinematicsIntegrator } = this
    const standingReward = suttonBartoReward ? 0 : 1
    for (let i = 0; i < n; i++) {
      if (skip?.[i] === 1) continue
      const at = i * STATE_SIZE
      dynamics(states, at, actions[i]!, kinematicsIntegrator)
      rewards[i] = standingReward
      terminated[i] = 0
      if (!hasFailed(states, at)) continue
      terminated[i] = 1
      if (suttonBartoReward) rewards[i] = -1
      else if (states[at + MOVING] === 1) rewards[i] = 0
      states[at + MOVING] = 1
    }
  }

  observe(states: Float64Array, at: number, obs: Float32Array, obsAt: number): void {
    // Written out: a loop of four costs as much as a sine.
    obs[obsAt] = states[at]!
    obs[obsAt + 1] = states[at + 1]!
    obs[obsAt + 2] = states[at + 2]!
    obs[obsAt + 3] = states[at + 3]!
  }
}

export class CartPole extends NativeEnv<Float32Array, number> {
  /**
   * @param source what reset draws from until a seed is given; default: an Rng seeded with 0.
   * @throws TypeError or RangeError on unknown or invalid options.
   */
  constructor(options: CartPoleOptions = {}, source?: RandomSource) {
    super(new CartPoleModel(options), options, source)
  }

  protected override draw(mode: RenderMode): Frame | string {
    return mode === 'ansi' ? cartPoleText(this.states) : drawCartPole(this.states)
  }
}
