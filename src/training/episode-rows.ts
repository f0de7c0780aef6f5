/**
 * How many rows of a log ended episodes take: one each, until they are more than there may be. Timesteps earn rows, so that
 * a whole run has `rows` of them at most, and some at its beginning; while none is earned, episodes wait, and the next row
 * stands for all of them: the mean return, the mean length, and in `charts/episodes` how many they are. No clock decides
 * anything, and what waits is part of the state: a run that was resumed writes the rows of an unbroken one.
 */
import * as z from 'zod'
import type { Metrics } from '../logging/index.ts'

/** Rows that need not be earned: episodes are short at first. */
const FIRST_ROWS = 1000

export const episodeRowsSchema = z.strictObject({
  earned: z.number().describe('rows that may be written'),
  at: z.int().min(0).describe('timestep up to which rows have been earned'),
  episodes: z.int().min(0).describe('that wait'),
  returns: z.custom<number>((value) => typeof value === 'number').describe('sum over them'),
  lengths: z.int().describe('sum over them, in timesteps'),
})

/** What is remembered of one row to the next; survives JSON. */
export type EpisodeRowsState = z.output<typeof episodeRowsSchema>

export interface EpisodeRowsOptions {
  /** The most rows, beside the first thousand; 0 for a row per episode. */
  readonly rows: number
  /** Timesteps in which they are earned. */
  readonly totalTimesteps: number
  /** To go on from: what `getState` gave. */
  readonly state?: EpisodeRowsState | null | undefined
}

/** What a row is made of. */
interface EndedEpisode {
  /** Timesteps of the agent so far. */
  readonly globalStep: number
  readonly episodicReturn: number
  /** Timesteps. */
  readonly episodicLength: number
}

export class EpisodeRows {
  readonly #perStep: number
  readonly #state: { -readonly [K in keyof EpisodeRowsState]: EpisodeRowsState[K] }

  constructor({ rows, totalTimesteps, state }: EpisodeRowsOptions) {
    this.#perStep = rows === 0 ? Infinity : rows / totalTimesteps
    this.#state = { earned: FIRST_ROWS, at: 0, episodes: 0, returns: 0, lengths: 0, ...state }
  }

  /** @returns a row, if there may be one now */
  add({ globalStep, episodicReturn, episodicLength }: EndedEpisode): Metrics | undefined {
    const state = this.#state
    state.episodes++
    state.returns += episodicReturn
    state.lengths += episodicLength
    if (this.#perStep === Infinity) return this.take()
    state.earned += (globalStep - state.at) * this.#perStep
    state.at = globalStep
    if (state.earned < 1) return undefined
    state.earned--
    return this.take()
  }

  /** The row of all that wait; undefined where none does. */
  take(): Metrics | undefined {
    const state = this.#state
    const { episodes, returns, lengths } = state
    if (episodes === 0) return undefined
    state.episodes = state.returns = state.lengths = 0
    return {
      'charts/episodic_return': returns / episodes,
      'charts/episodic_length': lengths / episodes,
      ...(episodes > 1 && { 'charts/episodes': episodes }),
    }
  }

  getState(): EpisodeRowsState {
    return { ...this.#state }
  }
}
