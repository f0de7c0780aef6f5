/**
 * FrozenLake: cross a frozen lake from the start to the goal without falling into a hole; the ice
 * is slippery, so that a step often leads to a side of where it was meant to.
 *
 * Action, Discrete(4)
 * | value | meaning |
 * |---|---|
 * | 0 | left |
 * | 1 | down |
 * | 2 | right |
 * | 3 | up |
 * On slippery ice the player moves as meant with probability `successRate`, and to each of the two
 * sides with half of the rest. A move off the map leads nowhere.
 *
 * Observation, Discrete(rows × columns): row × columns + column of the player's tile, counted from
 * the top left. `info.prob` is the probability of the move that happened.
 *
 * Reward: 1 for reaching the goal, 0 for falling into a hole, 0 for every other step;
 * `rewardSchedule` changes the three numbers.
 *
 * Start: the tile S, at the top left of the standard maps; with several of them, one at random.
 * One draw.
 *
 * Termination: the goal is reached, or the player falls into a hole. Truncation: by the time
 * limit, 100 steps in FrozenLake-v1 (whatever its map) and 200 in FrozenLake8x8-v1. Stepping on
 * after the end is allowed: goal and holes lead to themselves with reward 0.
 *
 * Arguments: `mapName` ('4x4', '8x8', or null for a random 8x8 map of seed 0), `desc` (a map of
 * one's own as an array of strings of S, F, H and G, in place of `mapName`; `generateRandomMap`
 * makes them), `isSlippery` (default true), `successRate` (default 1/3), `rewardSchedule` ([goal,
 * hole, frozen], default [1, 0, 0]), `renderMode` ('ansi', 'rgb_array').
 *
 * Source: Gymnasium `toy_text/frozen_lake.py` (MIT).
 *
 * Versions: FrozenLake-v1 (4x4, 100 steps, threshold 0.7), FrozenLake8x8-v1 (8x8, 200 steps,
 * threshold 0.85).
 */

import type { RenderMode } from '../../env.ts'
import type { Frame } from '../../frame.ts'
import { checkChoice, checkKwargs, describe } from '../../names.ts'
import { checkFraction } from '../../numbers.ts'
import { drawFrozenLake } from '../../rendering/views/frozen-lake.ts'
import { Rng } from '../../rng.ts'
import type { RandomSource } from '../../rng.ts'
import { FROZEN_LAKE_MAPS, checkMap, generateRandomMap } from './frozen-lake-map.ts'
import type { FrozenLakeMapName } from './frozen-lake-map.ts'
import { gridText, neighbour } from './grid.ts'
import type { Direction } from './grid.ts'
import { TabularEnv, buildTable, lastTable } from './tabular.ts'
import type { Transition, TransitionTable } from './tabular.ts'

const ACTIONS: readonly Direction[] = ['left', 'down', 'right', 'up']

export interface FrozenLakeOptions {
  /** A standard map, or null for a random one. Default: '4x4', as in Gymnasium. */
  mapName?: FrozenLakeMapName | null | undefined
  /** A map of one's own, in place of `mapName`. */
  desc?: readonly string[] | null | undefined
  /** Default: true, as in Gymnasium. */
  isSlippery?: boolean | undefined
  /** Probability of moving as meant on slippery ice. Default: 1/3, as in Gymnasium. */
  successRate?: number | undefined
  /** Reward of reaching the goal, a hole, frozen ice. Default: [1, 0, 0], as in Gymnasium. */
  rewardSchedule?: RewardSchedule | undefined
  /** Default: none, render() gives undefined. */
  renderMode?: RenderMode | undefined
}

export type RewardSchedule = readonly [goal: number, hole: number, frozen: number]

interface Dynamics {
  readonly isSlippery: boolean
  readonly successRate: number
  readonly rewardSchedule: RewardSchedule
}

const tableOf = lastTable()

export class FrozenLake extends TabularEnv {
  /** The map, one string per row. */
  readonly map: readonly string[]

  /**
   * @param source what reset and step draw from until a seed is given; default: an Rng of seed 0.
   * @throws TypeError or RangeError on unknown or invalid options.
   */
  constructor(options: FrozenLakeOptions = {}, source: RandomSource = new Rng(0)) {
    checkKwargs('FrozenLake', options, KNOWN)
    const { isSlippery = true, successRate = 1 / 3, rewardSchedule = [1, 0, 0] } = options
    checkChoice('FrozenLake: isSlippery', isSlippery, [true, false])
    checkFraction('FrozenLake: successRate', successRate)
    checkRewards(rewardSchedule)
    const map = chooseMap(options)
    const dynamics = { isSlippery, successRate, rewardSchedule }
    const transitions = tableOf(JSON.stringify([map, dynamics]), () => lakeTable(map, dynamics))
    const tiles = map.join('')
    const starts = tiles.split('S').length - 1
    const start = Array.from(tiles, (tile) => (tile === 'S' ? 1 / starts : 0))
    const { renderMode } = options
    super({ name: 'FrozenLake', actions: ACTIONS, transitions, start, renderMode }, source)
    this.map = map
  }

  protected override text(): string {
    const columns = this.map[0]!.length
    const row = Math.floor(this.state / columns)
    const grid = gridText(this.map, [[row, this.state % columns, 'here']])
    return `${grid}\n${this.actionLine()}`
  }

  protected override frame(): Frame {
    const look = this.lastAction === 0 ? -1 : this.lastAction === 2 ? 1 : 0
    return drawFrozenLake(this.map, this.state, look)
  }
}

const KNOWN = ['mapName', 'desc', 'isSlippery', 'successRate', 'rewardSchedule', 'renderMode']

function chooseMap({ mapName = '4x4', desc }: FrozenLakeOptions): readonly string[] {
  if (desc !== undefined && desc !== null) return checkMap('FrozenLake: desc', desc)
  if (mapName === null) return generateRandomMap()
  checkChoice('FrozenLake: mapName', mapName, [...Object.keys(FROZEN_LAKE_MAPS), null])
  return FROZEN_LAKE_MAPS[mapName]
}

function checkRewards(schedule: unknown): void {
  if (Array.isArray(schedule) && schedule.length === 3 && schedule.every(Number.isFinite)) return
  throw new RangeError(
    `FrozenLake: rewardSchedule is ${describe(schedule)}; pass [goal, hole, frozen], three numbers`,
  )
}

function lakeTable(map: readonly string[], dynamics: Dynamics): TransitionTable {
  const tiles = map.join('')
  const size = { rows: map.length, columns: map[0]!.length }
  const arrival = (state: number, move: number, probability: number): Transition => {
    const nextState = neighbour(size, state, ACTIONS[move % ACTIONS.length]!)
    const tile = tiles[nextState]!
    const [goal, hole, frozen] = dynamics.rewardSchedule
    const reward = tile === 'G' ? goal : tile === 'H' ? hole : frozen
    return { probability, nextState, reward, terminated: isEnd(tile) }
  }
  const { successRate, isSlippery } = dynamics
  const side = (1 - successRate) / 2
  return buildTable(tiles.length, ACTIONS.length, (state, action) => {
    if (isEnd(tiles[state]!)) {
      return [{ probability: 1, nextState: state, reward: 0, terminated: true }]
    }
    if (!isSlippery) return [arrival(state, action, 1)]
    // The order decides which outcome a recorded draw stands for.
    return [
      arrival(state, action + 3, side),
      arrival(state, action, successRate),
      arrival(state, action + 1, side),
    ]
  })
}

function isEnd(tile: string): boolean {
  return tile === 'G' || tile === 'H'
}
