/** Seaquest's player: its moves, its bullets, and the divers that it picks up. */

import type { RandomSource } from '../../../rng.ts'
import { DOWN, FIRE, GRID, LEFT, RIGHT, UP } from '../game.ts'
import { append, removeFirst, removeInCell } from './lists.ts'
import {
  advance,
  cellIn,
  cellOf,
  DIVER_COUNT,
  DIVERS,
  FISH,
  GUN_TIMER,
  isOnGrid,
  LAST_ROW,
  OWN_BULLETS,
  pack,
  PLAYER_DIRECTION,
  PLAYER_X,
  PLAYER_Y,
  SUBS,
  TIMER_STEP,
  timerIn,
  withTimer,
} from './words.ts'

const GUN_INTERVAL = 5 // steps
const DIVER_MOVE_SPEED = 5 // steps that a diver waits between moves
/** As many divers as fit in. */
export const FULL_BOAT = 6

export function movePlayer(state: Int32Array, at: number, action: number): void {
  const x = state[at + PLAYER_X]!
  const y = state[at + PLAYER_Y]!
  if (action === LEFT) turnAndMove(state, at, 0, x > 0 ? x - 1 : 0)
  else if (action === RIGHT) turnAndMove(state, at, 1, x < GRID - 1 ? x + 1 : GRID - 1)
  else if (action === UP) state[at + PLAYER_Y] = y > 0 ? y - 1 : 0
  else if (action === DOWN) state[at + PLAYER_Y] = y < LAST_ROW ? y + 1 : LAST_ROW
  else if (action === FIRE && state[at + GUN_TIMER] === 0) {
    append(state, at, OWN_BULLETS, pack(x, y, state[at + PLAYER_DIRECTION] === 1))
    state[at + GUN_TIMER] = GUN_INTERVAL
  }
}

function turnAndMove(state: Int32Array, at: number, direction: number, x: number): void {
  state[at + PLAYER_DIRECTION] = direction
  state[at + PLAYER_X] = x
}

/** The player's cell, as things have it. */
export function playerCell(state: Int32Array, at: number): number {
  return cellOf(state[at + PLAYER_X]!, state[at + PLAYER_Y]!)
}

/** Moves the player's bullets; each kills one fish, or else one sub. @returns the reward. */
export function moveOwnBullets(state: Int32Array, at: number): number {
  let reward = 0
  for (let i = state[at + OWN_BULLETS]! - 1; i >= 0; i--) {
    const bullet = advance(state[at + OWN_BULLETS + 1 + i]!)
    state[at + OWN_BULLETS + 1 + i] = bullet
    if (!isOnGrid(bullet)) {
      removeFirst(state, at, OWN_BULLETS, bullet)
    } else if (
      removeInCell(state, at, FISH, cellIn(bullet)) ||
      removeInCell(state, at, SUBS, cellIn(bullet))
    ) {
      removeFirst(state, at, OWN_BULLETS, bullet)
      reward++
    }
  }
  return reward
}

/** A diver enters at the left or the right edge. Draws direction and row. */
export function spawnDiver(state: Int32Array, at: number, source: RandomSource): void {
  const toTheRight = source.random() < 1 / 2
  const y = source.randInt(1, LAST_ROW + 1)
  append(state, at, DIVERS, pack(toTheRight ? 0 : GRID - 1, y, toTheRight, DIVER_MOVE_SPEED))
}

/** Moves the divers and takes those aboard that meet the player while there is room. */
export function moveDivers(state: Int32Array, at: number): void {
  const player = playerCell(state, at)
  for (let i = state[at + DIVERS]! - 1; i >= 0; i--) {
    const diver = state[at + DIVERS + 1 + i]!
    if (takeAboard(state, at, diver, player)) continue
    if (timerIn(diver) > 0) {
      state[at + DIVERS + 1 + i] = diver - TIMER_STEP
      continue
    }
    const moved = withTimer(advance(diver), DIVER_MOVE_SPEED)
    state[at + DIVERS + 1 + i] = moved
    if (!isOnGrid(moved)) removeFirst(state, at, DIVERS, moved)
    else takeAboard(state, at, moved, player)
  }
}

/** @returns whether the diver was in the player's cell and there was room for it. */
function takeAboard(state: Int32Array, at: number, diver: number, player: number): boolean {
  if (cellIn(diver) !== player || state[at + DIVER_COUNT]! >= FULL_BOAT) return false
  removeFirst(state, at, DIVERS, diver)
  state[at + DIVER_COUNT] = state[at + DIVER_COUNT]! + 1
  return true
}
