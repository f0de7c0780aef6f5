/** A sound environment for checkEnv to find nothing in; the planted defects each break it in one way. */
import { Box, Discrete, Rng, checkKwargs, saveSource } from 'gymnasium-js'
import type {
  Env,
  EnvState,
  Frame,
  JsonObject,
  RenderMode,
  ResetArgs,
  ResetResult,
  Space,
  StepResult,
} from 'gymnasium-js'

const LENGTH = 40 // timesteps of an episode

/** A walker on [-5, 5], pushed left or right and by the wind. The observation: place and time. */
export class Walk implements Env<Float32Array, number> {
  readonly observationSpace = new Box({ low: -5, high: 5, shape: [2] })
  readonly actionSpace: Space<number> = new Discrete(2)
  readonly renderMode: RenderMode | undefined
  rng = new Rng(0)
  place = 0
  time = -1 // before the first reset

  constructor(options: { readonly renderMode?: RenderMode } = {}) {
    checkKwargs('Walk', options, ['renderMode'])
    this.renderMode = options.renderMode
  }

  get unwrapped(): this {
    return this
  }

  reset({ seed }: ResetArgs = {}): ResetResult<Float32Array> {
    if (seed !== undefined) this.rng = new Rng(seed)
    this.place = this.rng.uniform(-1, 1)
    this.time = 0
    return { obs: this.observe(), info: {} }
  }

  step(action: number): StepResult<Float32Array> {
    if (action !== 0 && action !== 1) throw new RangeError(`Walk: action is ${action}; pass 0 or 1`)
    if (this.time < 0) throw new Error('Walk: call reset() first')
    this.move(action)
    this.time += 1
    const reward = -Math.abs(this.place)
    const terminated = this.time >= LENGTH
    return { obs: this.observe(), reward, terminated, truncated: false, info: { time: this.time } }
  }

  /** The part that most defects replace. */
  move(action: number): void {
    const wind = this.rng.uniform(-0.5, 0.5)
    this.place = Math.min(5, Math.max(-5, this.place + (action === 1 ? 0.5 : -0.5) + wind))
  }

  observe(): Float32Array {
    return Float32Array.of(this.place, Math.min(1, this.time / LENGTH))
  }

  getState(): EnvState {
    return { place: this.place, time: this.time, rng: saveSource(this.rng) }
  }

  setState(state: EnvState): void {
    this.place = Number(state['place'])
    this.time = Number(state['time'])
    this.rng = Rng.fromState(state['rng'] as JsonObject)
  }

  render(): Frame | string | undefined {
    if (this.renderMode === 'ansi') return `place ${this.place}`
    if (this.renderMode === undefined) return undefined
    return { width: 4, height: 2, data: new Uint8Array(4 * 2 * 3) }
  }

  close(): void {
    // Nothing is held open.
  }
}
