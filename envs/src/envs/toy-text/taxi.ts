/**
 * Taxi: drive to a passenger who waits at one of four places of a walled 5 × 5 grid, pick them up,
 * and drop them off at the place where they want to go.
 *
 * Action, Discrete(6)
 * | value | meaning |
 * |---|---|
 * | 0 | move south |
 * | 1 | move north |
 * | 2 | move east |
 * | 3 | move west |
 * | 4 | pick the passenger up |
 * | 5 | drop the passenger off |
 * A move into a wall or off the grid leads nowhere. `info.actionMask` [6] is 1 for every action
 * that would change something; `actionSpace.sample(rng, info.actionMask)` draws one of them.
 *
 * Observation, Discrete(500): ((row × 5 + column) × 5 + passenger) × 4 + destination, rows and
 * columns counted from the top left; `encodeTaxi` and `decodeTaxi` convert.
 * | part | values |
 * |---|---|
 * | passenger | 0 red, 1 green, 2 yellow, 3 blue, 4 in the taxi |
 * | destination | 0 red, 1 green, 2 yellow, 3 blue |
 * `info.prob` is the probability of the move that happened.
 *
 * Reward: -1 for every step, but 20 for dropping the passenger off at their destination, and -10
 * for picking up or dropping off where that cannot be done.
 *
 * Start: any cell, a waiting passenger and another place as destination: 300 states, each as likely
 * as the others. One draw, and with `ficklePassenger` a second.
 *
 * Termination: the passenger is dropped off at their destination; at any other of the four places
 * they wait again. Truncation: by the time limit, 200 steps. Stepping on after the end is allowed.
 *
 * Arguments: `isRainy` (default false): a move happens as meant with `rainyProbability` (default
 * 0.8), to either side with half of the rest, unless the meant way is blocked;
 * `ficklePassenger` (default false): in an episode that is so with `fickleProbability` (default
 * 0.3), the first move with the passenger aboard changes the destination; `renderMode` ('ansi',
 * 'rgb_array').
 *
 * Source: Dietterich 2000, "Hierarchical Reinforcement Learning with the MAXQ Value Function
 * Decomposition"; Gymnasium `toy_text/taxi.py` (MIT).
 *
 * Versions: v4 (Gymnasium has dropped the earlier ones).
 */

import type { EnvState, RenderMode, ResetArgs, ResetResult } from '../../env.ts'
import type { Frame } from '../../frame.ts'
import { readBoolean } from '../../json.ts'
import { checkChoice, checkKwargs, describe } from '../../names.ts'
import { checkFraction } from '../../numbers.ts'
import { drawTaxi } from '../../rendering/views/taxi.ts'
import { Rng } from '../../rng.ts'
import type { RandomSource } from '../../rng.ts'
import { gridText } from './grid.ts'
import { TabularEnv, buildTable, lastTable } from './tabular.ts'
import type { TabularInfo } from './tabular.ts'
import {
  IN_TAXI,
  TAXI_ACTIONS,
  TAXI_MAP,
  TAXI_PLACES,
  TAXI_STATES,
  decodeTaxi,
  encodeTaxi,
  taxiActionMask,
  taxiOutcomes,
  taxiStart,
} from './taxi-rules.ts'

export interface TaxiOptions {
  /** Moves drift to the side at times. Default: false, as in Gymnasium. */
  isRainy?: boolean | undefined
  /** Probability of moving as meant in the rain. Default: 0.8, as in Gymnasium. */
  rainyProbability?: number | undefined
  /** The passenger may change their mind once. Default: false, as in Gymnasium. */
  ficklePassenger?: boolean | undefined
  /** Probability that an episode's passenger will. Default: 0.3, as in Gymnasium. */
  fickleProbability?: number | undefined
  /** Default: none, render() gives undefined. */
  renderMode?: RenderMode | undefined
}

export interface TaxiInfo extends TabularInfo {
  /** [6]: 1 for actions that change something, else 0. Frozen, and shared between steps. */
  readonly actionMask: readonly number[]
}

const KNOWN = ['isRainy', 'rainyProbability', 'ficklePassenger', 'fickleProbability', 'renderMode']

const tableOf = lastTable()

/** By state. */
const MASKS: readonly (readonly number[])[] = Array.from({ length: TAXI_STATES }, (_, state) =>
  Object.freeze(taxiActionMask(state)),
)

export class Taxi extends TabularEnv {
  readonly ficklePassenger: boolean
  readonly fickleProbability: number
  #willChange = false // the passenger's mind, at the first move with them aboard

  /**
   * @param source what reset and step draw from until a seed is given; default: an Rng of seed 0.
   * @throws TypeError or RangeError on unknown or invalid options.
   */
  constructor(options: TaxiOptions = {}, source: RandomSource = new Rng(0)) {
    checkKwargs('Taxi', options, KNOWN)
    const { isRainy = false, rainyProbability = 0.8, renderMode } = options
    const { ficklePassenger = false, fickleProbability = 0.3 } = options
    checkChoice('Taxi: isRainy', isRainy, [true, false])
    checkChoice('Taxi: ficklePassenger', ficklePassenger, [true, false])
    checkFraction('Taxi: rainyProbability', rainyProbability)
    checkFraction('Taxi: fickleProbability', fickleProbability)
    const meant = isRainy ? rainyProbability : undefined
    const transitions = tableOf(String(meant), () =>
      buildTable(TAXI_STATES, TAXI_ACTIONS.length, (state, action) =>
        taxiOutcomes(state, action, meant),
      ),
    )
    const start = taxiStart()
    super({ name: 'Taxi', actions: TAXI_ACTIONS, transitions, start, renderMode }, source)
    this.ficklePassenger = ficklePassenger
    this.fickleProbability = fickleProbability
  }

  /**
   * What `info.actionMask` is in a state [6].
   *
   * @throws RangeError when there is no such state.
   */
  actionMask(state: number): readonly number[] {
    const mask = MASKS[state]
    if (mask !== undefined) return mask
    throw new RangeError(
      `Taxi: state is ${describe(state)}; pass an integer from 0 to ${TAXI_STATES - 1}`,
    )
  }

  override reset(args?: ResetArgs): ResetResult<number> {
    const start = super.reset(args)
    this.#willChange = this.ficklePassenger && this.source.random() < this.fickleProbability
    return start
  }

  override getState(): EnvState {
    return { ...super.getState(), willChange: this.#willChange }
  }

  override setState(state: EnvState): void {
    const willChange = readBoolean(state, 'willChange')
    super.setState(state)
    this.#willChange = willChange
  }

  protected override arrive(nextState: number): number {
    if (!this.#willChange) return nextState
    const before = decodeTaxi(this.state)
    const { row, column, passenger } = decodeTaxi(nextState)
    const moved = row !== before.row || column !== before.column
    if (!moved || before.passenger !== IN_TAXI) return nextState
    this.#willChange = false
    const others = [0, 1, 2, 3].filter((place) => place !== before.destination)
    const destination = others[this.source.randInt(0, others.length)]!
    return encodeTaxi({ row, column, passenger, destination })
  }

  protected override info(prob: number): TaxiInfo {
    return { prob, actionMask: this.actionMask(this.state) }
  }

  protected override text(): string {
    const { row, column, passenger, destination } = decodeTaxi(this.state)
    const waiting = TAXI_PLACES[passenger] // none while the passenger is in the taxi
    const goal = TAXI_PLACES[destination]!
    const grid = gridText(TAXI_MAP, [
      [1 + row, 1 + 2 * column, waiting === undefined ? 'loaded' : 'empty'],
      ...(waiting === undefined ? [] : [mark(waiting, 'passenger')]),
      mark(goal, 'destination'),
    ])
    return `${grid}\n${this.actionLine()}`
  }

  protected override frame(): Frame {
    const { row, column, passenger, destination } = decodeTaxi(this.state)
    const taxi = { row, column }
    const { lastAction } = this
    return drawTaxi({
      map: TAXI_MAP,
      places: TAXI_PLACES,
      taxi,
      passenger,
      destination,
      lastAction,
    })
  }
}

function mark({ row, column }: (typeof TAXI_PLACES)[number], look: 'passenger' | 'destination') {
  return [1 + row, 1 + 2 * column, look] as const
}
