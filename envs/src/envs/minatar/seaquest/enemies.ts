/** Seaquest's fish, subs and the subs' bullets. */

import type { RandomSource } from '../../../rng.ts'
import { GRID, TERMINAL } from '../game.ts'
import { append, removeAt, removeInCell } from './lists.ts'
import { playerCell } from './player.ts'
import {
  advance,
  bulletFrom,
  cellIn,
  ENEMY_BULLETS,
  FISH,
  goesRight,
  GUN_STEP,
  gunTimerIn,
  isOnGrid,
  LAST_ROW,
  MOVE_SPEED,
  OWN_BULLETS,
  pack,
  SUBS,
  TIMER_STEP,
  timerIn,
  withGunTimer,
  withTimer,
  yIn,
} from './words.ts'

const SUB_PROBABILITY = 1 / 3
const GUN_INTERVAL = 10 // steps that a sub waits between shots

/**
 * A fish or a sub enters at the left or the right edge, unless an enemy in its row goes the other
 * way. Draws direction, kind and row.
 */
export function spawnEnemy(state: Int32Array, at: number, source: RandomSource): void {
  const toTheRight = source.random() < 1 / 2
  const sub = source.random() < SUB_PROBABILITY
  const y = source.randInt(1, LAST_ROW + 1)
  if (hasOncoming(state, at, FISH, y, toTheRight)) return
  if (hasOncoming(state, at, SUBS, y, toTheRight)) return
  const x = toTheRight ? 0 : GRID - 1
  const speed = state[at + MOVE_SPEED]!
  if (sub) append(state, at, SUBS, pack(x, y, toTheRight, speed, GUN_INTERVAL))
  else append(state, at, FISH, pack(x, y, toTheRight, speed))
}

function hasOncoming(
  state: Int32Array,
  at: number,
  list: number,
  y: number,
  toTheRight: boolean,
): boolean {
  const end = at + list + state[at + list]!
  for (let word = at + list + 1; word <= end; word++) {
    if (yIn(state[word]!) === y && goesRight(state[word]!) !== toTheRight) return true
  }
  return false
}

export function moveFish(state: Int32Array, at: number): void {
  const player = playerCell(state, at)
  for (let i = state[at + FISH]! - 1; i >= 0; i--) swim(state, at, FISH, i, player)
}

/** Moves the subs and lets them shoot, also the one that is shot or leaves the grid thereby. */
export function moveSubs(state: Int32Array, at: number): void {
  const player = playerCell(state, at)
  for (let i = state[at + SUBS]! - 1; i >= 0; i--) {
    const sub = state[at + SUBS + 1 + i]!
    const remains = swim(state, at, SUBS, i, player)
    const shoots = gunTimerIn(sub) === 0
    if (shoots) append(state, at, ENEMY_BULLETS, bulletFrom(timerIn(sub) > 0 ? sub : advance(sub)))
    if (!remains) continue
    const swum = state[at + SUBS + 1 + i]!
    state[at + SUBS + 1 + i] = shoots ? withGunTimer(swum, GUN_INTERVAL) : swum - GUN_STEP
  }
}

/**
 * One step of the enemy at `index`: it waits or moves, ends the game if it meets the player before
 * or after that, and dies with the first of the player's bullets that it swims into.
 *
 * Removing it by its index is removing the first equal one: an equal one before it would be in the
 * bullet's cell too, where the bullet would have hit it when it came there.
 *
 * @returns whether it is still there.
 */
function swim(state: Int32Array, at: number, list: number, index: number, player: number): boolean {
  const enemy = state[at + list + 1 + index]!
  if (cellIn(enemy) === player) state[at + TERMINAL] = 1
  if (timerIn(enemy) > 0) {
    state[at + list + 1 + index] = enemy - TIMER_STEP
    return true
  }
  const moved = withTimer(advance(enemy), state[at + MOVE_SPEED]!)
  state[at + list + 1 + index] = moved
  if (cellIn(moved) === player) state[at + TERMINAL] = 1
  if (isOnGrid(moved) && !removeInCell(state, at, OWN_BULLETS, cellIn(moved))) return true
  removeAt(state, at, list, index)
  return false
}

/** Moves the subs' bullets; the player dies of one before or after its move. */
export function moveEnemyBullets(state: Int32Array, at: number): void {
  const player = playerCell(state, at)
  for (let i = state[at + ENEMY_BULLETS]! - 1; i >= 0; i--) {
    const bullet = state[at + ENEMY_BULLETS + 1 + i]!
    const moved = advance(bullet)
    state[at + ENEMY_BULLETS + 1 + i] = moved
    if (cellIn(bullet) === player || cellIn(moved) === player) state[at + TERMINAL] = 1
    if (!isOnGrid(moved)) removeAt(state, at, ENEMY_BULLETS, i)
  }
}
