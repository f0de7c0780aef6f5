/**
 * What a MinAtar game is: pure functions over the words of one flat Int32Array, in which each copy
 * of the game owns a fixed run of words. The scalar environment (one copy) and the native vector
 * version (N copies) share them. Things that come and go lie in slots of fixed capacity; there are
 * no floats, so that states are equal exactly if their words are.
 *
 * Source: Young & Tian 2019, "MinAtar: An Atari-Inspired Testbed for Thorough and Reproducible
 * Reinforcement Learning Experiments" (arXiv 1903.03176). Written from the published descriptions
 * of the games and from recorded play; nothing is taken from MinAtar's source.
 */

import type { RandomSource } from '../../rng.ts'
import type { Variables } from './variables.ts'

/** Cells per side of every game's grid; x runs to the right, y downwards, (0, 0) is top left. */
export const GRID = 10
export const CELLS = GRID * GRID

// Words that every copy of every game begins with, as offsets from its `at`.
/** 1 once the game is over, else 0. */
export const TERMINAL = 0
/** The action that last took effect; stickiness repeats it. A new episode keeps it. */
export const LAST_ACTION = 1
/** Number of shared words: a game's own words begin at `at + SHARED_WORDS`. */
export const SHARED_WORDS = 2

// The six actions of all games.
export const NOOP = 0
export const LEFT = 1
export const UP = 2
export const RIGHT = 3
export const DOWN = 4
export const FIRE = 5

/**
 * The rules of one game. A copy's words are `state[at … at + SHARED_WORDS + stateSize - 1]`; its
 * functions read and write nothing else.
 */
export interface MinAtarGame {
  /** As in the id: 'Breakout'. */
  readonly name: string
  /** Names of the observation's C channels, in order. */
  readonly channels: readonly string[]
  /** The actions that do something, ascending: `-v1` offers only these. */
  readonly minimalActions: readonly number[]
  /** Number of the game's own words per copy, after the shared ones. */
  readonly stateSize: number
  /** Starts an episode: sets all own words and clears TERMINAL; leaves LAST_ACTION alone. */
  reset(state: Int32Array, at: number, source: RandomSource): void
  /**
   * One step with the action that takes effect (stickiness is done already); called only while
   * TERMINAL is 0, and sets it to 1 when the game ends.
   *
   * @param ramping whether the game gets harder as it goes on.
   * @returns the reward, an integer.
   */
  step(
    state: Int32Array,
    at: number,
    action: number,
    source: RandomSource,
    ramping: boolean,
  ): number
  /**
   * Sets the observation's ones. The caller has set its block
   * `obs[obsAt … obsAt + CELLS * C - 1]` to 0; cell (x, y) of channel c is at
   * `obsAt + (y * GRID + x) * C + c`.
   */
  observe(state: Int32Array, at: number, obs: Uint8Array, obsAt: number): void
  /** All variables, `terminal` too, by the names of the recorded data. */
  readonly variables: Variables
}

/**
 * One step of a game with sticky actions: with probability `stickyActionProb` the last action is
 * repeated instead of the given one. Draws once for that, also when the probability is 0 and when
 * the game is over; then the game's own draws follow.
 *
 * @param action 0 … 5
 * @returns the reward; 0, and nothing happens, when the game is over already.
 */
export function act(
  game: MinAtarGame,
  state: Int32Array,
  at: number,
  action: number,
  source: RandomSource,
  stickyActionProb: number,
  ramping: boolean,
): number {
  const sticks = source.random() < stickyActionProb
  const effective = sticks ? state[at + LAST_ACTION]! : action
  state[at + LAST_ACTION] = effective
  return state[at + TERMINAL] === 0 ? game.step(state, at, effective, source, ramping) : 0
}
