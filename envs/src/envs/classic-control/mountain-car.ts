/**
 * MountainCar: a car in a valley, too weak to climb straight to the flag on the right hill; it must
 * swing back and forth to gather speed.
 *
 * Action, Discrete(3)
 * | value | meaning |
 * |---|---|
 * | 0 | accelerate to the left, -0.001 |
 * | 1 | do not accelerate |
 * | 2 | accelerate to the right, +0.001 |
 *
 * Observation, Box float32 [2]: a new array at every reset and step, the caller's to keep.
 * | index | meaning | min | max | unit |
 * |---|---|---|---|---|
 * | 0 | position along the x axis | -1.2 | 0.6 | position |
 * | 1 | velocity | -0.07 | 0.07 | position/step |
 * Gravity pulls with -0.0025 cos(3 position). The left end stops the car, the right end holds it
 * but leaves its velocity.
 *
 * Reward: -1 for every step, the one that reaches the flag too.
 *
 * Start: position uniform in [-0.6, -0.4), velocity 0; reset options `{ low, high }` change the
 * bounds of the position. One draw.
 *
 * Termination: position ≥ 0.5 and velocity ≥ `goalVelocity`. Truncation: by the time limit, 200
 * steps. Stepping on after the end is allowed.
 *
 * Arguments: `goalVelocity` (default 0, position/step), `renderMode` ('ansi', 'rgb_array').
 *
 * Source: Moore 1990, "Efficient memory-based learning for robot control"; Sutton & Barto 2018,
 * example 10.1; Gymnasium `classic_control/mountain_car.py` (MIT).
 *
 * Versions: v0 (200 steps, threshold -110).
 */

import type { RenderMode, ResetOptions } from '../../env.ts'
import type { Frame } from '../../frame.ts'
import { checkKwargs } from '../../names.ts'
import { NativeEnv } from '../../native/native-env.ts'
import type { NativeEnvOptions } from '../../native/native-env.ts'
import type { NativeModel } from '../../native/native-model.ts'
import { checkFinite } from '../../numbers.ts'
import { drawMountainCar, mountainCarText } from '../../rendering/views/mountain-car.ts'
import type { RandomSource } from '../../rng.ts'
import { Discrete } from '../../spaces/discrete.ts'
import { CAR_STATE_SIZE, carObservationSpace, observeCar, roll, startCar } from './hill.ts'

const FORCE = 0.001 // position/step²
const GOAL_POSITION = 0.5

export interface MountainCarOptions extends NativeEnvOptions {
  /** Velocity that the car must have at the flag, position/step. Default: 0, as in Gymnasium. */
  goalVelocity?: number | undefined
}

/**
 * Moves one car on by a step, in place: position, velocity at `states[at], states[at + 1]`.
 *
 * @param action 0 accelerates left, 1 not, 2 right.
 */
export function dynamics(states: Float64Array, at: number, action: number): void {
  roll(states, at, (action - 1) * FORCE)
}

/** MountainCar for NativeEnv and NativeVectorEnv; a state is position, velocity. */
export class MountainCarModel implements NativeModel<Float32Array, number, Float64Array> {
  readonly name = 'MountainCar'
  readonly observationSpace = carObservationSpace()
  readonly actionSpace = new Discrete(3)
  readonly actionMeanings = ['accelerate left', 'do not accelerate', 'accelerate right']
  readonly stateSize = CAR_STATE_SIZE
  readonly goalVelocity: number

  /** @throws TypeError or RangeError on unknown or invalid options. */
  constructor(options: MountainCarOptions = {}) {
    checkKwargs('MountainCar', options, ['goalVelocity', 'renderMode'])
    const { goalVelocity = 0 } = options
    checkFinite('MountainCar: goalVelocity', goalVelocity)
    this.goalVelocity = goalVelocity
  }

  allocate(n: number): Float64Array {
    return new Float64Array(n * CAR_STATE_SIZE)
  }

  reset(states: Float64Array, at: number, source: RandomSource, options?: ResetOptions): void {
    startCar('MountainCar', states, at, source, options)
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
      const at = i * CAR_STATE_SIZE
      dynamics(states, at, actions[i]!)
      rewards[i] = -1
      const atGoal = states[at]! >= GOAL_POSITION && states[at + 1]! >= this.goalVelocity
      terminated[i] = atGoal ? 1 : 0
    }
  }

  observe(states: Float64Array, at: number, obs: Float32Array, obsAt: number): void {
    observeCar(states, at, obs, obsAt)
  }
}

export class MountainCar extends NativeEnv<Float32Array, number> {
  /**
   * @param source what reset draws from until a seed is given; default: an Rng seeded with 0.
   * @throws TypeError or RangeError on unknown or invalid options.
   */
  constructor(options: MountainCarOptions = {}, source?: RandomSource) {
    super(new MountainCarModel(options), options, source)
  }

  protected override draw(mode: RenderMode): Frame | string {
    const [position, velocity] = [this.states[0]!, this.states[1]!]
    return mode === 'ansi'
      ? mountainCarText(position, velocity, GOAL_POSITION)
      : drawMountainCar(position, GOAL_POSITION)
  }
}
