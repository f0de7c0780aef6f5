/**
 * MinAtar Seaquest: a submarine shoots fish and enemy subs, takes divers aboard, and must surface
 * with one before its oxygen runs out.
 *
 * Action, Discrete(6), in v0 and v1 alike.
 * | value | meaning |
 * |---|---|
 * | 0 | nothing |
 * | 1 | turn left and go one cell to the left |
 * | 2 | one cell up |
 * | 3 | turn right and go one cell to the right |
 * | 4 | one cell down |
 * | 5 | fire straight ahead, unless the last shot was less than 5 steps ago |
 *
 * Observation, Box uint8 [10, 10, 10] of 0 and 1, row y, column x, channel: a new array at every
 * reset and step, the caller's to keep. Row 0 is the surface, rows 1 to 8 the sea.
 * | channel | meaning |
 * |---|---|
 * | 0 | the player's front |
 * | 1 | the player's back |
 * | 2 | its bullets |
 * | 3 | trail: the cell behind each fish, enemy sub and diver |
 * | 4 | enemy bullets |
 * | 5 | fish |
 * | 6 | enemy subs |
 * | 7 | oxygen gauge in row 9, from the left, one cell for each 20 steps of oxygen |
 * | 8 | divers aboard, in row 9 from column 8 to the left |
 * | 9 | divers |
 *
 * Reward: 1 for each fish or sub shot; for surfacing with six divers, 1 for each cell of the oxygen
 * gauge that is lit.
 *
 * Start: the player at the surface in column 5, looking left, with oxygen for 200 steps and no
 * divers; an empty sea. No draws.
 *
 * Step, in this order:
 * - Every 20th step an enemy enters from the left or the right (draws: direction, sub with
 *   probability 1/3 or else fish, row), unless an enemy in its row goes the other way.
 * - Every 30th step a diver enters (draws: direction, row).
 * - The player moves or fires, its bullets fly one cell and kill one enemy each.
 * - Divers, subs and fish move one cell every 6th step; the player takes up to six divers aboard by
 *   touching them. Every 11th step a sub fires a bullet, which flies one cell per step. What leaves
 *   the grid is gone.
 * - Below the surface a step's oxygen is used up. At the surface, once per visit, the oxygen is
 *   filled up and one diver leaves; six are paid and all leave, and the next surfacing is free.
 *   With difficulty ramping each surfacing makes enemies come one step sooner, down to every step,
 *   and every second one makes them move one step sooner, down to every 3rd.
 *
 * Termination: the player meets a fish, a sub or an enemy bullet; it is below the surface for
 * longer than its oxygen lasts; it surfaces with no diver aboard. Truncation: none, no time limit.
 *
 * Arguments: `stickyActionProb` (default 0.1), `difficultyRamping` (default true),
 * `useMinimalActionSet` (false in v0, true in v1), `renderMode` ('ansi', 'rgb_array').
 *
 * Source: Young & Tian 2019, "MinAtar: An Atari-Inspired Testbed for Thorough and Reproducible
 * Reinforcement Learning Experiments" (arXiv 1903.03176); details from recorded play.
 *
 * Versions: v1 (the minimal action set, which is all six), v0 (all six actions).
 */

import type { Json } from '../../json.ts'
import type { RandomSource } from '../../rng.ts'
import { TERMINAL } from './game.ts'
import type { MinAtarGame } from './game.ts'
import { moveEnemyBullets, moveFish, moveSubs, spawnEnemy } from './seaquest/enemies.ts'
import { append } from './seaquest/lists.ts'
import { CHANNELS, observe } from './seaquest/observation.ts'
import { breathe, FULL_OXYGEN } from './seaquest/oxygen.ts'
import { moveDivers, moveOwnBullets, movePlayer, spawnDiver } from './seaquest/player.ts'
import {
  AT_SURFACE,
  DIVER_COUNT,
  DIVER_TIMER,
  DIVERS,
  ENEMY_BULLETS,
  ENEMY_INTERVAL,
  ENEMY_TIMER,
  FISH,
  goesRight,
  GUN_TIMER,
  gunTimerIn,
  LIST_WORDS,
  MOVE_SPEED,
  OWN_BULLETS,
  OXYGEN,
  pack,
  PLAYER_DIRECTION,
  PLAYER_X,
  PLAYER_Y,
  RAMP_INDEX,
  STATE_SIZE,
  SUBS,
  timerIn,
  xIn,
  yIn,
} from './seaquest/words.ts'
import { flagAt, integerAt, toList, toNumber } from './variables.ts'
import type { Variable, Variables } from './variables.ts'

const START_X = 5
const ENEMY_START_INTERVAL = 20 // steps
const DIVER_INTERVAL = 30 // steps
const START_MOVE_SPEED = 5 // steps that enemies wait between moves

const VARIABLES: Variables = {
  oxygen: integerAt(OXYGEN),
  diver_count: integerAt(DIVER_COUNT),
  sub_x: integerAt(PLAYER_X),
  sub_y: integerAt(PLAYER_Y),
  sub_or: flagAt(PLAYER_DIRECTION),
  // Things are [x, y, whether it goes right], then the move timer, then a sub's gun timer.
  f_bullets: listAt(OWN_BULLETS, 3),
  e_bullets: listAt(ENEMY_BULLETS, 3),
  e_fish: listAt(FISH, 4),
  e_subs: listAt(SUBS, 5),
  divers: listAt(DIVERS, 4),
  e_spawn_speed: integerAt(ENEMY_INTERVAL),
  e_spawn_timer: integerAt(ENEMY_TIMER),
  d_spawn_timer: integerAt(DIVER_TIMER),
  move_speed: integerAt(MOVE_SPEED),
  ramp_index: integerAt(RAMP_INDEX),
  shot_timer: integerAt(GUN_TIMER),
  surface: flagAt(AT_SURFACE),
  terminal: flagAt(TERMINAL),
}

export const seaquest: MinAtarGame = {
  name: 'Seaquest',
  channels: CHANNELS,
  minimalActions: [0, 1, 2, 3, 4, 5],
  stateSize: STATE_SIZE,
  reset,
  step,
  observe,
  variables: VARIABLES,
}

function reset(state: Int32Array, at: number): void {
  state[at + TERMINAL] = 0
  state[at + OXYGEN] = FULL_OXYGEN
  state[at + DIVER_COUNT] = 0
  state[at + PLAYER_X] = START_X
  state[at + PLAYER_Y] = 0
  state[at + PLAYER_DIRECTION] = 0
  state[at + GUN_TIMER] = 0
  state[at + ENEMY_INTERVAL] = ENEMY_START_INTERVAL
  state[at + ENEMY_TIMER] = ENEMY_START_INTERVAL
  state[at + DIVER_TIMER] = DIVER_INTERVAL
  state[at + MOVE_SPEED] = START_MOVE_SPEED
  state[at + RAMP_INDEX] = 0
  state[at + AT_SURFACE] = 1
  state.fill(0, at + OWN_BULLETS, at + OWN_BULLETS + LIST_WORDS)
}

function step(
  state: Int32Array,
  at: number,
  action: number,
  source: RandomSource,
  ramping: boolean,
): number {
  if (state[at + ENEMY_TIMER] === 0) {
    spawnEnemy(state, at, source)
    state[at + ENEMY_TIMER] = state[at + ENEMY_INTERVAL]!
  }
  if (state[at + DIVER_TIMER] === 0) {
    spawnDiver(state, at, source)
    state[at + DIVER_TIMER] = DIVER_INTERVAL
  }
  movePlayer(state, at, action)
  let reward = moveOwnBullets(state, at)
  moveDivers(state, at)
  // In the enemies' turn a bullet of the player's goes only by killing.
  const bullets = state[at + OWN_BULLETS]!
  moveSubs(state, at)
  moveEnemyBullets(state, at)
  moveFish(state, at)
  reward += bullets - state[at + OWN_BULLETS]!
  state[at + ENEMY_TIMER] = state[at + ENEMY_TIMER]! - 1
  state[at + DIVER_TIMER] = state[at + DIVER_TIMER]! - 1
  if (state[at + GUN_TIMER]! > 0) state[at + GUN_TIMER] = state[at + GUN_TIMER]! - 1
  return reward + breathe(state, at, ramping)
}

/** A list of things, of which each shows its first `size` parts. */
function listAt(list: number, size: number): Variable {
  return {
    get: (state, at) => {
      const things = state.subarray(at + list + 1, at + list + 1 + state[at + list]!)
      return Array.from(things, (thing) => unpack(thing).slice(0, size))
    },
    set: (state, at, value) => {
      state[at + list] = 0
      for (const item of toList(value)) {
        const [x = 0, y = 0, toTheRight = 0, timer = 0, gunTimer = 0] = toList(item).map(toNumber)
        append(state, at, list, pack(x, y, toTheRight !== 0, timer, gunTimer))
      }
    },
  }
}

function unpack(thing: number): Json[] {
  return [xIn(thing), yIn(thing), goesRight(thing), timerIn(thing), gunTimerIn(thing)]
}
