/**
 * MinAtar SpaceInvaders: a block of aliens sweeps from side to side and comes down; shoot them with
 * a cannon that moves along the bottom row before they, or their bullets, reach it.
 *
 * Action, Discrete(6); v1, Discrete(4), has only the moves that do something.
 * | value | in v1 | meaning |
 * |---|---|---|
 * | 0 | 0 | nothing |
 * | 1 | 1 | the cannon goes one cell to the left |
 * | 2 | - | nothing (up) |
 * | 3 | 2 | the cannon goes one cell to the right |
 * | 4 | - | nothing (down) |
 * | 5 | 3 | fire, at most every fifth step |
 *
 * Observation, Box uint8 [10, 10, 6] of 0 and 1, row y, column x, channel: a new array at every
 * reset and step, the caller's to keep.
 * | channel | meaning |
 * |---|---|
 * | 0 | cannon, in row 9 |
 * | 1 | aliens |
 * | 2 | aliens while they sweep to the left |
 * | 3 | aliens while they sweep to the right |
 * | 4 | the cannon's bullets |
 * | 5 | the aliens' bullets |
 *
 * Reward: 1 for each alien shot.
 *
 * Start: 24 aliens in rows 0 to 3, columns 2 to 7, sweeping to the left; the cannon in column 5. No
 * draws.
 *
 * Step: the cannon moves or fires; its bullets go up by one row, also one just fired; the aliens'
 * bullets go down by one; then the aliens sweep, fire and are shot. They move every 12th step, or,
 * when fewer are left, every nth for n aliens; at an edge they turn and come down instead. Every 10th
 * step the lowest alien of the column nearest to the cannon (of two, the left one) fires. When all
 * are shot the next wave comes at once; with ramping it moves every 11th step, and so on down to
 * every 6th.
 *
 * Termination: an alien or an alien's bullet reaches the cannon, or aliens that have an edge to turn
 * at are in row 9. Truncation: none, no time limit.
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
import { FIRE, GRID, LEFT, RIGHT, SHARED_WORDS, TERMINAL } from './game.ts'
import type { MinAtarGame } from './game.ts'
import { flagAt, integerAt, toList, toNumber } from './variables.ts'
import type { Variable, Variables } from './variables.ts'

const CANNON_ROW = GRID - 1
const START_X = 5
const CANNON_COOLDOWN = 5 // steps between two shots
const ALIEN_COOLDOWN = 10 // steps between two shots of the aliens
const MOVE_INTERVAL = 12 // steps between two moves of the first wave
const MIN_MOVE_INTERVAL = 6
const WAVE_ROWS = 4
const WAVE_ROW = 0b0011111100 // columns 2 … 7
const RIGHT_EDGE = 1 << (GRID - 1)
const WHOLE_ROW = (1 << GRID) - 1

const CANNON_X = SHARED_WORDS
const SHOT_TIMER = SHARED_WORDS + 1 // steps until the cannon may fire
const DIRECTION = SHARED_WORDS + 2 // of the aliens, -1 or 1
const INTERVAL = SHARED_WORDS + 3 // steps between two moves of a full wave
const ALIEN_TIMER = SHARED_WORDS + 4 // steps until the aliens move
const ALIEN_SHOT_TIMER = SHARED_WORDS + 5 // steps until they fire
const RAMP_INDEX = SHARED_WORDS + 6 // times that it got harder
// Grids of one word per row, in which bit x is column x.
const ALIENS = SHARED_WORDS + 7
const OWN_BULLETS = ALIENS + GRID
const ALIEN_BULLETS = OWN_BULLETS + GRID
const STATE_SIZE = ALIEN_BULLETS + GRID - SHARED_WORDS

const CHANNELS = [
  'cannon',
  'alien',
  'alien_left',
  'alien_right',
  'friendly_bullet',
  'enemy_bullet',
] as const
const C = CHANNELS.length
const CANNON_CHANNEL = 0
const ALIEN_CHANNEL = 1
const LEFTWARD_CHANNEL = 2
const RIGHTWARD_CHANNEL = 3
const OWN_BULLET_CHANNEL = 4
const ALIEN_BULLET_CHANNEL = 5

const VARIABLES: Variables = {
  pos: integerAt(CANNON_X),
  f_bullet_map: gridAt(OWN_BULLETS),
  e_bullet_map: gridAt(ALIEN_BULLETS),
  alien_map: gridAt(ALIENS),
  alien_dir: integerAt(DIRECTION),
  enemy_move_interval: integerAt(INTERVAL),
  alien_move_timer: integerAt(ALIEN_TIMER),
  alien_shot_timer: integerAt(ALIEN_SHOT_TIMER),
  ramp_index: integerAt(RAMP_INDEX),
  shot_timer: integerAt(SHOT_TIMER),
  terminal: flagAt(TERMINAL),
}

export const spaceInvaders: MinAtarGame = {
  name: 'SpaceInvaders',
  channels: CHANNELS,
  minimalActions: [0, 1, 3, 5],
  stateSize: STATE_SIZE,
  reset,
  step: (state, at, action, _source, ramping) => step(state, at, action, ramping),
  observe,
  variables: VARIABLES,
}

function reset(state: Int32Array, at: number): void {
  for (let word = at + ALIENS; word < at + ALIEN_BULLETS + GRID; word++) state[word] = 0
  placeWave(state, at)
  state[at + TERMINAL] = 0
  state[at + CANNON_X] = START_X
  state[at + SHOT_TIMER] = 0
  state[at + DIRECTION] = -1
  state[at + INTERVAL] = MOVE_INTERVAL
  state[at + ALIEN_TIMER] = MOVE_INTERVAL
  state[at + ALIEN_SHOT_TIMER] = ALIEN_COOLDOWN
  state[at + RAMP_INDEX] = 0
}

function placeWave(state: Int32Array, at: number): void {
  for (let y = 0; y < WAVE_ROWS; y++) state[at + ALIENS + y] = WAVE_ROW
}

function step(state: Int32Array, at: number, action: number, ramping: boolean): number {
  operateCannon(state, at, action)
  rollUp(state, at + OWN_BULLETS)
  state[at + ALIEN_BULLETS + CANNON_ROW] = 0
  rollDown(state, at + ALIEN_BULLETS)
  if (isCannonIn(state, at, ALIEN_BULLETS)) state[at + TERMINAL] = 1
  if (isCannonIn(state, at, ALIENS)) state[at + TERMINAL] = 1
  if (state[at + ALIEN_TIMER] === 0) moveAliens(state, at)
  if (state[at + ALIEN_SHOT_TIMER] === 0) {
    state[at + ALIEN_SHOT_TIMER] = ALIEN_COOLDOWN
    fireNearest(state, at)
  }
  const reward = shootAliens(state, at)
  if (state[at + SHOT_TIMER]! > 0) state[at + SHOT_TIMER] = state[at + SHOT_TIMER]! - 1
  state[at + ALIEN_TIMER] = state[at + ALIEN_TIMER]! - 1
  state[at + ALIEN_SHOT_TIMER] = state[at + ALIEN_SHOT_TIMER]! - 1
  if (columnsOf(state, at) === 0) startWave(state, at, ramping)
  return reward
}

function operateCannon(state: Int32Array, at: number, action: number): void {
  const x = state[at + CANNON_X]!
  if (action === LEFT) state[at + CANNON_X] = x > 0 ? x - 1 : 0
  else if (action === RIGHT) state[at + CANNON_X] = x < GRID - 1 ? x + 1 : GRID - 1
  else if (action === FIRE && state[at + SHOT_TIMER] === 0) {
    state[at + OWN_BULLETS + CANNON_ROW] = state[at + OWN_BULLETS + CANNON_ROW]! | (1 << x)
    state[at + SHOT_TIMER] = CANNON_COOLDOWN
  }
}

/** Moves a grid up by one row; row 0 is lost. */
function rollUp(state: Int32Array, grid: number): void {
  for (let y = 0; y < GRID - 1; y++) state[grid + y] = state[grid + y + 1]!
  state[grid + GRID - 1] = 0
}

/** Moves a grid down by one row; row 9 comes in again as row 0. */
function rollDown(state: Int32Array, grid: number): void {
  const last = state[grid + GRID - 1]!
  for (let y = GRID - 1; y > 0; y--) state[grid + y] = state[grid + y - 1]!
  state[grid] = last
}

function isCannonIn(state: Int32Array, at: number, grid: number): boolean {
  return ((state[at + grid + CANNON_ROW]! >> state[at + CANNON_X]!) & 1) === 1
}

/** Bit x: whether there is an alien in column x. */
function columnsOf(state: Int32Array, at: number): number {
  let columns = 0
  for (let y = 0; y < GRID; y++) columns |= state[at + ALIENS + y]!
  return columns
}

function moveAliens(state: Int32Array, at: number): void {
  const columns = columnsOf(state, at)
  const direction = state[at + DIRECTION]!
  state[at + ALIEN_TIMER] = Math.min(countAliens(state, at), state[at + INTERVAL]!)
  if ((columns & (direction < 0 ? 1 : RIGHT_EDGE)) !== 0) {
    state[at + DIRECTION] = -direction
    if (state[at + ALIENS + CANNON_ROW] !== 0) state[at + TERMINAL] = 1
    rollDown(state, at + ALIENS)
  } else {
    for (let y = 0; y < GRID; y++) {
      const row = state[at + ALIENS + y]!
      state[at + ALIENS + y] = direction < 0 ? row >> 1 : (row << 1) & WHOLE_ROW
    }
  }
  if (isCannonIn(state, at, ALIENS)) state[at + TERMINAL] = 1
}

function countAliens(state: Int32Array, at: number): number {
  let count = 0
  for (let y = 0; y < GRID; y++) count += countBits(state[at + ALIENS + y]!)
  return count
}

function countBits(bits: number): number {
  let count = 0
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++
  return count
}

/** The lowest alien of the column nearest to the cannon, of two the left one, fires. */
function fireNearest(state: Int32Array, at: number): void {
  const columns = columnsOf(state, at)
  if (columns === 0) return
  const x = nearestColumn(columns, state[at + CANNON_X]!)
  let y = GRID - 1
  while (((state[at + ALIENS + y]! >> x) & 1) === 0) y--
  state[at + ALIEN_BULLETS + y] = state[at + ALIEN_BULLETS + y]! | (1 << x)
}

/** The set bit of `columns`, which is not 0, that is nearest to x; of two the lower one. */
function nearestColumn(columns: number, x: number): number {
  for (let distance = 0; ; distance++) {
    if (((columns << distance) >> x) & 1) return x - distance
    if ((columns >> (x + distance)) & 1) return x + distance
  }
}

/** Takes away aliens and bullets that are in one cell. @returns the reward. */
function shootAliens(state: Int32Array, at: number): number {
  let reward = 0
  for (let y = 0; y < GRID; y++) {
    const shot = state[at + ALIENS + y]! & state[at + OWN_BULLETS + y]!
    if (shot === 0) continue
    reward += countBits(shot)
    state[at + ALIENS + y] = state[at + ALIENS + y]! ^ shot
    state[at + OWN_BULLETS + y] = state[at + OWN_BULLETS + y]! ^ shot
  }
  return reward
}

function startWave(state: Int32Array, at: number, ramping: boolean): void {
  if (ramping && state[at + INTERVAL]! > MIN_MOVE_INTERVAL) {
    state[at + INTERVAL] = state[at + INTERVAL]! - 1
    state[at + RAMP_INDEX] = state[at + RAMP_INDEX]! + 1
  }
  placeWave(state, at)
}

function observe(state: Int32Array, at: number, obs: Uint8Array, obsAt: number): void {
  obs[obsAt + (CANNON_ROW * GRID + state[at + CANNON_X]!) * C + CANNON_CHANNEL] = 1
  const towards = state[at + DIRECTION]! < 0 ? LEFTWARD_CHANNEL : RIGHTWARD_CHANNEL
  for (let y = 0; y < GRID; y++) {
    const row = obsAt + y * GRID * C
    for (let rest = state[at + ALIENS + y]!; rest !== 0; rest &= rest - 1) {
      const cell = row + lowestBit(rest) * C
      obs[cell + ALIEN_CHANNEL] = 1
      obs[cell + towards] = 1
    }
    for (let rest = state[at + OWN_BULLETS + y]!; rest !== 0; rest &= rest - 1) {
      obs[row + lowestBit(rest) * C + OWN_BULLET_CHANNEL] = 1
    }
    for (let rest = state[at + ALIEN_BULLETS + y]!; rest !== 0; rest &= rest - 1) {
      obs[row + lowestBit(rest) * C + ALIEN_BULLET_CHANNEL] = 1
    }
  }
}

/** The number of the lowest set bit of `bits`, which is not 0. */
function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits)
}

/** A grid as a list of y * 10 + x. */
function gridAt(grid: number): Variable {
  return {
    get: (state, at): Json => {
      const cells = Array.from({ length: GRID * GRID }, (_, cell) => cell)
      return cells.filter((cell) => (state[at + grid + ((cell / GRID) | 0)]! >> (cell % GRID)) & 1)
    },
    set: (state, at, cells) => {
      state.fill(0, at + grid, at + grid + GRID)
      for (const cell of toList(cells).map(toNumber)) {
        const row = at + grid + Math.floor(cell / GRID)
        state[row] = state[row]! | (1 << (cell % GRID))
      }
    },
  }
}
