/**
 * The episodes of an evaluation, played in turn by a few copies of an environment: a copy that is through with one takes
 * the next that nobody has played. Each is seeded by its index and played to its end, whichever copy plays it: a pool
 * from which the first to end are taken would favour short ones.
 */
import {
  type AsyncEnv,
  type ResetArgs,
  type ResetResult,
  type StepResult,
  Wrapper,
} from 'gymnasium-js'
import type { Seed } from '../rng.ts'

export interface EpisodesOptions {
  readonly episodes: number
  /** Episode i is reset with the seed `<seed>/<i>`. */
  readonly seed: Seed
  /** Timesteps after which an episode is cut. */
  readonly maxEpisodeSteps: number
}

export class Episodes {
  /** Undiscounted sums of rewards, by episode. */
  readonly returns: number[]
  /** Timesteps. */
  readonly lengths: number[]
  /** Episodes that did not end by themselves. */
  cut = 0
  readonly #options: EpisodesOptions
  #taken = 0
  #left: number

  constructor(options: EpisodesOptions) {
    const { episodes } = options
    this.#options = options
    this.#left = episodes
    this.returns = new Array<number>(episodes).fill(0)
    this.lengths = new Array<number>(episodes).fill(0)
  }

  get areOver(): boolean {
    return this.#left === 0
  }

  /**
   * A copy of the environment that plays some of them: each of its resets starts the next. What is no environment is
   * given back as it is, for the vector environment to say what is wrong with it.
   */
  playedBy(env: AsyncEnv): AsyncEnv {
    return 'step' in Object(env) ? new EpisodePlayer(env, this) : env
  }

  /** @returns the next one; undefined when all are taken */
  take(): { readonly episode: number; readonly seed: Seed } | undefined {
    const episode = this.#taken
    if (episode === this.returns.length) return undefined
    this.#taken++
    return { episode, seed: `${this.#options.seed}/${episode}` }
  }

  /** Adds a step to an episode. @returns whether it is over */
  count(episode: number, { reward, terminated, truncated }: StepResult): boolean {
    this.returns[episode]! += reward
    const length = ++this.lengths[episode]!
    const hasEnded = terminated || truncated
    const isCut = !hasEnded && length >= this.#options.maxEpisodeSteps
    if (isCut) this.cut++
    if (hasEnded || isCut) this.#left--
    return hasEnded || isCut
  }
}

/** Plays until no episode is left, and then rests: it shows what it showed last and is not stepped. */
class EpisodePlayer extends Wrapper {
  readonly #episodes: Episodes
  #episode: number | undefined
  #first: ResetResult | undefined
  #last: StepResult | undefined

  constructor(env: AsyncEnv, episodes: Episodes) {
    super(env)
    this.#episodes = episodes
  }

  /** The seed is the episode's. */
  override reset({ options }: ResetArgs = {}): ResetResult {
    const next = this.#episodes.take()
    this.#episode = next?.episode
    if (next) return this.resetInner({ seed: next.seed, options })
    // What it tells while it rests is what it told first: at the end, an action mask may allow nothing.
    return { obs: this.#last!.obs, info: this.#first!.info }
  }

  protected override afterReset(result: ResetResult): ResetResult {
    this.#first = result
    return result
  }

  override step(action: unknown): StepResult {
    return this.#episode === undefined ? this.#resting() : this.stepInner(action)
  }

  protected override afterStep(step: StepResult): StepResult {
    if (!this.#episodes.count(this.#episode!, step)) return step
    this.#last = step
    return { ...step, truncated: !step.terminated }
  }

  #resting(): StepResult {
    const { info } = this.#first!
    return { ...this.#last!, reward: 0, terminated: false, truncated: false, info }
  }
}
