/**
 * CliffWalking: walk from the bottom left of a 4 × 12 grid to its bottom right, along a cliff that
 * takes up the bottom row between them.
 *
 * Action, Discrete(4)
 * | value | meaning |
 * |---|---|
 * | 0 | up |
 * | 1 | right |
 * | 2 | down |
 * | 3 | left |
 * A move off the grid leads nowhere. With `isSlippery` the player moves as meant or to either
 * side, each with probability 1/3.
 *
 * Observation, Discrete(48): row × 12 + column of the player's cell, counted from the top left.
 * `info.prob` is the probability of the move that happened.
 *
 * Reward: -1 for every step, -100 for one over the cliff, which also puts the player back at the
 * start.
 *
 * Start: the bottom left cell, 36. One draw.
 *
 * Termination: the bottom right cell, 47, is reached. Truncation: none. Stepping on after the end
 * is allowed and walks away from the goal.
 *
 * Arguments: `isSlippery` (default false), `renderMode` ('ansi', 'rgb_array').
 *
 * Source: Sutton & Barto, "Reinforcement Learning: An Introduction", example 6.6; Gymnasium
 * `toy_text/cliffwalking.py` (MIT).
 *
 * Versions: CliffWalking-v1, CliffWalkingSlippery-v1.
 */

import type { RenderMode } from '../../env.ts'
import type { Frame } from '../../frame.ts'
import { checkChoice, checkKwargs } from '../../names.ts'
import { drawCliffWalking } from '../../rendering/views/cliff-walking.ts'
import { Rng } from '../../rng.ts'
import type { RandomSource } from '../../rng.ts'
import { gridText, neighbour } from './grid.ts'
import type { Direction } from './grid.ts'
import { TabularEnv, buildTable, lastTable } from './tabular.ts'
import type { Transition, TransitionTable } from './tabular.ts'

const ACTIONS: readonly Direction[] = ['up', 'right', 'down', 'left']
const SIZE = { rows: 4, columns: 12 }
const CELLS = SIZE.rows * SIZE.columns
const START = 36 // bottom left
const GOAL = 47 // bottom right

export interface CliffWalkingOptions {
  /** Default: false, as in Gymnasium. */
  isSlippery?: boolean | undefined
  /** Default: none, render() gives undefined. */
  renderMode?: RenderMode | undefined
}

const tableOf = lastTable()

export class CliffWalking extends TabularEnv {
  readonly isSlippery: boolean

  /**
   * @param source what reset and step draw from until a seed is given; default: an Rng of seed 0.
   * @throws TypeError or RangeError on unknown or invalid options.
   */
  constructor(options: CliffWalkingOptions = {}, source: RandomSource = new Rng(0)) {
    checkKwargs('CliffWalking', options, ['isSlippery', 'renderMode'])
    const { isSlippery = false, renderMode } = options
    checkChoice('CliffWalking: isSlippery', isSlippery, [true, false])
    const transitions = tableOf(String(isSlippery), () => cliffTable(isSlippery))
    const start = Array.from({ length: CELLS }, (_, state) => (state === START ? 1 : 0))
    super({ name: 'CliffWalking', actions: ACTIONS, transitions, start, renderMode }, source)
    this.isSlippery = isSlippery
  }

  protected override text(): string {
    const { columns } = SIZE
    const meadow = '.'.repeat(columns)
    const edge = `S${'C'.repeat(columns - 2)}G`
    const row = Math.floor(this.state / columns)
    const here = [row, this.state % columns, 'here'] as const
    return `${gridText([meadow, meadow, meadow, edge], [here])}\n${this.actionLine()}`
  }

  protected override frame(): Frame {
    return drawCliffWalking(this.state)
  }
}

function cliffTable(isSlippery: boolean): TransitionTable {
  return buildTable(CELLS, ACTIONS.length, (state, action) =>
    // The order decides which outcome a recorded draw stands for.
    isSlippery
      ? [action + 3, action, action + 1].map((move) => arrival(state, move, 1 / 3))
      : [arrival(state, action, 1)],
  )
}

function arrival(state: number, move: number, probability: number): Transition {
  const cell = neighbour(SIZE, state, ACTIONS[move % ACTIONS.length]!)
  const fallen = cell > START && cell < GOAL
  return {
    probability,
    nextState: fallen ? START : cell,
    reward: fallen ? -100 : -1,
    terminated: cell === GOAL,
  }
}
