/**
 * MinAtar Asterix: gold and enemies cross the grid in eight lanes; collect the one and keep out of
 * the other's way.
 *
 * Action, Discrete(6); v1, Discrete(5), has only the moves that do something.
 * | value | in v1 | meaning |
 * |---|---|---|
 * | 0 | 0 | nothing |
 * | 1 | 1 | one cell to the left |
 * | 2 | 2 | one cell up |
 * | 3 | 3 | one cell to the right |
 * | 4 | 4 | one cell down |
 * | 5 | - | nothing (fire) |
 *
 * Observation, Box uint8 [10, 10, 4] of 0 and 1, row y, column x, channel: a new array at every
 * reset and step, the caller's to keep.
 * | channel | meaning |
 * |---|---|
 * | 0 | player, in rows 1 to 8 |
 * | 1 | enemies |
 * | 2 | trail: the cell behind each enemy and each piece of gold |
 * | 3 | gold |
 *
 * Reward: 1 for each piece of gold that the player touches, which is then gone.
 *
 * Start: the player in column 5 of row 5, all lanes (rows 1 to 8) empty. No draws.
 *
 * Step: every 10th step a thing enters a free lane from the left or the right (draws: direction,
 * gold with probability 1/3 or else an enemy, and the lane if one is free). Then the player moves,
 * and every 5th step all things by one cell; what leaves the grid is gone. With difficulty ramping
 * the time between things falls by one step in steps 102, 204, …, and the time between their moves
 * at every second of these, until both are 1.
 *
 * Termination: the player touches an enemy, by its own move or by the enemy's. Truncation: none, no
 * time limit.
 *
 * Arguments: `stickyActionProb` (default 0.1), `difficultyRamping` (default true),
 * `useMinimalActionSet` (false in v0, true in v1), `renderMode` ('ansi', 'rgb_array').
 *
 * Source: Young & Tian 2019, "MinAtar: An Atari-Inspired Testbed for Thorough and Reproducible
 * Reinforcement Learning Experiments" (arXiv 1903.03176); details from recorded play.
 *
 * Versions: v1 (the minimal action set), v0 (all six actions).
 */

import type { Json } from '../../json.ts'
import type { RandomSource } from '../../rng.ts'
import { DOWN, GRID, LEFT, RIGHT, SHARED_WORDS, TERMINAL, UP } from './game.ts'
import type { MinAtarGame } from './game.ts'
import { flagAt, integerAt, toList, toNumber } from './variables.ts'
import type { Variables } from './variables.ts'

const LANES = 8 // y = 1 … 8
const START_X = 5
const START_Y = 5
const SPAWN_INTERVAL = 10 // steps
const MOVE_INTERVAL = 5 // steps
const RAMP_INTERVAL = 100 // steps
const GOLD_PROBABILITY = 1 / 3

const PLAYER_X = SHARED_WORDS
const PLAYER_Y = SHARED_WORDS + 1
const SPAWN_SPEED = SHARED_WORDS + 2 // steps between spawns
const SPAWN_TIMER = SHARED_WORDS + 3
const MOVE_SPEED = SHARED_WORDS + 4 // steps between moves of the things
const MOVE_TIMER = SHARED_WORDS + 5
const RAMP_TIMER = SHARED_WORDS + 6
const RAMP_INDEX = SHARED_WORDS + 7 // times that it got harder
/** First of `LANES` words, one for each lane, since a lane holds one thing at most. */
const THINGS = SHARED_WORDS + 8
const STATE_SIZE = THINGS + LANES - SHARED_WORDS

// A lane's word: 0 when it is empty, else these bits and the thing's x above them.
const PRESENT = 1
const TO_THE_RIGHT = 2
const GOLD = 4
const X_SHIFT = 3

const PLAYER_CHANNEL = 0
const ENEMY_CHANNEL = 1
const TRAIL_CHANNEL = 2
const GOLD_CHANNEL = 3
const CHANNELS = ['player', 'enemy', 'trail', 'gold'] as const
const C = CHANNELS.length

const VARIABLES: Variables = {
  player_x: integerAt(PLAYER_X),
  player_y: integerAt(PLAYER_Y),
  // One item per lane: null, or [x, y, whether it goes to the right, whether it is gold].
  entities: { get: listThings, set: placeThings },
  // Part of the recorded data, though nobody shoots in this game.
  shot_timer: { get: () => 0, set: () => undefined },
  spawn_speed: integerAt(SPAWN_SPEED),
  spawn_timer: integerAt(SPAWN_TIMER),
  move_speed: integerAt(MOVE_SPEED),
  move_timer: integerAt(MOVE_TIMER),
  ramp_timer: integerAt(RAMP_TIMER),
  ramp_index: integerAt(RAMP_INDEX),
  terminal: flagAt(TERMINAL),
}

export const asterix: MinAtarGame = {
  name: 'Asterix',
  channels: CHANNELS,
  minimalActions: [0, 1, 2, 3, 4],
  stateSize: STATE_SIZE,
  reset,
  step,
  observe,
  variables: VARIABLES,
}

function reset(state: Int32Array, at: number): void {
  state[at + TERMINAL] = 0
  state[at + PLAYER_X] = START_X
  state[at + PLAYER_Y] = START_Y
  state[at + SPAWN_SPEED] = SPAWN_INTERVAL
  state[at + SPAWN_TIMER] = SPAWN_INTERVAL
  state[at + MOVE_SPEED] = MOVE_INTERVAL
  state[at + MOVE_TIMER] = MOVE_INTERVAL
  state[at + RAMP_TIMER] = RAMP_INTERVAL
  state[at + RAMP_INDEX] = 0
  for (let lane = 0; lane < LANES; lane++) state[at + THINGS + lane] = 0
}

function step(
  state: Int32Array,
  at: number,
  action: number,
  source: RandomSource,
  ramping: boolean,
): number {
  if (state[at + SPAWN_TIMER] === 0) {
    spawn(state, at, source)
    state[at + SPAWN_TIMER] = state[at + SPAWN_SPEED]!
  }
  movePlayer(state, at, action)
  let reward = touch(state, at)
  if (state[at + MOVE_TIMER] === 0) {
    reward += moveThings(state, at)
    state[at + MOVE_TIMER] = state[at + MOVE_SPEED]!
  }
  state[at + SPAWN_TIMER] = state[at + SPAWN_TIMER]! - 1
  state[at + MOVE_TIMER] = state[at + MOVE_TIMER]! - 1
  if (ramping) ramp(state, at)
  return reward
}

/** A thing enters at the left or the right edge of a free lane; direction and kind are drawn even if none is free. */
function spawn(state: Int32Array, at: number, source: RandomSource): void {
  const toTheRight = source.random() < 1 / 2
  const gold = source.random() < GOLD_PROBABILITY
  let free = 0
  for (let lane = 0; lane < LANES; lane++) if (state[at + THINGS + lane] === 0) free++
  if (free === 0) return
  let toSkip = source.randInt(0, free)
  let lane = 0
  while (state[at + THINGS + lane] !== 0 || toSkip-- > 0) lane++
  state[at + THINGS + lane] = packThing(toTheRight ? 0 : GRID - 1, toTheRight, gold)
}

function movePlayer(state: Int32Array, at: number, action: number): void {
  const x = state[at + PLAYER_X]!
  const y = state[at + PLAYER_Y]!
  if (action === LEFT) state[at + PLAYER_X] = x > 0 ? x - 1 : 0
  else if (action === RIGHT) state[at + PLAYER_X] = x < GRID - 1 ? x + 1 : GRID - 1
  else if (action === UP) state[at + PLAYER_Y] = y > 1 ? y - 1 : 1
  else if (action === DOWN) state[at + PLAYER_Y] = y < LANES ? y + 1 : LANES
}

/** Takes the gold, or ends the game at the enemy, in the player's cell. @returns the reward. */
function touch(state: Int32Array, at: number): number {
  const word = at + THINGS - 1 + state[at + PLAYER_Y]! // lane 0 is y = 1
  const thing = state[word]!
  if (thing === 0 || thing >> X_SHIFT !== state[at + PLAYER_X]) return 0
  if ((thing & GOLD) !== 0) {
    state[word] = 0
    return 1
  }
  state[at + TERMINAL] = 1
  return 0
}

/** @returns the reward. */
function moveThings(state: Int32Array, at: number): number {
  for (let word = at + THINGS; word < at + THINGS + LANES; word++) {
    const thing = state[word]!
    if (thing === 0) continue
    const x = (thing >> X_SHIFT) + ((thing & TO_THE_RIGHT) !== 0 ? 1 : -1)
    const moved = (thing & (PRESENT | TO_THE_RIGHT | GOLD)) | (x << X_SHIFT)
    state[word] = x < 0 || x >= GRID ? 0 : moved
  }
  // No two things share a lane, so that the player meets one at most: test once, after all moves.
  return touch(state, at)
}

function ramp(state: Int32Array, at: number): void {
  const spawnSpeed = state[at + SPAWN_SPEED]!
  const moveSpeed = state[at + MOVE_SPEED]!
  if (spawnSpeed === 1 && moveSpeed === 1) return
  const timer = state[at + RAMP_TIMER]!
  if (timer >= 0) {
    state[at + RAMP_TIMER] = timer - 1
    return
  }
  const index = state[at + RAMP_INDEX]!
  if (moveSpeed > 1 && index % 2 === 1) state[at + MOVE_SPEED] = moveSpeed - 1
  if (spawnSpeed > 1) state[at + SPAWN_SPEED] = spawnSpeed - 1
  state[at + RAMP_INDEX] = index + 1
  state[at + RAMP_TIMER] = RAMP_INTERVAL
}

function observe(state: Int32Array, at: number, obs: Uint8Array, obsAt: number): void {
  obs[obsAt + (state[at + PLAYER_Y]! * GRID + state[at + PLAYER_X]!) * C + PLAYER_CHANNEL] = 1
  for (let lane = 0; lane < LANES; lane++) {
    const thing = state[at + THINGS + lane]!
    if (thing === 0) continue
    const x = thing >> X_SHIFT
    const cell = obsAt + ((lane + 1) * GRID + x) * C
    obs[cell + ((thing & GOLD) !== 0 ? GOLD_CHANNEL : ENEMY_CHANNEL)] = 1
    if ((thing & TO_THE_RIGHT) !== 0) {
      if (x > 0) obs[cell - C + TRAIL_CHANNEL] = 1
    } else if (x < GRID - 1) obs[cell + C + TRAIL_CHANNEL] = 1
  }
}

function listThings(state: Int32Array, at: number): Json {
  return Array.from({ length: LANES }, (_, lane) => {
    const thing = state[at + THINGS + lane]!
    if (thing === 0) return null
    return [thing >> X_SHIFT, lane + 1, (thing & TO_THE_RIGHT) !== 0, (thing & GOLD) !== 0]
  })
}

function placeThings(state: Int32Array, at: number, lanes: Json): void {
  toList(lanes).forEach((thing, lane) => {
    if (lane >= LANES) throw new RangeError(`Asterix: patch: more than ${LANES} entities`)
    if (thing === null) {
      state[at + THINGS + lane] = 0
      return
    }
    const [x = 0, , toTheRight = 0, gold = 0] = toList(thing).map(toNumber)
    state[at + THINGS + lane] = packThing(x, toTheRight !== 0, gold !== 0)
  })
}

function packThing(x: number, toTheRight: boolean, gold: boolean): number {
  return PRESENT | (toTheRight ? TO_THE_RIGHT : 0) | (gold ? GOLD : 0) | (x << X_SHIFT)
}
