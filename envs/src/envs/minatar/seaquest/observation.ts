/** What Seaquest shows: the channels, and how the words are drawn into them. */

import { GRID } from '../game.ts'
import { oxygenCells } from './oxygen.ts'
import {
  DIVER_COUNT,
  DIVERS,
  ENEMY_BULLETS,
  FISH,
  goesRight,
  OWN_BULLETS,
  PLAYER_DIRECTION,
  PLAYER_X,
  PLAYER_Y,
  SUBS,
  xIn,
  yIn,
} from './words.ts'

/** Names of the channels, spelt as in the recorded data. */
export const CHANNELS = [
  'sub_front',
  'sub_back',
  'friendly_bullet',
  'trail',
  'enemy_bullet',
  'enemy_fish',
  'enemy_sub',
  'oxygen_guage',
  'diver_guage',
  'diver',
] as const
const C = CHANNELS.length
const FRONT = 0
const BACK = 1
const OWN_BULLET = 2
const TRAIL = 3
const ENEMY_BULLET = 4
const A_FISH = 5
const A_SUB = 6
const OXYGEN_GAUGE = 7
const DIVER_GAUGE = 8
const DIVER = 9

const LAST_DIVER_CELL = GRID - 2 // of the gauges' row

/** Sets the observation's ones; see `MinAtarGame.observe`. */
export function observe(state: Int32Array, at: number, obs: Uint8Array, obsAt: number): void {
  const x = state[at + PLAYER_X]!
  const back = state[at + PLAYER_DIRECTION] === 1 ? x - 1 : x + 1
  const front = obsAt + (state[at + PLAYER_Y]! * GRID + x) * C
  obs[front + FRONT] = 1
  // Always on the grid in play: what moved it to an edge also turned it to that edge.
  if (back >= 0 && back < GRID) obs[front + (back - x) * C + BACK] = 1
  markBullets(state, at, OWN_BULLETS, obs, obsAt + OWN_BULLET)
  markBullets(state, at, ENEMY_BULLETS, obs, obsAt + ENEMY_BULLET)
  markSwimmers(state, at, FISH, obs, obsAt, A_FISH)
  markSwimmers(state, at, SUBS, obs, obsAt, A_SUB)
  markSwimmers(state, at, DIVERS, obs, obsAt, DIVER)
  const gauges = obsAt + (GRID - 1) * GRID * C
  const oxygen = oxygenCells(state, at)
  for (let cell = 0; cell < oxygen; cell++) obs[gauges + cell * C + OXYGEN_GAUGE] = 1
  const first = LAST_DIVER_CELL - state[at + DIVER_COUNT]!
  for (let cell = first + 1; cell <= LAST_DIVER_CELL; cell++) {
    obs[gauges + cell * C + DIVER_GAUGE] = 1
  }
}

/** Sets the channel whose first cell is at `channelAt` where the list's bullets are. */
function markBullets(
  state: Int32Array,
  at: number,
  list: number,
  obs: Uint8Array,
  channelAt: number,
): void {
  const end = at + list + state[at + list]!
  for (let word = at + list + 1; word <= end; word++) {
    const thing = state[word]!
    obs[channelAt + (yIn(thing) * GRID + xIn(thing)) * C] = 1
  }
}

/** Sets `channel` where the list's things are, and the trail behind them. */
function markSwimmers(
  state: Int32Array,
  at: number,
  list: number,
  obs: Uint8Array,
  obsAt: number,
  channel: number,
): void {
  const end = at + list + state[at + list]!
  for (let word = at + list + 1; word <= end; word++) {
    const thing = state[word]!
    const x = xIn(thing)
    const cell = obsAt + (yIn(thing) * GRID + x) * C
    obs[cell + channel] = 1
    if (goesRight(thing)) {
      if (x > 0) obs[cell - C + TRAIL] = 1
    } else if (x < GRID - 1) obs[cell + C + TRAIL] = 1
  }
}
