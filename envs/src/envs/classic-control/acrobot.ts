/**
 * Acrobot: two links hang from a fixed joint, and only the joint between them is driven; swing the
 * free end above a line one link's length over the fixed joint.
 *
 * Action, Discrete(3)
 * | value | meaning |
 * |---|---|
 * | 0 | -1 N m on the middle joint |
 * | 1 | no torque |
 * | 2 | +1 N m on the middle joint |
 *
 * Observation, Box float32 [6]: a new array at every reset and step, the caller's to keep.
 * | index | meaning | min | max | unit |
 * |---|---|---|---|---|
 * | 0 | cos(theta1), theta1 being the first link's angle from hanging straight down | -1 | 1 | |
 * | 1 | sin(theta1) | -1 | 1 | |
 * | 2 | cos(theta2), theta2 being the second link's angle from the first link's direction | -1 | 1 | |
 * | 3 | sin(theta2) | -1 | 1 | |
 * | 4 | angular velocity of theta1 | -12.567 (-4π) | 12.567 (4π) | rad/s |
 * | 5 | angular velocity of theta2 | -28.274 (-9π) | 28.274 (9π) | rad/s |
 * A step is one Runge-Kutta step of 0.2 s with the torque held; then both angles are wrapped to
 * [-π, π] and both velocities clipped to their bounds.
 *
 * Reward: -1 for every step, 0 for the one that reaches the line.
 *
 * Start: each state variable uniform in [-0.1, 0.1), rounded to float32; reset options
 * `{ low, high }` change both bounds. Four draws: theta1, theta2, their velocities.
 *
 * Termination: -cos(theta1) - cos(theta1 + theta2) > 1, the free end's height in m. Truncation: by
 * the time limit, 500 steps. Stepping on after the end is allowed.
 *
 * Arguments: `bookOrNips` (equations of motion: 'book', the default, or 'nips', those of the paper
 * of 1996), `renderMode` ('ansi', 'rgb_array').
 *
 * Source: Sutton 1996, "Generalization in reinforcement learning: successful examples using sparse
 * coarse coding" (NIPS); Sutton & Barto 1998, "Reinforcement learning: an introduction", section
 * 11.3; Gymnasium `classic_control/acrobot.py` (MIT).
 *
 * Versions: v1 (500 steps, threshold -100).
 */

import type { RenderMode, ResetOptions } from '../../env.ts'
import type { Frame } from '../../frame.ts'
import { checkChoice, checkKwargs } from '../../names.ts'
import { NativeEnv } from '../../native/native-env.ts'
import type { NativeEnvOptions } from '../../native/native-env.ts'
import type { NativeModel } from '../../native/native-model.ts'
import { clip } from '../../numbers.ts'
import { acrobotText, drawAcrobot } from '../../rendering/views/acrobot.ts'
import { uniform } from '../../rng.ts'
import type { RandomSource } from '../../rng.ts'
import { Box } from '../../spaces/box.ts'
import { Discrete } from '../../spaces/discrete.ts'
import { cos, sin } from '../../trig.ts'
import { startBounds } from './start-bounds.ts'

const DT = 0.2 // s
const GRAVITY = 9.8 // m/s²
const LINK_MASS = 1 // kg, of either link
const LINK_LENGTH = 1 // m, of the first link
const LINK_CENTRE = 0.5 // m from a link's upper end to its centre of mass
const LINK_INERTIA = 1 // kg m², of either link about its centre
const MAX_SPEED_1 = 4 * Math.PI // rad/s
const MAX_SPEED_2 = 9 * Math.PI // rad/s
const START_BOUND = 0.1 // in each state variable's own unit
const STATE_SIZE = 4 // theta1, theta2, theta1_dot, theta2_dot

const TURN = 2 * Math.PI
const COUPLING = LINK_MASS * LINK_LENGTH * LINK_CENTRE // kg m²
const CENTRE_INERTIA = LINK_MASS * LINK_CENTRE * LINK_CENTRE // kg m², of a mass at its centre

export type AcrobotEquations = 'book' | 'nips'

export interface AcrobotOptions extends NativeEnvOptions {
  /** Default: 'book', as in Gymnasium. */
  bookOrNips?: AcrobotEquations | undefined
}

/** Of the four slopes of the classical Runge-Kutta method: when, s after the start, and how much. */
const TIMES = Float64Array.of(0, DT / 2, DT / 2, DT)
const WEIGHTS = Float64Array.of(1, 2, 2, 1)

/** ddTheta1, ddTheta2 as `accelerate` found them last: with it a step allocates nothing. */
const acceleration = new Float64Array(2)

/**
 * Moves one acrobot on by `DT`, in place: theta1, theta2, theta1_dot, theta2_dot at
 * `states[at … at + 3]`.
 *
 * @param torque on the middle joint, N m.
 */
export function dynamics(
  states: Float64Array,
  at: number,
  torque: number,
  equations: AcrobotEquations,
): void {
  const [theta1, theta2] = [states[at]!, states[at + 1]!]
  const [omega1, omega2] = [states[at + 2]!, states[at + 3]!]
  let [slope1, slope2, slope3, slope4] = [0, 0, 0, 0]
  let [sum1, sum2, sum3, sum4] = [0, 0, 0, 0]
  for (let i = 0; i < 4; i++) {
    const time = TIMES[i]!
    const weight = WEIGHTS[i]!
    const [angle1, angle2] = [theta1 + time * slope1, theta2 + time * slope2]
    slope1 = omega1 + time * slope3
    slope2 = omega2 + time * slope4
    accelerate(angle1, angle2, slope1, slope2, torque, equations)
    slope3 = acceleration[0]!
    slope4 = acceleration[1]!
    sum1 += weight * slope1
    sum2 += weight * slope2
    sum3 += weight * slope3
    sum4 += weight * slope4
  }
  states[at] = wrap(theta1 + (DT / 6) * sum1)
  states[at + 1] = wrap(theta2 + (DT / 6) * sum2)
  states[at + 2] = clip(omega1 + (DT / 6) * sum3, -MAX_SPEED_1, MAX_SPEED_1)
  states[at + 3] = clip(omega2 + (DT / 6) * sum4, -MAX_SPEED_2, MAX_SPEED_2)
}

/** Sets `acceleration`; the names are those of the book. */
function accelerate(
  theta1: number,
  theta2: number,
  dTheta1: number,
  dTheta2: number,
  torque: number,
  equations: AcrobotEquations,
): void {
  const sin2 = sin(theta2)
  const cos2 = cos(theta2)
  const d1 =
    CENTRE_INERTIA +
    LINK_MASS * (LINK_LENGTH * LINK_LENGTH + LINK_CENTRE * LINK_CENTRE) +
    2 * COUPLING * cos2 +
    2 * LINK_INERTIA
  const d2 = CENTRE_INERTIA + COUPLING * cos2 + LINK_INERTIA
  // sin(x) where the book has cos(x - π/2)
  const phi2 = LINK_MASS * LINK_CENTRE * GRAVITY * sin(theta1 + theta2)
  const phi1 =
    -COUPLING * (dTheta2 * dTheta2) * sin2 -
    2 * COUPLING * dTheta2 * dTheta1 * sin2 +
    LINK_MASS * (LINK_CENTRE + LINK_LENGTH) * GRAVITY * sin(theta1) +
    phi2
  const centrifugal = equations === 'book' ? COUPLING * (dTheta1 * dTheta1) * sin2 : 0
  const ddTheta2 =
    (torque + (d2 / d1) * phi1 - centrifugal - phi2) /
    (CENTRE_INERTIA + LINK_INERTIA - (d2 * d2) / d1)
  acceleration[0] = -(d2 * ddTheta2 + phi1) / d1
  acceleration[1] = ddTheta2
}

/** Height of the free end above the fixed joint, in m. */
export function tipHeight(states: Float64Array, at: number): number {
  return -cos(states[at]!) - cos(states[at]! + states[at + 1]!)
}

/** Acrobot for NativeEnv and NativeVectorEnv; a state is theta1, theta2, theta1_dot, theta2_dot. */
export class AcrobotModel implements NativeModel<Float32Array, number, Float64Array> {
  readonly name = 'Acrobot'
  readonly observationSpace = new Box({
    low: [-1, -1, -1, -1, -MAX_SPEED_1, -MAX_SPEED_2],
    high: [1, 1, 1, 1, MAX_SPEED_1, MAX_SPEED_2],
  })
  readonly actionSpace = new Discrete(3)
  readonly actionMeanings = ['torque -1', 'no torque', 'torque +1']
  readonly stateSize = STATE_SIZE
  readonly bookOrNips: AcrobotEquations

  /** @throws TypeError or RangeError on unknown or invalid options. */
  constructor(options: AcrobotOptions = {}) {
    checkKwargs('Acrobot', options, ['bookOrNips', 'renderMode'])
    const { bookOrNips = 'book' } = options
    checkChoice('Acrobot: bookOrNips', bookOrNips, ['book', 'nips'])
    this.bookOrNips = bookOrNips
  }

  allocate(n: number): Float64Array {
    return new Float64Array(n * STATE_SIZE)
  }

  reset(states: Float64Array, at: number, source: RandomSource, options?: ResetOptions): void {
    const [low, high] = startBounds('Acrobot', options, -START_BOUND, START_BOUND)
    for (let k = 0; k < STATE_SIZE; k++) {
      states[at + k] = Math.fround(uniform(source, low, high))
    }
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
    for (let i = 0; i < n; i++) {
      if (skip?.[i] === 1) continue
      const at = i * STATE_SIZE
      dynamics(states, at, actions[i]! - 1, this.bookOrNips)
      const done = tipHeight(states, at) > LINK_LENGTH
      rewards[i] = done ? 0 : -1
      terminated[i] = done ? 1 : 0
    }
  }

  observe(states: Float64Array, at: number, obs: Float32Array, obsAt: number): void {
    obs[obsAt] = cos(states[at]!)
    obs[obsAt + 1] = sin(states[at]!)
    obs[obsAt + 2] = cos(states[at + 1]!)
    obs[obsAt + 3] = sin(states[at + 1]!)
    obs[obsAt + 4] = states[at + 2]!
    obs[obsAt + 5] = states[at + 3]!
  }
}

export class Acrobot extends NativeEnv<Float32Array, number> {
  /**
   * @param source what reset draws from until a seed is given; default: an Rng seeded with 0.
   * @throws TypeError or RangeError on unknown or invalid options.
   */
  constructor(options: AcrobotOptions = {}, source?: RandomSource) {
    super(new AcrobotModel(options), options, source)
  }

  protected override draw(mode: RenderMode): Frame | string {
    const [theta1, theta2] = [this.states[0]!, this.states[1]!]
    return mode === 'ansi' ? acrobotText(theta1, theta2) : drawAcrobot(theta1, theta2)
  }
}

/** The same angle in [-π, π]. */
function wrap(angle: number): number {
  let wrapped = angle
  // Turns are taken off one by one, as the reference does; far beyond what a bounded velocity
  // reaches, where that would not end, at once.
  if (Math.abs(wrapped) > 1e3) wrapped -= TURN * Math.round(wrapped / TURN)
  while (wrapped > Math.PI) wrapped -= TURN
  while (wrapped < -Math.PI) wrapped += TURN
  return wrapped
}
