/**
 * The state of an environment whose physics engine keeps hidden state (contacts, warm-starting
 * impulses, sleep timers, the order of lists): the random stream as it was when the episode began
 * and every action since. Playing these again gives the same bits. A state grows by eight
 * characters per action element, and `setState` costs as much as the episode so far.
 */

import type { EnvState, ResetResult, StepResult } from '../../env.ts'
import { readBoolean } from '../../json.ts'
import { Rng, restoreSource, saveSource } from '../../rng.ts'
import type { RandomSource, RngState, Seed } from '../../rng.ts'

const HEX_DIGITS = 8 // of a float32

/** One episode, from its first draw on: a function of the stream and the actions alone. */
export interface Episode {
  /** What reset observes. */
  readonly firstObs: Float32Array
  /** @param action [width] */
  act(action: ArrayLike<number>): StepResult<Float32Array>
}

/** The episode that an environment is in, with what it takes to play it again. */
export class Replayed<E extends Episode> {
  #owner: string
  #width: number
  #begin: (source: RandomSource) => E
  #source: RandomSource
  #start: RngState | null = null // the stream before the episode's first draw
  #log = new ActionLog()
  #episode: E | undefined

  /**
   * @param owner the environment's name, for errors.
   * @param width elements per action.
   * @param begin draws and builds an episode, which keeps the source for later draws.
   */
  constructor(
    owner: string,
    width: number,
    begin: (source: RandomSource) => E,
    source: RandomSource,
  ) {
    this.#owner = owner
    this.#width = width
    this.#begin = begin
    this.#source = source
  }

  /** @throws Error before the first reset. */
  get episode(): E {
    if (this.#episode !== undefined) return this.#episode
    throw new Error(`${this.#owner}: nothing has begun; call reset() first`)
  }

  reset(seed: Seed | undefined): ResetResult<Float32Array> {
    if (seed !== undefined) this.#source = new Rng(seed)
    this.#start = saveSource(this.#source)
    this.#log = new ActionLog()
    this.#episode = this.#begin(this.#source)
    return { obs: this.#episode.firstObs, info: {} }
  }

  /** @param action [width], checked. */
  step(action: ArrayLike<number>): StepResult<Float32Array> {
    const { episode } = this
    this.#log.add(action)
    return episode.act(action)
  }

  getState(): EnvState {
    return {
      started: this.#episode !== undefined,
      start: this.#start,
      actions: this.#log.toString(),
      rng: saveSource(this.#source),
    }
  }

  /**
   * Plays the saved episode again.
   *
   * @throws TypeError on what is not a state of this environment, or was saved while the draws
   *   came from a source that is not an `Rng`: those cannot be drawn again.
   */
  setState(state: EnvState): void {
    const actions = parseActions(state['actions'], this.#width)
    const log = new ActionLog()
    if (!readBoolean(state, 'started')) {
      this.#source = restoreSource(state['rng'], this.#source)
      this.#start = null
      this.#log = log
      this.#episode = undefined
      return
    }
    const source = readStart(state)
    const start = source.getState()
    const episode = this.#begin(source)
    for (let at = 0; at < actions.length; at += this.#width) {
      const action = actions.subarray(at, at + this.#width)
      log.add(action)
      episode.act(action)
    }
    checkReplayed(source, restoreSource(state['rng'], source))
    this.#source = source
    this.#start = start
    this.#log = log
    this.#episode = episode
  }
}

/** Every action since the reset, flat. */
export class ActionLog {
  #values = new Float32Array(256)
  #length = 0

  add(action: ArrayLike<number>): void {
    if (this.#length + action.length > this.#values.length) {
      const grown = new Float32Array(2 * this.#values.length)
      grown.set(this.#values)
      this.#values = grown
    }
    for (let i = 0; i < action.length; i++) this.#values[this.#length++] = action[i]!
  }

  /** The bits of the float32 elements, eight hexadecimal digits each. */
  toString(): string {
    const bits = new Uint32Array(this.#values.buffer, 0, this.#length)
    return Array.from(bits, (word) => word.toString(16).padStart(HEX_DIGITS, '0')).join('')
  }
}

function readStart(state: EnvState): Rng {
  const source = restoreSource(state['start'], NO_STREAM)
  if (source instanceof Rng) return source
  throw new TypeError(
    'state.start: there is no random stream to play the episode again from; seed the environment ' +
      'or give it an Rng before saving states',
  )
}

const NO_STREAM: RandomSource = { random: () => Number.NaN, randInt: () => Number.NaN }

/** @throws TypeError when playing again left another stream than was saved: a torn state. */
export function checkReplayed(replayed: Rng, saved: RandomSource): void {
  if (JSON.stringify(saveSource(saved)) === JSON.stringify(replayed.getState())) return
  throw new TypeError(
    'state.rng: does not follow from state.start and state.actions; pass a state that getState() ' +
      'of the same environment, with the same arguments, returned',
  )
}

function parseActions(text: unknown, width: number): Float32Array {
  if (
    typeof text !== 'string' ||
    text.length % (HEX_DIGITS * width) !== 0 ||
    !/^[0-9a-f]*$/.test(text)
  ) {
    throw new TypeError(
      `state.actions: expected ${HEX_DIGITS * width} hexadecimal digits per action; ` +
        'pass a state that getState() of the same environment returned',
    )
  }
  const bits = new Uint32Array(text.length / HEX_DIGITS)
  for (let i = 0; i < bits.length; i++) {
    bits[i] = Number.parseInt(text.slice(HEX_DIGITS * i, HEX_DIGITS * (i + 1)), 16)
  }
  return new Float32Array(bits.buffer)
}
