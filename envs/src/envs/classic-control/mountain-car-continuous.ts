/**
 * MountainCarContinuous: MountainCar with an engine that takes any force up to its maximum, and a
 * price on using it.
 *
 * Action, Box float32 [1]
 * | index | meaning | min | max |
 * |---|---|---|---|
 * | 0 | force on the car, negative to the left; clipped to its bounds | -1 | 1 |
 *
 * Observation, Box float32 [2]: a new array at every reset and step, the caller's to keep.
 * | index | meaning | min | max | unit |
 * |---|---|---|---|---|
 * | 0 | position along the x axis | -1.2 | 0.6 | position |
 * | 1 | velocity | -0.07 | 0.07 | position/step |
 * The engine accelerates by 0.0015 times the force, gravity by -0.0025 cos(3 position). The left end
 * stops the car, the right end holds it but leaves its velocity. The state is rounded to float32
 * after every step, as in Gymnasium.
 *
 * Reward: -0.1 a² for every step, a being the action before it is clipped, and 100 more for the
 * step that reaches the flag.
 *
 * Start: position uniform in [-0.6, -0.4), velocity 0; reset options `{ low, high }` change the
 * bounds of the position. One draw.
 *
 * Termination: position ≥ 0.45 and velocity ≥ `goalVelocity`. Truncation: by the time limit, 999
 * steps. Stepping on after the end is allowed.
 *
 * Arguments: `goalVelocity` (default 0, position/step), `renderMode` ('ansi', 'rgb_array').
 *
 * Source: Moore 1990, "Efficient memory-based learning for robot control"; Gymnasium
 * `classic_control/continuous_mountain_car.py` (MIT).
 *
 * Versions: v0 (999 steps, threshold 90).
 */

import type { RenderMode, ResetOptions } from '../../env.ts'
import type { Frame } from '../../frame.ts'
import { checkKwargs } from '../../names.ts'
import { NativeEnv } from '../../native/native-env.ts'
import type { NativeEnvOptions } from '../../native/native-env.ts'
import type { NativeModel } from '../../native/native-model.ts'
import { checkFinite, clip } from '../../numbers.ts'
import { drawMountainCar, mountainCarText } from '../../rendering/views/mountain-car.ts'
import type { RandomSource } from '../../rng.ts'
import { Box } from '../../spaces/box.ts'
import { CAR_STATE_SIZE, carObservationSpace, observeCar, roll, startCar } from './hill.ts'

const MAX_FORCE = 1
const POWER = 0.0015 // position/step² at force 1
const FORCE_COST = 0.1 // reward lost per squared force
const GOAL_REWARD = 100
const GOAL_POSITION = 0.45

export interface MountainCarContinuousOptions extends NativeEnvOptions {
  /** Velocity that the car must have at the flag, position/step. Default: 0, as in Gymnasium. */
  goalVelocity?: number | undefined
}

/**
 * Moves one car on by a step, in place: position, velocity at `states[at], states[at + 1]`.
 *
 * @param force clipped to [-1, 1].
 */
export function dynamics(states: Float64Array, at: number, force: number): void {
  roll(states, at, clip(force, -MAX_FORCE, MAX_FORCE) * POWER)
}

/** MountainCarContinuous for NativeEnv and NativeVectorEnv; a state is position, velocity. */
export class MountainCarContinuousModel implements NativeModel<
  Float32Array,
  Float32Array,
  Float64Array
> {
  readonly name = 'MountainCarContinuous'
  readonly observationSpace = carObservationSpace()
  readonly actionSpace = new Box({ low: [-MAX_FORCE], high: [MAX_FORCE] })
  readonly stateSize = CAR_STATE_SIZE
  readonly goalVelocity: number

  /** @throws TypeError or RangeError on unknown or invalid options. */
  constructor(options: MountainCarContinuousOptions = {}) {
    checkKwargs('MountainCarContinuous', options, ['goalVelocity', 'renderMode'])
    const { goalVelocity = 0 } = options
    checkFinite('MountainCarContinuous: goalVelocity', goalVelocity)
    this.goalVelocity = goalVelocity
  }

  allocate(n: number): Float64Array {
    return new Float64Array(n * CAR_STATE_SIZE)
  }

  reset(states: Float64Array, at: number, source: RandomSource, options?: ResetOptions): void {
    startCar('MountainCarContinuous', states, at, source, options)
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
      const at = i * CAR_STATE_SIZE
      const action = actions[i]!
      dynamics(states, at, action)
      const atGoal = states[at]! >= GOAL_POSITION && states[at + 1]! >= this.goalVelocity
      states[at] = Math.fround(states[at]!)
      states[at + 1] = Math.fround(states[at + 1]!)
      rewards[i] = (atGoal ? GOAL_REWARD : 0) - FORCE_COST * (action * action)
      terminated[i] = atGoal ? 1 : 0
    }
  }

  observe(states: Float64Array, at: number, obs: Float32Array, obsAt: number): void {
    observeCar(states, at, obs, obsAt)
  }
}

export class MountainCarContinuous extends NativeEnv<Float32Array, Float32Array> {
  /**
   * @param source what reset draws from until a seed is given; default: an Rng seeded with 0.
   * @throws TypeError or RangeError on unknown or invalid options.
   */
  constructor(options: MountainCarContinuousOptions = {}, source?: RandomSource) {
    super(new MountainCarContinuousModel(options), options, source)
  }

  protected override draw(mode: RenderMode): Frame | string {
    const [position, velocity] = [this.states[0]!, this.states[1]!]
    return mode === 'ansi'
      ? mountainCarText(position, velocity, GOAL_POSITION)
      : drawMountainCar(position, GOAL_POSITION)
  }
}
