/**
 * MinAtar Freeway: a chicken crosses a road of eight lanes, again and again, while cars of
 * different speeds come from both sides.
 *
 * Action, Discrete(6); v1, Discrete(3), has only the moves that do something.
 * | value | in v1 | meaning |
 * |---|---|---|
 * | 0 | 0 | nothing |
 * | 1 | - | nothing (left) |
 * | 2 | 1 | the chicken goes one cell up |
 * | 3 | - | nothing (right) |
 * | 4 | 2 | the chicken goes one cell down |
 * | 5 | - | nothing (fire) |
 * It moves at most every third step; a move against the edge counts as one.
 *
 * Observation, Box uint8 [10, 10, 7] of 0 and 1, row y, column x, channel: a new array at every
 * reset and step, the caller's to keep.
 * | channel | meaning |
 * |---|---|
 * | 0 | chicken, in column 4 |
 * | 1 | cars, one in each of rows 1 to 8 |
 * | 2 … 6 | the cell behind a car that moves every 2nd, 3rd, 4th, 5th, 6th step |
 *
 * Reward: 1 for each crossing, that is, for reaching row 0.
 *
 * Start: the chicken in row 9, all cars in column 0. Sixteen draws: for each lane an integer from
 * 1 to 5, k for a car that moves every (k + 1)th step; then for each lane a number, below 1/2 for a
 * car that goes to the left.
 *
 * Step: the chicken moves; in row 0 it scores, goes back to row 9, and the cars, staying where they
 * are, get new speeds by sixteen draws; then each car moves, if it is its time, and comes in again
 * on the other side. A car in the chicken's cell, before or after the car's move, sends it back to
 * row 9.
 *
 * Termination: after 2501 steps, a limit that belongs to the game itself. Truncation: none.
 *
 * Arguments: `stickyActionProb` (default 0.1), `difficultyRamping` (default true; this game does not
 * get harder), `useMinimalActionSet` (false in v0, true in v1), `renderMode` ('ansi', 'rgb_array').
 *
 * Source: Young & Tian 2019, "MinAtar: An Atari-Inspired Testbed for Thorough and Reproducible
 * Reinforcement Learning Experiments" (arXiv 1903.03176); details from recorded play.
 *
 * Versions: v1 (the minimal action set), v0 (all six actions).
 */

import type { Json } from '../../json.ts'
import type { RandomSource } from '../../rng.ts'
import { DOWN, GRID, SHARED_WORDS, TERMINAL, UP } from './game.ts'
import type { MinAtarGame } from './game.ts'
import { flagAt, integerAt, toList, toNumber } from './variables.ts'
import type { Variables } from './variables.ts'

const LANES = 8
const FIRST_LANE = 1 // its y
const CHICKEN_X = 4
const START_Y = GRID - 1
const COOLDOWN = 3 // steps from one move of the chicken to the next
const TIME_LIMIT = 2500 // the last step is the one after so many
const NUM_SPEEDS = 5

const CHICKEN_Y = SHARED_WORDS
const MOVE_TIMER = SHARED_WORDS + 1 // steps until the chicken may move
const TERMINATE_TIMER = SHARED_WORDS + 2 // steps; below 0 the game is over
/** First of `LANES` times three words: a car's x, its timer and its speed. */
const CARS = SHARED_WORDS + 3
const CAR_WORDS = 3
const CAR_TIMER = 1 // steps until the car moves
const CAR_SPEED = 2 // ±k: moves every (k + 1)th step, to the right if positive
const CARS_END = CARS + LANES * CAR_WORDS
const STATE_SIZE = CARS_END - SHARED_WORDS

const CHANNELS = ['chicken', 'car', 'speed1', 'speed2', 'speed3', 'speed4', 'speed5'] as const
const C = CHANNELS.length
const CHICKEN_CHANNEL = 0
const CAR_CHANNEL = 1 // and 1 + k for the trail of a car of speed k

const VARIABLES: Variables = {
  cars: { get: listCars, set: placeCars },
  pos: integerAt(CHICKEN_Y),
  move_timer: integerAt(MOVE_TIMER),
  terminate_timer: integerAt(TERMINATE_TIMER),
  terminal: flagAt(TERMINAL),
}

export const freeway: MinAtarGame = {
  name: 'Freeway',
  channels: CHANNELS,
  minimalActions: [0, 2, 4],
  stateSize: STATE_SIZE,
  reset,
  step,
  observe,
  variables: VARIABLES,
}

function reset(state: Int32Array, at: number, source: RandomSource): void {
  state[at + TERMINAL] = 0
  state[at + CHICKEN_Y] = START_Y
  state[at + MOVE_TIMER] = COOLDOWN
  state[at + TERMINATE_TIMER] = TIME_LIMIT
  for (let car = at + CARS; car < at + CARS_END; car += CAR_WORDS) state[car] = 0
  drawSpeeds(state, at, source)
}

/** All speeds first, then all directions. */
function drawSpeeds(state: Int32Array, at: number, source: RandomSource): void {
  for (let car = at + CARS; car < at + CARS_END; car += CAR_WORDS) {
    const speed = source.randInt(1, NUM_SPEEDS + 1)
    state[car + CAR_SPEED] = speed
    state[car + CAR_TIMER] = speed
  }
  for (let car = at + CARS; car < at + CARS_END; car += CAR_WORDS) {
    if (source.random() < 1 / 2) state[car + CAR_SPEED] = -state[car + CAR_SPEED]!
  }
}

function step(state: Int32Array, at: number, action: number, source: RandomSource): number {
  moveChicken(state, at, action)
  let reward = 0
  if (state[at + CHICKEN_Y] === 0) {
    reward = 1
    drawSpeeds(state, at, source)
    state[at + CHICKEN_Y] = START_Y
  }
  moveCars(state, at)
  const moveTimer = state[at + MOVE_TIMER]!
  if (moveTimer > 0) state[at + MOVE_TIMER] = moveTimer - 1
  const terminateTimer = state[at + TERMINATE_TIMER]! - 1
  state[at + TERMINATE_TIMER] = terminateTimer
  if (terminateTimer < 0) state[at + TERMINAL] = 1
  return reward
}

function moveChicken(state: Int32Array, at: number, action: number): void {
  if (state[at + MOVE_TIMER] !== 0 || (action !== UP && action !== DOWN)) return
  const y = state[at + CHICKEN_Y]! + (action === UP ? -1 : 1)
  if (y >= 0 && y < GRID) state[at + CHICKEN_Y] = y
  state[at + MOVE_TIMER] = COOLDOWN
}

function moveCars(state: Int32Array, at: number): void {
  let car = at + CARS
  for (let y = FIRST_LANE; y < FIRST_LANE + LANES; y++, car += CAR_WORDS) {
    const beforeX = state[car]!
    if (state[car + CAR_TIMER] === 0) moveCar(state, car)
    else state[car + CAR_TIMER] = state[car + CAR_TIMER]! - 1
    const hit = beforeX === CHICKEN_X || state[car] === CHICKEN_X
    // Row 9 is no lane, so that nothing can hit the chicken there once more.
    if (hit && state[at + CHICKEN_Y] === y) state[at + CHICKEN_Y] = START_Y
  }
}

function moveCar(state: Int32Array, car: number): void {
  const speed = state[car + CAR_SPEED]!
  const x = state[car]!
  if (speed > 0) {
    state[car] = x === GRID - 1 ? 0 : x + 1
    state[car + CAR_TIMER] = speed
  } else {
    state[car] = x === 0 ? GRID - 1 : x - 1
    state[car + CAR_TIMER] = -speed
  }
}

function observe(state: Int32Array, at: number, obs: Uint8Array, obsAt: number): void {
  obs[obsAt + (state[at + CHICKEN_Y]! * GRID + CHICKEN_X) * C + CHICKEN_CHANNEL] = 1
  let row = obsAt + FIRST_LANE * GRID * C
  for (let car = at + CARS; car < at + CARS_END; car += CAR_WORDS, row += GRID * C) {
    const x = state[car]!
    const speed = state[car + CAR_SPEED]!
    obs[row + x * C + CAR_CHANNEL] = 1
    if (speed > 0) obs[row + (x === 0 ? GRID - 1 : x - 1) * C + CAR_CHANNEL + speed] = 1
    else obs[row + (x === GRID - 1 ? 0 : x + 1) * C + CAR_CHANNEL - speed] = 1
  }
}

/** One [x, y, timer, speed] per lane. */
function listCars(state: Int32Array, at: number): Json {
  return Array.from({ length: LANES }, (_, lane) => {
    const car = at + CARS + lane * CAR_WORDS
    return [state[car]!, lane + FIRST_LANE, state[car + CAR_TIMER]!, state[car + CAR_SPEED]!]
  })
}

function placeCars(state: Int32Array, at: number, cars: Json): void {
  for (const item of toList(cars)) {
    const [x = 0, y = FIRST_LANE, timer = 0, speed = 1] = toList(item).map(toNumber)
    state.set([x, timer, speed], at + CARS + (y - FIRST_LANE) * CAR_WORDS)
  }
}
