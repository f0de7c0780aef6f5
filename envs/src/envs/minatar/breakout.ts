/**
 * MinAtar Breakout: a ball breaks the bricks of a wall; keep it from leaving the grid at the bottom
 * with a paddle that moves left and right.
 *
 * Action, Discrete(6); v1, Discrete(3), has only the moves that do something.
 * | value | in v1 | meaning |
 * |---|---|---|
 * | 0 | 0 | nothing |
 * | 1 | 1 | the paddle goes one cell to the left |
 * | 2 | - | nothing (up) |
 * | 3 | 2 | the paddle goes one cell to the right |
 * | 4 | - | nothing (down) |
 * | 5 | - | nothing (fire) |
 *
 * Observation, Box uint8 [10, 10, 4] of 0 and 1, row y, column x, channel: a new array at every
 * reset and step, the caller's to keep.
 * | channel | meaning |
 * |---|---|
 * | 0 | paddle, in row 9 |
 * | 1 | ball |
 * | 2 | trail: where the ball was one step ago |
 * | 3 | bricks, in rows 1 to 3 |
 *
 * Reward: 1 for each brick.
 *
 * Start: three full rows of bricks, the paddle in column 4, the ball in row 3 at the left edge
 * going down to the right or at the right edge going down to the left: one integer draw, 0 or 1.
 *
 * Step: the paddle moves, then the ball by one cell diagonally. A side wall turns it horizontally;
 * then the ceiling, a brick or the paddle turns it vertically. From a brick it goes on flying
 * through bricks, breaking none, until it has been in a cell without. Met head-on where the ball
 * was, the paddle mirrors it; met in the cell where the ball comes to, it sends it straight back.
 * The wall is whole again when the ball comes to row 9 and no brick is left.
 *
 * Termination: the ball comes to row 9 beside the paddle. Truncation: none, no time limit.
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
import { GRID, LEFT, RIGHT, SHARED_WORDS, TERMINAL } from './game.ts'
import type { MinAtarGame } from './game.ts'
import { flagAt, integerAt, toList, toNumber } from './variables.ts'
import type { Variables } from './variables.ts'

const BALL_X = SHARED_WORDS
const BALL_Y = SHARED_WORDS + 1
const DIRECTION = SHARED_WORDS + 2
const LAST_X = SHARED_WORDS + 3 // where the ball was before
const LAST_Y = SHARED_WORDS + 4
const PADDLE = SHARED_WORDS + 5 // its x
const STRIKE = SHARED_WORDS + 6 // 1 from a brick's breaking until the ball is in a free cell
const BRICKS = SHARED_WORDS + 7 // bit b is the brick at y = 1 + b / 10, x = b % 10
const STATE_SIZE = 8

const START_PADDLE = 4
const START_BALL_Y = 3
const PADDLE_ROW = GRID - 1
const FIRST_BRICK = GRID // as y * 10 + x
const BRICK_CELLS = 3 * GRID
const ALL_BRICKS = 2 ** BRICK_CELLS - 1

// Directions run clockwise: 0 up left, 1 up right, 2 down right, 3 down left. Turned horizontally
// a direction becomes `d ^ 1`, vertically `3 - d`, around `d ^ 2`.
const DOWN_RIGHT = 2
const DOWN_LEFT = 3

const CHANNELS = ['paddle', 'ball', 'trail', 'brick'] as const
const C = CHANNELS.length
const PADDLE_CHANNEL = 0
const BALL_CHANNEL = 1
const TRAIL_CHANNEL = 2
const BRICK_CHANNEL = 3

const VARIABLES: Variables = {
  ball_y: integerAt(BALL_Y),
  ball_x: integerAt(BALL_X),
  ball_dir: integerAt(DIRECTION),
  pos: integerAt(PADDLE),
  brick_map: { get: listBricks, set: placeBricks },
  strike: flagAt(STRIKE),
  last_x: integerAt(LAST_X),
  last_y: integerAt(LAST_Y),
  terminal: flagAt(TERMINAL),
}

export const breakout: MinAtarGame = {
  name: 'Breakout',
  channels: CHANNELS,
  minimalActions: [0, 1, 3],
  stateSize: STATE_SIZE,
  reset,
  step,
  observe,
  variables: VARIABLES,
}

function reset(state: Int32Array, at: number, source: RandomSource): void {
  const fromTheLeft = source.randInt(0, 2) === 0
  const x = fromTheLeft ? 0 : GRID - 1
  state[at + TERMINAL] = 0
  state[at + BALL_X] = x
  state[at + BALL_Y] = START_BALL_Y
  state[at + DIRECTION] = fromTheLeft ? DOWN_RIGHT : DOWN_LEFT
  state[at + LAST_X] = x
  state[at + LAST_Y] = START_BALL_Y
  state[at + PADDLE] = START_PADDLE
  state[at + STRIKE] = 0
  state[at + BRICKS] = ALL_BRICKS
}

function step(state: Int32Array, at: number, action: number): number {
  const paddle = state[at + PADDLE]!
  if (action === LEFT) state[at + PADDLE] = paddle > 0 ? paddle - 1 : 0
  else if (action === RIGHT) state[at + PADDLE] = paddle < GRID - 1 ? paddle + 1 : GRID - 1
  return moveBall(state, at)
}

/** @returns the reward. */
function moveBall(state: Int32Array, at: number): number {
  const lastX = state[at + BALL_X]!
  const lastY = state[at + BALL_Y]!
  let direction = state[at + DIRECTION]!
  let x = direction === 0 || direction === 3 ? lastX - 1 : lastX + 1
  if (x < 0 || x >= GRID) {
    x = lastX
    direction ^= 1
  }
  state[at + LAST_X] = lastX
  state[at + LAST_Y] = lastY
  state[at + BALL_X] = x
  state[at + DIRECTION] = direction
  return arrive(state, at, x, direction < DOWN_RIGHT ? lastY - 1 : lastY + 1)
}

/** What the ball meets in row y, column x, and where that leaves it. @returns the reward. */
function arrive(state: Int32Array, at: number, x: number, y: number): number {
  const bit = y * GRID + x - FIRST_BRICK
  const isBrick = bit >= 0 && bit < BRICK_CELLS && ((state[at + BRICKS]! >> bit) & 1) === 1
  const breaks = isBrick && state[at + STRIKE] === 0
  state[at + BALL_Y] = y
  state[at + STRIKE] = isBrick ? 1 : 0
  if (y < 0) {
    state[at + BALL_Y] = 0
    state[at + DIRECTION] = 3 - state[at + DIRECTION]!
  } else if (breaks) {
    state[at + BRICKS] = state[at + BRICKS]! ^ (1 << bit)
    state[at + BALL_Y] = state[at + LAST_Y]!
    state[at + DIRECTION] = 3 - state[at + DIRECTION]!
    return 1
  } else if (y === PADDLE_ROW) meetPaddle(state, at, x)
  return 0
}

/** The ball comes to the bottom row, column x. */
function meetPaddle(state: Int32Array, at: number, x: number): void {
  if (state[at + BRICKS] === 0) state[at + BRICKS] = ALL_BRICKS
  const paddle = state[at + PADDLE]!
  const direction = state[at + DIRECTION]!
  if (paddle === state[at + LAST_X]) state[at + DIRECTION] = 3 - direction
  else if (paddle === x) state[at + DIRECTION] = direction ^ 2
  else {
    state[at + TERMINAL] = 1
    return
  }
  state[at + BALL_Y] = state[at + LAST_Y]!
}

function observe(state: Int32Array, at: number, obs: Uint8Array, obsAt: number): void {
  const bricks = state[at + BRICKS]!
  const firstBrick = obsAt + FIRST_BRICK * C + BRICK_CHANNEL
  for (let b = 0; b < BRICK_CELLS; b++) obs[firstBrick + b * C] = (bricks >> b) & 1
  const last = state[at + LAST_Y]! * GRID + state[at + LAST_X]!
  const ball = state[at + BALL_Y]! * GRID + state[at + BALL_X]!
  obs[obsAt + last * C + TRAIL_CHANNEL] = 1
  obs[obsAt + ball * C + BALL_CHANNEL] = 1
  obs[obsAt + (PADDLE_ROW * GRID + state[at + PADDLE]!) * C + PADDLE_CHANNEL] = 1
}

/** The cells of the bricks, as y * 10 + x. */
function listBricks(state: Int32Array, at: number): Json {
  const bits = Array.from({ length: BRICK_CELLS }, (_, b) => b)
  return bits.filter((b) => ((state[at + BRICKS]! >> b) & 1) === 1).map((b) => b + FIRST_BRICK)
}

function placeBricks(state: Int32Array, at: number, cells: Json): void {
  const bits = toList(cells).map((cell) => 1 << (toNumber(cell) - FIRST_BRICK))
  state[at + BRICKS] = bits.reduce((all, bit) => all | bit, 0)
}
