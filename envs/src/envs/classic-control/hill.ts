/**
 * The valley of both mountain cars: height sin(3x), a wall at its left end that stops the car, a
 * right end that only holds it. Source: Moore 1990, "Efficient memory-based learning for robot
 * control".
 */

import type { ResetOptions } from '../../env.ts'
import { clip } from '../../numbers.ts'
import { uniform } from '../../rng.ts'
import type { RandomSource } from '../../rng.ts'
import { Box } from '../../spaces/box.ts'
import { cos } from '../../trig.ts'
import { startBounds } from './start-bounds.ts'

const GRAVITY = 0.0025 // per step², the pull along the steepest slope
const MIN_POSITION = -1.2
const MAX_POSITION = 0.6
const MAX_SPEED = 0.07 // per step
const START_LOW = -0.6 // position
const START_HIGH = -0.4 // position

/** Numbers of a car's state, which is also what is observed: position, velocity. */
export const CAR_STATE_SIZE = 2

/** Box float32 [2]. */
export function carObservationSpace(): Box {
  return new Box({ low: [MIN_POSITION, -MAX_SPEED], high: [MAX_POSITION, MAX_SPEED] })
}

/** Puts a car at rest somewhere at the bottom; one draw. @throws as `startBounds` does. */
export function startCar(
  owner: string,
  states: Float64Array,
  at: number,
  source: RandomSource,
  options: ResetOptions | undefined,
): void {
  const [low, high] = startBounds(owner, options, START_LOW, START_HIGH)
  states[at] = uniform(source, low, high)
  states[at + 1] = 0
}

/**
 * Moves one car on by a step, in place: position, velocity at `states[at], states[at + 1]`.
 *
 * @param push acceleration by the engine, per step².
 */
export function roll(states: Float64Array, at: number, push: number): void {
  const uphill = GRAVITY * cos(3 * states[at]!)
  const velocity = clip(states[at + 1]! + (push - uphill), -MAX_SPEED, MAX_SPEED)
  const position = clip(states[at]! + velocity, MIN_POSITION, MAX_POSITION)
  states[at] = position
  states[at + 1] = position === MIN_POSITION && velocity < 0 ? 0 : velocity
}

/** Writes the observation of the car at `at`. */
export function observeCar(
  states: Float64Array,
  at: number,
  obs: Float32Array,
  obsAt: number,
): void {
  obs[obsAt] = states[at]!
  obs[obsAt + 1] = states[at + 1]!
}
