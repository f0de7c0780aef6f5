/** The rules of Taxi: its map, its states as numbers, and what each action leads to. */

import { neighbour } from './grid.ts'
import type { Direction } from './grid.ts'
import type { Transition } from './tabular.ts'

/** Every cell is one column of text wide; `|` beside it is a wall, `:` is none. */
export const TAXI_MAP = [
  '+---------+',
  '|R: | : :G|',
  '| : | : : |',
  '| : : : : |',
  '| | : | : |',
  '|Y| : |B: |',
  '+---------+',
]

/** Red, green, yellow, blue. */
export const TAXI_PLACES = [
  { row: 0, column: 0 },
  { row: 0, column: 4 },
  { row: 4, column: 0 },
  { row: 4, column: 3 },
] as const

export const TAXI_ACTIONS = ['south', 'north', 'east', 'west', 'pickup', 'dropoff']

const SIZE = { rows: 5, columns: 5 }
const DIRECTIONS: readonly Direction[] = ['down', 'up', 'right', 'left']
/** The action whose direction lies on the left hand, and on the right hand, of each move. */
const LEFT_HAND = [2, 3, 1, 0]
const RIGHT_HAND = [3, 2, 0, 1]
const PICKUP = 4

/** Where a passenger is that is in the taxi. */
export const IN_TAXI = 4
export const TAXI_STATES = 500

/** A state of Taxi in words. */
export interface TaxiState {
  /** 0 … 4 from the top. */
  readonly row: number
  /** 0 … 4 from the left. */
  readonly column: number
  /** 0 red, 1 green, 2 yellow, 3 blue, 4 in the taxi. */
  readonly passenger: number
  /** 0 red, 1 green, 2 yellow, 3 blue. */
  readonly destination: number
}

/** A state as the observation's number. */
export function encodeTaxi({ row, column, passenger, destination }: TaxiState): number {
  return ((row * SIZE.columns + column) * 5 + passenger) * 4 + destination
}

/** The state of an observation's number. */
export function decodeTaxi(state: number): TaxiState {
  const cell = Math.floor(state / 20)
  return {
    row: Math.floor(cell / SIZE.columns),
    column: cell % SIZE.columns,
    passenger: Math.floor(state / 4) % 5,
    destination: state % 4,
  }
}

/** Probability of each start state [500]: a waiting passenger who wants to go elsewhere. */
export function taxiStart(): Float64Array {
  const isStart = (state: number) => {
    const { passenger, destination } = decodeTaxi(state)
    return passenger !== IN_TAXI && passenger !== destination
  }
  const count = Array.from({ length: TAXI_STATES }, (_, state) => state).filter(isStart).length
  return Float64Array.from({ length: TAXI_STATES }, (_, state) => (isStart(state) ? 1 / count : 0))
}

/**
 * @param meant probability of moving as meant in the rain; undefined when it is dry.
 * @returns the outcomes in the order of drawing: as meant, to the left, to the right.
 */
export function taxiOutcomes(
  state: number,
  action: number,
  meant: number | undefined,
): readonly Transition[] {
  if (action >= PICKUP) return [service(state, action)]
  const ahead = arrival(state, action)
  if (meant === undefined) return [move(ahead, 1)]
  const blocked = ahead === state
  const side = (1 - meant) / 2
  return [
    move(ahead, meant),
    move(blocked ? state : arrival(state, LEFT_HAND[action]!), side),
    move(blocked ? state : arrival(state, RIGHT_HAND[action]!), side),
  ]
}

/** [6]: 1 for the actions that change something when it is dry. */
export function taxiActionMask(state: number): number[] {
  return TAXI_ACTIONS.map((_, action) => {
    const nextState = action < PICKUP ? arrival(state, action) : service(state, action).nextState
    return nextState === state ? 0 : 1
  })
}

function move(nextState: number, probability: number): Transition {
  return { probability, nextState, reward: -1, terminated: false }
}

/** Where a move leads. */
function arrival(state: number, action: number): number {
  const cell = Math.floor(state / 20)
  const { row, column } = decodeTaxi(state)
  const line = TAXI_MAP[1 + row]!
  const wall = action === 2 ? line[2 * column + 2] : action === 3 ? line[2 * column] : ':'
  if (wall === '|') return state
  return state + 20 * (neighbour(SIZE, cell, DIRECTIONS[action]!) - cell)
}

/** Picking up (4) and dropping off (5). */
function service(state: number, action: number): Transition {
  const taxi = decodeTaxi(state)
  const here = TAXI_PLACES.findIndex(
    ({ row, column }) => row === taxi.row && column === taxi.column,
  )
  const inTaxi = taxi.passenger === IN_TAXI
  const possible = here >= 0 && (action === PICKUP ? taxi.passenger === here : inTaxi)
  if (!possible) return { probability: 1, nextState: state, reward: -10, terminated: false }
  const nextState = encodeTaxi({ ...taxi, passenger: action === PICKUP ? IN_TAXI : here })
  const arrived = action !== PICKUP && here === taxi.destination
  return { probability: 1, nextState, reward: arrived ? 20 : -1, terminated: arrived }
}
