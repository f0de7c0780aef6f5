/** Where the observations of replayed transitions lie, and the store that simply keeps both of each transition. */
import type { ObsArray } from 'gymnasium-js/vector'
import {
  type CheckpointState,
  dtypeOf,
  readJson,
  readTensors,
  type StateOptions,
  type StatePart,
} from '../state.ts'
import { copyRow, emptyLike, firstRows, Ring } from './rows.ts'
import * as z from 'zod'

/** Observations of the newest transitions; `age` 0 is the newest, as in `Ring`. */
export interface ObservationStore {
  /**
   * Keeps the observations of one transition, of copy `env`; copies take turns in ascending order.
   *
   * @param obs [N, ...] what was seen; row `env` counts
   * @param nextObs [N, ...] what followed: the final observation where the episode ended
   * @param ended whether the episode ended, by either flag
   */
  push(obs: ObsArray, nextObs: ObsArray, env: number, ended: boolean): void
  /** The next observation of each copy is the first of an episode. */
  endEpisodes(): void
  /** Writes what was seen into row `at` of `target`. */
  readObs(age: number, target: ObsArray, at: number): void
  /** Writes what followed into row `at` of `target`. */
  readNextObs(age: number, target: ObsArray, at: number): void
  /** What is held of the newest `ring.held` transitions. */
  getState(options: StateOptions): CheckpointState
  /**
   * Checks all of a state before it returns what takes it over.
   *
   * @param ring how far the transitions have come
   * @throws TypeError naming the field
   */
  readState(state: StatePart, ring: RingState): () => void
}

/** How many transitions are held, and the row of the next. */
export interface RingState {
  readonly held: number
  readonly position: number
}

/** Both observations of each transition as they are: 2 · size numbers of the observations' dtype per transition. */
export class PairStore implements ObservationStore {
  readonly #size: number
  readonly #ring: Ring
  readonly #obs: ObsArray
  readonly #nextObs: ObsArray

  /** @param size numbers in an observation @param like an array of their dtype */
  constructor(capacity: number, size: number, like: ObsArray) {
    this.#size = size
    this.#ring = new Ring(capacity)
    this.#obs = emptyLike(like, capacity * size)
    this.#nextObs = emptyLike(like, capacity * size)
  }

  push(obs: ObsArray, nextObs: ObsArray, env: number): void {
    const row = this.#ring.push()
    copyRow(this.#obs, row, obs, env, this.#size)
    copyRow(this.#nextObs, row, nextObs, env, this.#size)
  }

  endEpisodes(): void {
    // Each transition has both of its observations.
  }

  readObs(age: number, target: ObsArray, at: number): void {
    copyRow(target, at, this.#obs, this.#ring.rowOf(age), this.#size)
  }

  readNextObs(age: number, target: ObsArray, at: number): void {
    copyRow(target, at, this.#nextObs, this.#ring.rowOf(age), this.#size)
  }

  getState(options: StateOptions): CheckpointState {
    const held = (array: ObsArray) => firstRows(array, this.#ring.held, this.#size, options)
    return {
      json: {},
      tensors: { obs: held(this.#obs), nextObs: held(this.#nextObs) },
    }
  }

  readState(state: StatePart, { held, position }: RingState): () => void {
    readJson(z.strictObject({}), state)
    const expected = { dtype: dtypeOf(this.#obs), shape: [held, this.#size] }
    const { obs, nextObs } = readTensors(state, {
      obs: expected,
      nextObs: expected,
    })
    return () => {
      this.#obs.set(obs)
      this.#nextObs.set(nextObs)
      this.#ring.set(held, position)
    }
  }
}
