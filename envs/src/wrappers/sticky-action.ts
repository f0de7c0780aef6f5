/**
 * Repeats the last action instead of the given one with some probability, so that a memorized
 * sequence of actions does not win (Machado et al. 2018, section 5.2; Gymnasium's `StickyAction`).
 *
 * A reset forgets the last action; with a seed it also restarts the wrapper's own stream, 'sticky
 * action' of that seed, so that the environment draws as it would without the wrapper.
 */

import { Wrapper, whenThere } from '../env.ts'
import type { ResetResult, StepResult, Env, EnvState, ResetArgs } from '../env.ts'
import { readNumber } from '../json.ts'
import { Rng, restoreSource, saveSource } from '../rng.ts'
import type { RandomSource, Seed } from '../rng.ts'
import { readValue, saveValue } from '../spaces/value-json.ts'

export interface StickyActionOptions {
  /** Probability p of repeating, 0 ≤ p < 1. */
  repeatActionProbability: number
  /**
   * For how many steps, once it sticks: a number, or bounds [lowest, highest] of a uniform draw.
   * Default: 1.
   */
  repeatActionDuration?: number | readonly [lowest: number, highest: number] | undefined
}

/**
 * @example
 * const env = new StickyAction(make('MountainCar-v0'), { repeatActionProbability: 0.25 })
 */
export class StickyAction<Obs = unknown, Act = unknown> extends Wrapper<Obs, Act> {
  readonly repeatActionProbability: number
  /** Lowest and highest number of steps. */
  readonly repeatActionDuration: readonly [lowest: number, highest: number]
  #lastAction: Act | undefined // since the reset; a copy
  #repeatsLeft = 0
  #source: RandomSource

  /**
   * @param source what is drawn from until a seed is given; default: the stream of seed 0.
   * @throws RangeError when the probability is not in [0, 1), or the duration no integers ≥ 1.
   */
  constructor(
    env: Env<Obs, Act>,
    options: StickyActionOptions,
    source: RandomSource = streamOf(0),
  ) {
    super(env)
    const { repeatActionProbability: p, repeatActionDuration: duration = 1 } = options
    if (!(p >= 0 && p < 1)) {
      throw new RangeError(`StickyAction: repeatActionProbability is ${p}; pass 0 <= p < 1`)
    }
    this.repeatActionProbability = p
    this.repeatActionDuration = typeof duration === 'number' ? [duration, duration] : duration
    checkDuration(this.repeatActionDuration)
    this.#source = source
  }

  override reset(args: ResetArgs = {}): ResetResult<Obs> {
    return whenThere(this.resetInner(args), (result) => {
      if (args.seed !== undefined) this.#source = streamOf(args.seed)
      this.#lastAction = undefined
      this.#repeatsLeft = 0
      return result
    })
  }

  override step(action: Act): StepResult<Obs> {
    const last = this.#lastAction
    if (last !== undefined && this.#sticks()) return this.stepInner(last)
    const copy = this.#copy(action)
    return whenThere(this.stepInner(action), (result) => {
      this.#lastAction = copy // only now: an action that was refused must not come back
      return result
    })
  }

  /** Whether this step repeats: one draw unless a repetition is under way. */
  #sticks(): boolean {
    if (this.#repeatsLeft > 0) {
      this.#repeatsLeft -= 1
      return true
    }
    if (this.#source.random() >= this.repeatActionProbability) return false
    const [lowest, highest] = this.repeatActionDuration
    const duration = lowest === highest ? lowest : this.#source.randInt(lowest, highest + 1)
    this.#repeatsLeft = duration - 1
    return true
  }

  /** The caller may reuse an array. */
  #copy(action: Act): Act {
    if (typeof action === 'number') return action
    return readValue(this.actionSpace, saveValue(this.actionSpace, action))
  }

  override getState(): EnvState {
    const last = this.#lastAction
    return {
      ...super.getState(),
      lastAction: last === undefined ? null : saveValue(this.actionSpace, last),
      repeatsLeft: this.#repeatsLeft,
      stickyRng: saveSource(this.#source),
    }
  }

  override setState(state: EnvState): void {
    const saved = state['lastAction']
    const last = saved === null ? undefined : readValue(this.actionSpace, saved)
    const repeatsLeft = readNumber(state, 'repeatsLeft')
    const source = restoreSource(state['stickyRng'], this.#source)
    super.setState(state)
    this.#lastAction = last
    this.#repeatsLeft = repeatsLeft
    this.#source = source
  }
}

function streamOf(seed: Seed): Rng {
  return new Rng(seed).stream('sticky action')
}

function checkDuration([lowest, highest]: readonly [number, number]): void {
  const sound = Number.isSafeInteger(lowest) && Number.isSafeInteger(highest)
  if (sound && lowest >= 1 && lowest <= highest) return
  throw new RangeError(
    `StickyAction: repeatActionDuration is [${lowest}, ${highest}]; ` +
      'pass an integer >= 1, or two in ascending order',
  )
}
