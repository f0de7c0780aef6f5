/**
 * Records episodes as animated GIFs, when triggers say so, and hands each to a callback: files are
 * the caller's affair, so that this runs in browsers too. As Gymnasium's `RecordVideo`, but for the
 * format, and that a video of whole episodes is handed over at the episode's last step instead of
 * at the reset after it. `step` is counted over all episodes, from 0.
 */

import { Wrapper } from '../env.ts'
import type { ResetResult, StepResult, Env, EnvState } from '../env.ts'
import { readNumber } from '../json.ts'
import { describe } from '../names.ts'
import { checkInteger } from '../numbers.ts'
import { GifEncoder } from '../rendering/gif.ts'

export interface RecordVideoOptions {
  /** Takes a finished video, named `<prefix>-episode-<n>` or `<prefix>-step-<n>`, and its bytes. */
  write: (name: string, gif: Uint8Array) => void
  /** Whether to record the episode, counted from 0. Default, if there is no `stepTrigger`: `cubicSchedule`. */
  episodeTrigger?: ((episode: number) => boolean) | undefined
  /** Whether to start recording at this step. */
  stepTrigger?: ((step: number) => boolean) | undefined
  /** Frames of a video, over the ends of episodes; default: 0, until the episode's end. */
  videoLength?: number | undefined
  /** Default: 'rl-video'. */
  namePrefix?: string | undefined
  /** Pictures per second. Default: the environment's `spec.renderFps`, or 30. */
  fps?: number | undefined
}

interface Recording {
  readonly name: string
  readonly gif: GifEncoder
}

const DEFAULT_FPS = 30

/** Episodes 0, 1, 8, 27, …, 729, and from 1,000 on every thousandth. */
export function cubicSchedule(episode: number): boolean {
  return episode < 1000 ? Math.round(Math.cbrt(episode)) ** 3 === episode : episode % 1000 === 0
}

/**
 * @example
 * new RecordVideo(make('CartPole-v1', { renderMode: 'rgb_array' }), {
 *   write: (name, gif) => writeFileSync(`${name}.gif`, gif),
 *   episodeTrigger: (episode) => episode % 100 === 0,
 * })
 */
export class RecordVideo<Obs = unknown, Act = unknown> extends Wrapper<Obs, Act> {
  readonly #write: RecordVideoOptions['write']
  readonly #episodeTrigger: (episode: number) => boolean
  readonly #stepTrigger: (step: number) => boolean
  readonly #videoLength: number
  readonly #namePrefix: string
  readonly #fps: number
  #recording: Recording | undefined
  #episode = -1
  #step = 0

  /** @throws RangeError when the environment does not render 'rgb_array', or videoLength or fps is out of range. */
  constructor(env: Env<Obs, Act>, options: RecordVideoOptions) {
    super(env)
    const { episodeTrigger, stepTrigger, videoLength = 0, namePrefix = 'rl-video' } = options
    if (env.renderMode !== 'rgb_array') {
      throw new RangeError(
        `RecordVideo: renderMode is ${describe(env.renderMode)}; make the environment with 'rgb_array'`,
      )
    }
    checkInteger('RecordVideo: videoLength', videoLength, 0)
    this.#write = options.write
    this.#episodeTrigger = episodeTrigger ?? (stepTrigger === undefined ? cubicSchedule : never)
    this.#stepTrigger = stepTrigger ?? never
    this.#videoLength = videoLength
    this.#namePrefix = namePrefix
    // Made once for its check: a wrong rate is told now, not when the first video starts.
    this.#fps = new GifEncoder({ fps: options.fps ?? env.spec?.renderFps ?? DEFAULT_FPS }).fps
  }

  protected override afterReset(result: ResetResult<Obs>): ResetResult<Obs> {
    if (this.#videoLength === 0) this.#finish()
    this.#episode += 1
    if (this.#episodeTrigger(this.#episode)) this.#start(`episode-${this.#episode}`)
    this.#capture()
    return result
  }

  protected override afterStep(result: StepResult<Obs>): StepResult<Obs> {
    if (this.#stepTrigger(this.#step)) this.#start(`step-${this.#step}`)
    this.#step += 1
    this.#capture()
    if (this.#videoLength === 0 && (result.terminated || result.truncated)) this.#finish()
    return result
  }

  override getState(): EnvState {
    return { ...super.getState(), episode: this.#episode, step: this.#step }
  }

  /** A video that is being recorded ends here, since what follows is another episode. */
  override setState(state: EnvState): void {
    const episode = readNumber(state, 'episode')
    const step = readNumber(state, 'step')
    super.setState(state)
    this.#finish()
    this.#episode = episode
    this.#step = step
  }

  /** Hands over the video that is being recorded. */
  override close(): void {
    this.#finish()
    super.close()
  }

  #start(what: string): void {
    this.#finish()
    this.#recording = {
      name: `${this.#namePrefix}-${what}`,
      gif: new GifEncoder({ fps: this.#fps }),
    }
  }

  #capture(): void {
    if (this.#recording === undefined) return
    const frame = this.render()
    if (typeof frame !== 'object') {
      throw new TypeError(
        `RecordVideo: render() gives ${describe(frame)}; for 'rgb_array' it must give a frame`,
      )
    }
    this.#recording.gif.add(frame)
    if (this.#recording.gif.count === this.#videoLength) this.#finish()
  }

  #finish(): void {
    const recording = this.#recording
    this.#recording = undefined
    if (recording !== undefined && recording.gif.count > 0) {
      this.#write(recording.name, recording.gif.finish())
    }
  }
}

function never(): boolean {
  return false
}
