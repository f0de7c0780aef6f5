/** Seaquest's oxygen, what surfacing brings, and how the game gets harder by it. */

import { GRID, TERMINAL } from '../game.ts'
import { FULL_BOAT } from './player.ts'
import {
  AT_SURFACE,
  DIVER_COUNT,
  ENEMY_INTERVAL,
  MOVE_SPEED,
  OXYGEN,
  PLAYER_Y,
  RAMP_INDEX,
} from './words.ts'

export const FULL_OXYGEN = 200 // steps below the surface
const FASTEST_MOVE_SPEED = 2 // steps that enemies wait between moves

/** Breathes below the surface, surfaces at it. @returns the reward. */
export function breathe(state: Int32Array, at: number, ramping: boolean): number {
  // Before the decrement: the step that shows 0 is survived, the one after it is not.
  if (state[at + OXYGEN]! <= 0) state[at + TERMINAL] = 1
  if (state[at + PLAYER_Y]! > 0) {
    state[at + OXYGEN] = state[at + OXYGEN]! - 1
    state[at + AT_SURFACE] = 0
    return 0
  }
  if (state[at + AT_SURFACE] === 1) return 0
  if (state[at + DIVER_COUNT] !== 0) return surface(state, at, ramping)
  state[at + TERMINAL] = 1
  return 0
}

/**
 * A full boat is paid one point per cell of the oxygen gauge. One diver leaves, also after that, so
 * that the count is then -1: which is not 0, and makes the next surfacing free.
 */
function surface(state: Int32Array, at: number, ramping: boolean): number {
  let reward = 0
  if (state[at + DIVER_COUNT] === FULL_BOAT) {
    reward = oxygenCells(state, at)
    state[at + DIVER_COUNT] = 0
  }
  state[at + DIVER_COUNT] = state[at + DIVER_COUNT]! - 1
  state[at + OXYGEN] = FULL_OXYGEN
  state[at + AT_SURFACE] = 1
  if (ramping) ramp(state, at)
  return reward
}

/** Cells of the gauge that are lit, 0 … 10. */
export function oxygenCells(state: Int32Array, at: number): number {
  const oxygen = state[at + OXYGEN]!
  return oxygen > 0 ? Math.floor((oxygen * GRID) / FULL_OXYGEN) : 0
}

/** Enemies come one step earlier each time, and every second time they move faster. */
function ramp(state: Int32Array, at: number): void {
  const interval = state[at + ENEMY_INTERVAL]!
  const speed = state[at + MOVE_SPEED]!
  if (interval === 1 && speed === FASTEST_MOVE_SPEED) return
  const index = state[at + RAMP_INDEX]!
  if (speed > FASTEST_MOVE_SPEED && index % 2 === 1) state[at + MOVE_SPEED] = speed - 1
  if (interval > 1) state[at + ENEMY_INTERVAL] = interval - 1
  state[at + RAMP_INDEX] = index + 1
}
