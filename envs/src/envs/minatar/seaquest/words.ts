/**
 * Seaquest's words: plain numbers, and five lists of things that swim or fly. A thing is one word,
 * so that "the same cell" and "equal in everything" are single comparisons. A list is a word with
 * its length and then its things, in the order in which they came: the order decides which of two
 * equal things is removed, and is part of the game.
 */

import { GRID, SHARED_WORDS } from '../game.ts'

export const LAST_ROW = GRID - 2 // of the sea; row 0 is the surface, the last row holds the gauges

export const OXYGEN = SHARED_WORDS
export const DIVER_COUNT = SHARED_WORDS + 1 // aboard; may be negative, see oxygen.ts
export const PLAYER_X = SHARED_WORDS + 2 // of its front
export const PLAYER_Y = SHARED_WORDS + 3
export const PLAYER_DIRECTION = SHARED_WORDS + 4 // 1 when it looks to the right, else 0
export const GUN_TIMER = SHARED_WORDS + 5
export const ENEMY_INTERVAL = SHARED_WORDS + 6 // steps between enemies
export const ENEMY_TIMER = SHARED_WORDS + 7
export const DIVER_TIMER = SHARED_WORDS + 8
export const MOVE_SPEED = SHARED_WORDS + 9 // of enemies: steps that they wait between moves
export const RAMP_INDEX = SHARED_WORDS + 10 // times that it got harder
export const AT_SURFACE = SHARED_WORDS + 11 // 1 from surfacing to the first oxygen breathed below

/*
 * Capacities, and why play never fills them:
 * - A bullet moves in every step, already in the one of its firing, so that it is on the grid for 9
 *   steps at most. The player fires every 5th step: 2, and 3 in the midst of a step.
 * - Divers and enemies cross the grid in 10 moves of 6 steps at most. A diver comes every 30 steps:
 *   3. An enemy comes every step at most: 60, fish and subs together.
 * - A sub fires every 11th step. The bullets there are in the midst of a step were fired in it and
 *   the 9 before, by subs that came in these 10 steps or the 59 before: one each, 69.
 * What is above that is room for situations set up by hand; `append` refuses more with an error.
 */
const OWN_BULLETS_CAPACITY = 12
const DIVERS_CAPACITY = 12
const ENEMIES_CAPACITY = 64
const ENEMY_BULLETS_CAPACITY = 80

export const OWN_BULLETS = SHARED_WORDS + 12
export const DIVERS = OWN_BULLETS + 1 + OWN_BULLETS_CAPACITY
export const FISH = DIVERS + 1 + DIVERS_CAPACITY
export const SUBS = FISH + 1 + ENEMIES_CAPACITY
export const ENEMY_BULLETS = SUBS + 1 + ENEMIES_CAPACITY
const END = ENEMY_BULLETS + 1 + ENEMY_BULLETS_CAPACITY
/** Words of all lists, from `OWN_BULLETS` on. */
export const LIST_WORDS = END - OWN_BULLETS
export const STATE_SIZE = END - SHARED_WORDS

/** How many things a list can hold. */
export function capacityOf(list: number): number {
  if (list === FISH || list === SUBS) return ENEMIES_CAPACITY
  if (list === ENEMY_BULLETS) return ENEMY_BULLETS_CAPACITY
  return list === DIVERS ? DIVERS_CAPACITY : OWN_BULLETS_CAPACITY
}

// A thing's bits. x is kept as x + 2: a bullet fired beyond the edge moves on to -2 or 11.
const X_OFFSET = 2
const X_BITS = 0xf
const Y_SHIFT = 4
const CELL_BITS = 0xff
const DIRECTION_BIT = 1 << 8 // set when it goes to the right
const TIMER_SHIFT = 9
const TIMER_BITS = 0x7f << TIMER_SHIFT
const GUN_SHIFT = 16
/** One step off a thing's move timer. */
export const TIMER_STEP = 1 << TIMER_SHIFT
/** One step off a sub's gun timer. */
export const GUN_STEP = 1 << GUN_SHIFT

/** Packs a thing; bullets have no timer, and only subs a gun's. */
export function pack(x: number, y: number, toTheRight: boolean, timer = 0, gunTimer = 0): number {
  const direction = toTheRight ? DIRECTION_BIT : 0
  return cellOf(x, y) | direction | (timer << TIMER_SHIFT) | (gunTimer << GUN_SHIFT)
}

/** A cell as it is in a thing's word: compare with `cellIn`. */
export function cellOf(x: number, y: number): number {
  return (x + X_OFFSET) | (y << Y_SHIFT)
}

export function cellIn(thing: number): number {
  return thing & CELL_BITS
}

export function xIn(thing: number): number {
  return (thing & X_BITS) - X_OFFSET
}

export function yIn(thing: number): number {
  return (thing & CELL_BITS) >> Y_SHIFT
}

export function isOnGrid(thing: number): boolean {
  const x = xIn(thing)
  return x >= 0 && x < GRID
}

export function goesRight(thing: number): boolean {
  return (thing & DIRECTION_BIT) !== 0
}

/** The thing one cell further on its way. */
export function advance(thing: number): number {
  return goesRight(thing) ? thing + 1 : thing - 1
}

export function timerIn(thing: number): number {
  return (thing & TIMER_BITS) >> TIMER_SHIFT
}

export function gunTimerIn(thing: number): number {
  return thing >> GUN_SHIFT
}

/** A thing whose timer is out, with its timer set. */
export function withTimer(thing: number, timer: number): number {
  return thing | (timer << TIMER_SHIFT)
}

/** A sub whose gun timer is out, with it set. */
export function withGunTimer(thing: number, timer: number): number {
  return thing | (timer << GUN_SHIFT)
}

/** The bullet that a sub fires: where it is and the way that it goes. */
export function bulletFrom(thing: number): number {
  return thing & (CELL_BITS | DIRECTION_BIT)
}
