/**
 * Observations kept once per frame, for images and for stacks of them; stacks are rebuilt when they are sampled.
 *
 * A transition's next observation is the same copy's following one, and all frames of a stack but the newest stand in
 * the observations before it. So one frame per transition is kept, and beside it only what cannot be found elsewhere:
 * the final frame of each episode, the newest frame of each copy, and the frames before an episode's first where they
 * are not repetitions of it (`FrameStack`'s default padding repeats it).
 *
 * For 84×84 bytes in stacks of 4: 7,056 bytes per transition, where both stacks take 56,448.
 *
 * Source: the lazy frames of OpenAI Baselines and Dopamine's circular replay buffer, in idea.
 */
import type { ObsArray } from 'gymnasium-js/vector'
import { type FrameCodec, frameBytes, frameCodec, type FrameEncoding } from './frame-codec.ts'
import * as z from 'zod'
import {
  type CheckpointState,
  dtypeOf,
  readJson,
  readTensors,
  type StateOptions,
  type StatePart,
  tensorOf,
  wrongField,
} from '../state.ts'
import type { ObservationStore } from './observation-store.ts'
import { checkRing, copyRow, emptyLike, firstRows, Ring } from './rows.ts'

export interface FrameOptions {
  /** Frames in an observation, along its first axis, oldest first (`FrameStack`); default 1: it is one frame. */
  readonly stack?: number | undefined
  /** Default `same`. */
  readonly encoding?: FrameEncoding | undefined
}

export interface FrameStoreOptions extends FrameOptions {
  /** Transitions that can be read. */
  readonly capacity: number
  /** N: copies of the environment. */
  readonly numEnvs: number
  /** Numbers in one observation. */
  readonly obsSize: number
  /** An array of the observations' dtype; only its type matters. */
  readonly obsLike: ObsArray
}

/** Deepest stack: how many frames of an episode lie before one is kept in a byte. */
const MAX_STACK = 256

/** Steps per episode that the estimate of memory reckons with: each end keeps a final frame. */
const ESTIMATED_EPISODE = 16

export class FrameStore implements ObservationStore {
  readonly #stack: number
  readonly #numEnvs: number
  readonly #frameSize: number
  readonly #codec: FrameCodec
  /** The newest frame of each observation. The transitions, and those that the oldest ones' stacks reach back to. */
  readonly #ring: Ring
  readonly #frames: ObsArray
  /** By row: how many of the `stack − 1` frames before it belong to its episode. */
  readonly #depths: Uint8Array
  /** [N] the newest frame that each copy shows now, not yet acted on. */
  readonly #pending: ObsArray
  /** [N] 1: the copy's next observation goes on in the same episode. */
  readonly #goesOn: Uint8Array
  /** By row: the newest frame of an episode's final observation. */
  readonly #finals = new Map<number, ObsArray>()
  /** By row: the `stack − 1` frames before an episode's first, where they do not repeat it. */
  readonly #paddings = new Map<number, ObsArray>()

  /** @throws RangeError if `stack` is out of range or does not divide the observations' size */
  constructor(options: FrameStoreOptions) {
    const { stack = 1, encoding = 'same', capacity, numEnvs, obsSize, obsLike } = options
    this.#frameSize = frameSizeOf(obsSize, stack)
    this.#stack = stack
    this.#numEnvs = numEnvs
    this.#codec = frameCodec(encoding, this.#frameSize, obsLike)
    this.#ring = new Ring(capacity + (stack - 1) * numEnvs)
    this.#frames = this.#codec.allocate(this.#ring.length)
    this.#depths = new Uint8Array(this.#ring.length)
    this.#pending = this.#codec.allocate(numEnvs)
    this.#goesOn = new Uint8Array(numEnvs)
  }

  /**
   * The bytes that a store takes when every 16th step ends an episode: (capacity + (stack − 1) · N) · (frame + 1) for
   * the frames, N · frame for the pending ones, and a final frame per end.
   *
   * @param size.bytesPerElement of the observations' dtype
   */
  static estimateBytes(
    size: Omit<FrameStoreOptions, 'obsLike'> & {
      readonly bytesPerElement: number
    },
  ): number {
    const { stack = 1, encoding = 'same', capacity, numEnvs, obsSize, bytesPerElement } = size
    const frame = frameBytes(encoding, frameSizeOf(obsSize, stack), bytesPerElement)
    const rows = capacity + (stack - 1) * numEnvs
    return rows * (frame + 1) + numEnvs * frame + Math.ceil(rows / ESTIMATED_EPISODE) * frame
  }

  /** Elements of the array that keeps one frame. */
  static numbersPerFrame({
    stack = 1,
    encoding,
    obsSize,
  }: FrameOptions & Pick<FrameStoreOptions, 'obsSize'>): number {
    const size = frameSizeOf(obsSize, stack)
    return encoding === 'bits' ? Math.ceil(size / 8) : size
  }

  /**
   * As the interface says.
   *
   * @throws RangeError if the encoding cannot hold the observation, or it is not the one before moved by a frame
   */
  push(obs: ObsArray, nextObs: ObsArray, env: number, ended: boolean): void {
    const row = this.#ring.push()
    this.#finals.delete(row)
    this.#paddings.delete(row)
    this.#codec.write(this.#frames, row, obs, this.#newest(env))
    if (this.#goesOn[env]) this.#continue(row, obs, env)
    else this.#begin(row, obs, env)
    this.#goesOn[env] = Number(!ended)
    if (ended) this.#finals.set(row, this.#kept(nextObs, this.#newest(env), 1))
    else this.#codec.write(this.#pending, env, nextObs, this.#newest(env))
  }

  endEpisodes(): void {
    for (let env = 0; env < this.#numEnvs; env++) {
      if (!this.#goesOn[env]) continue
      this.#goesOn[env] = 0
      const final = this.#codec.allocate(1)
      final.set(this.#pending.subarray(env * final.length, (env + 1) * final.length))
      this.#finals.set(this.#ring.rowOf(this.#numEnvs - 1 - env), final)
    }
  }

  readObs(age: number, target: ObsArray, at: number): void {
    for (let back = 0; back < this.#stack; back++)
      this.#readFrame(age, back, target, this.#newest(at) - back * this.#frameSize)
  }

  readNextObs(age: number, target: ObsArray, at: number): void {
    const newest = this.#newest(at)
    const final = this.#finals.get(this.#ring.rowOf(age))
    if (final) this.#codec.read(final, 0, target, newest)
    else if (age < this.#numEnvs)
      this.#codec.read(this.#pending, this.#numEnvs - 1 - age, target, newest)
    else this.#codec.read(this.#frames, this.#ring.rowOf(age - this.#numEnvs), target, newest)
    for (let back = 1; back < this.#stack; back++)
      this.#readFrame(age, back - 1, target, newest - back * this.#frameSize)
  }

  getState(options: StateOptions): CheckpointState {
    const { held, position } = this.#ring
    const width = this.#width
    const rowsOf = (kept: ReadonlyMap<number, ObsArray>) =>
      tensorOf(Int32Array.from(kept.keys()), [kept.size])
    return {
      json: {
        held,
        position,
        finals: this.#finals.size,
        paddings: this.#paddings.size,
      },
      tensors: {
        frames: firstRows(this.#frames, held, width, options),
        depths: firstRows(this.#depths, held, undefined, options),
        pending: firstRows(this.#pending, this.#numEnvs, width, options),
        goesOn: firstRows(this.#goesOn, this.#numEnvs, undefined, options),
        finalRows: rowsOf(this.#finals),
        finals: this.#together(this.#finals, width),
        paddingRows: rowsOf(this.#paddings),
        paddings: this.#together(this.#paddings, (this.#stack - 1) * width),
      },
    }
  }

  readState(state: StatePart): () => void {
    const json = readJson(stateSchema(this.#ring.length), state)
    checkRing(state, this.#ring.length, json)
    const width = this.#width
    const frames = (rows: number, frames = 1) =>
      ({
        dtype: dtypeOf(this.#frames),
        shape: [rows, frames * width],
      }) as const
    const bytes = (rows: number) => ({ dtype: 'uint8', shape: [rows] }) as const
    const rows = (count: number) => ({ dtype: 'int32', shape: [count] }) as const
    const arrays = readTensors(state, {
      frames: frames(json.held),
      depths: bytes(json.held),
      pending: frames(this.#numEnvs),
      goesOn: bytes(this.#numEnvs),
      finalRows: rows(json.finals),
      finals: frames(json.finals),
      paddingRows: rows(json.paddings),
      paddings: frames(json.paddings, this.#stack - 1),
    })
    for (const name of ['finalRows', 'paddingRows'] as const) {
      const outside = arrays[name].find((row) => row < 0 || row >= json.held)
      if (outside !== undefined)
        throw wrongField(state, [name], `expected rows from 0 to ${json.held - 1}`, outside)
    }
    return () => {
      this.#frames.set(arrays.frames)
      this.#depths.set(arrays.depths)
      this.#pending.set(arrays.pending)
      this.#goesOn.set(arrays.goesOn)
      takeApart(this.#finals, arrays.finalRows, arrays.finals, width)
      takeApart(this.#paddings, arrays.paddingRows, arrays.paddings, (this.#stack - 1) * width)
      this.#ring.set(json.held, json.position)
    }
  }

  /** Elements of an encoded frame. */
  get #width(): number {
    return this.#pending.length / this.#numEnvs
  }

  #together(kept: ReadonlyMap<number, ObsArray>, width: number) {
    const all = emptyLike(this.#frames, kept.size * width)
    for (const [k, one] of [...kept.values()].entries()) copyRow(all, k, one, 0, width)
    return tensorOf(all, [kept.size, width])
  }

  /** The frame that stood `back` places before the newest of the observation of that age. */
  #readFrame(age: number, back: number, target: ObsArray, start: number): void {
    const depth = this.#depths[this.#ring.rowOf(age)]!
    const row = this.#ring.rowOf(age + Math.min(back, depth) * this.#numEnvs)
    const padding = back > depth ? this.#paddings.get(row) : undefined
    if (padding) this.#codec.read(padding, this.#stack - 1 - (back - depth), target, start)
    else this.#codec.read(this.#frames, row, target, start)
  }

  #continue(row: number, obs: ObsArray, env: number): void {
    const before = this.#ring.rowOf(this.#numEnvs)
    this.#depths[row] = Math.min(this.#depths[before]! + 1, this.#stack - 1)
    if (this.#stack === 1) return
    if (this.#codec.equals(this.#frames, before, obs, this.#newest(env) - this.#frameSize)) return
    throw new RangeError(
      `frames.stack is ${this.#stack}, but an observation is not the one before moved by one frame; ` +
        'stack along the first axis, oldest first (FrameStack), or store observations whole',
    )
  }

  #begin(row: number, obs: ObsArray, env: number): void {
    this.#depths[row] = 0
    const oldest = env * this.#stack * this.#frameSize
    const isRepeated = (place: number) =>
      this.#codec.equals(this.#frames, row, obs, oldest + place * this.#frameSize)
    for (let place = 0; place < this.#stack - 1; place++) {
      if (isRepeated(place)) continue
      this.#paddings.set(row, this.#kept(obs, oldest, this.#stack - 1))
      return
    }
  }

  /** Frames in an array of their own. */
  #kept(source: ObsArray, start: number, frames: number): ObsArray {
    const kept = this.#codec.allocate(frames)
    for (let k = 0; k < frames; k++) this.#codec.write(kept, k, source, start + k * this.#frameSize)
    return kept
  }

  /** Where the newest frame of a batch's row begins. */
  #newest(row: number): number {
    return ((row + 1) * this.#stack - 1) * this.#frameSize
  }
}

const stateSchema = (length: number) =>
  z.strictObject({
    held: z.int().min(0).max(length),
    position: z.int().min(0).lt(length),
    finals: z.int().min(0).max(length),
    paddings: z.int().min(0).max(length),
  })

/** Fills a map with an array of its own for each row. */
function takeApart(
  target: Map<number, ObsArray>,
  rows: Int32Array,
  arrays: ObsArray,
  width: number,
): void {
  target.clear()
  for (const [k, row] of rows.entries()) target.set(row, arrays.slice(k * width, (k + 1) * width))
}

function frameSizeOf(obsSize: number, stack: number): number {
  if (Number.isInteger(stack) && stack >= 1 && stack <= MAX_STACK && obsSize % stack === 0)
    return obsSize / stack
  throw new RangeError(
    `frames.stack is ${stack}, but observations have ${obsSize} numbers; give a whole number from 1 to ${MAX_STACK} ` +
      'that divides them',
  )
}
