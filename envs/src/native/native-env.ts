/**
 * One copy of a `NativeModel` as an `Env`: what all native environments share of reset, step and
 * state. An environment's own class says how it is built and drawn, its model what happens.
 */

import type { Env, EnvState, RenderMode, ResetArgs, ResetResult, StepResult } from '../env.ts'
import type { Frame } from '../frame.ts'
import { readBoolean, readNumbers } from '../json.ts'
import { checkChoice } from '../names.ts'
import { Rng, restoreSource, saveSource } from '../rng.ts'
import type { RandomSource } from '../rng.ts'
import type { Space } from '../spaces/composite.ts'
import type { DType, TypedArray } from '../spaces/dtype.ts'
import { FreshArrays } from '../spaces/fresh-arrays.ts'
import { invalidAction } from './native-actions.ts'
import type { NativeModel, NativeStates } from './native-model.ts'
import { rowsOf } from './rows.ts'
import type { Rows } from './rows.ts'

/** What the constructor of every native environment takes beside its own options. */
export interface NativeEnvOptions {
  /** Default: none, render() gives undefined. */
  renderMode?: RenderMode | undefined
}

/**
 * @example
 * class Maze extends NativeEnv<Float32Array, number> {
 *   constructor(options: MazeOptions = {}) {
 *     super(new MazeModel(options), options)
 *   }
 * }
 */
export abstract class NativeEnv<
  Obs extends TypedArray,
  Act,
  S extends NativeStates = Float64Array,
> implements Env<Obs, Act> {
  readonly observationSpace: Space<Obs>
  readonly actionSpace: Space<Act>
  readonly renderMode: RenderMode | undefined
  protected readonly model: NativeModel<Obs, Act, S>
  /** [stateSize] */
  protected readonly states: S
  readonly #sources: [RandomSource]
  readonly #newObs: FreshArrays<DType>
  readonly #actionRows: Rows
  readonly #actions: TypedArray // [1, ...]
  readonly #rewards = new Float64Array(1)
  readonly #terminated = new Uint8Array(1)
  #started = false

  /**
   * @param source what reset and step draw from until a seed is given; default: an Rng seeded with 0.
   * @throws RangeError on a render mode that there is not.
   */
  constructor(
    model: NativeModel<Obs, Act, S>,
    { renderMode }: NativeEnvOptions,
    source: RandomSource = new Rng(0),
  ) {
    checkChoice(`${model.name}: renderMode`, renderMode, [undefined, 'ansi', 'rgb_array'])
    this.observationSpace = model.observationSpace
    this.actionSpace = model.actionSpace
    this.renderMode = renderMode
    this.model = model
    this.states = model.allocate(1)
    this.#sources = [source]
    const { dtype, size } = rowsOf(model.observationSpace)
    this.#newObs = new FreshArrays(dtype, size)
    this.#actionRows = rowsOf(model.actionSpace)
    this.#actions = this.#actionRows.batch(1)
  }

  /** The picture of `states` in a render mode; render() gives undefined where there is none. */
  protected draw?(mode: RenderMode): Frame | string | undefined

  get unwrapped(): this {
    return this
  }

  /** @throws RangeError or TypeError on reset options that the environment does not take. */
  reset({ seed, options }: ResetArgs = {}): ResetResult<Obs> {
    const source = seed === undefined ? this.#sources[0] : new Rng(seed)
    this.model.reset(this.states, 0, source, options)
    if (seed !== undefined) this.model.forget?.(this.states, 0)
    this.#sources[0] = source
    this.#started = true
    return { obs: this.#observe(), info: {} }
  }

  /** @throws RangeError on an action that it cannot take; Error before the first reset. */
  step(action: Act): StepResult<Obs> {
    if (!this.#actionRows.write(this.#actions, 0, action)) throw invalidAction(this.model, action)
    if (!this.#started) {
      throw new Error(`${this.model.name}: step() before reset(); call reset() first`)
    }
    const rewards = this.#rewards
    const terminated = this.#terminated
    this.model.stepAll(this.states, 1, this.#actions, this.#sources, rewards, terminated, undefined)
    return {
      obs: this.#observe(),
      reward: rewards[0]!,
      terminated: terminated[0] === 1,
      truncated: false,
      info: {},
    }
  }

  getState(): EnvState {
    return {
      state: Array.from(this.states),
      started: this.#started,
      rng: saveSource(this.#sources[0]),
    }
  }

  setState(state: EnvState): void {
    const numbers = readNumbers(state, 'state', this.model.stateSize)
    const started = readBoolean(state, 'started')
    this.#sources[0] = restoreSource(state['rng'], this.#sources[0])
    this.states.set(numbers)
    this.#started = started
  }

  render(): Frame | string | undefined {
    return this.renderMode === undefined ? undefined : this.draw?.(this.renderMode)
  }

  close(): void {
    // Nothing is held open.
  }

  /** A new array, the caller's to keep. */
  #observe(): Obs {
    const obs = this.#newObs.next() as Obs
    this.model.observe(this.states, 0, obs, 0)
    return obs
  }
}
