/**
 * Reports the return and length of an episode in `info.episode` of its last step. Gymnasium's `t`
 * (seconds since the start) is left out on purpose: a clock would make two runs of one seed differ.
 */

import { Wrapper } from '../env.ts'
import type { ResetResult, StepResult, EnvState } from '../env.ts'
import { readNumber } from '../json.ts'

/** `info.episode`. */
export interface EpisodeStatistics {
  /** Undiscounted return: the rewards summed in order. */
  readonly r: number
  /** Length in timesteps. */
  readonly l: number
}

export class RecordEpisodeStatistics<Obs = unknown, Act = unknown> extends Wrapper<Obs, Act> {
  #episodeReturn = 0
  #episodeLength = 0

  protected override afterReset(result: ResetResult<Obs>): ResetResult<Obs> {
    this.#episodeReturn = 0
    this.#episodeLength = 0
    return result
  }

  protected override afterStep(result: StepResult<Obs>): StepResult<Obs> {
    this.#episodeReturn += result.reward
    this.#episodeLength += 1
    if (!result.terminated && !result.truncated) return result
    const episode: EpisodeStatistics = { r: this.#episodeReturn, l: this.#episodeLength }
    return { ...result, info: { ...result.info, episode } }
  }

  override getState(): EnvState {
    return {
      ...super.getState(),
      episodeReturn: this.#episodeReturn,
      episodeLength: this.#episodeLength,
    }
  }

  override setState(state: EnvState): void {
    const episodeReturn = readNumber(state, 'episodeReturn')
    const episodeLength = readNumber(state, 'episodeLength')
    super.setState(state)
    this.#episodeReturn = episodeReturn
    this.#episodeLength = episodeLength
  }
}
