/**
 * Experience replay: a ring of transitions in typed arrays, observations in the environment's own dtype.
 *
 * Both end flags are stored. Under SAME_STEP autoreset the observation after an episode's last step is the next
 * episode's first; the transition keeps the *final* observation instead, so that bootstrapping through a truncation
 * is right.
 *
 * Source: Lin 1992; Mnih et al. 2015 (Nature 518, 529).
 */
import type { ObsArray, VectorStep } from 'gymnasium-js/vector'
import { z } from 'zod'
import type { Rng } from '../rng.ts'
import {
  type CheckpointState,
  dtypeOf,
  readJson,
  readTensors,
  sizeOf,
  type StateOptions,
  type StatePart,
  type TensorExpectation,
  tensorOf,
  wrongField,
} from '../state.ts'
import { requireMemory } from './memory.ts'

export interface ReplayBufferOptions {
  /** Most transitions held; the oldest is overwritten. */
  readonly capacity: number
  /** Numbers in one observation. */
  readonly obsSize: number
  /** An array of the observations' dtype; only its type matters. */
  readonly obsLike: ObsArray
}

/** A minibatch; arrays are reused by the next `sample`. */
export interface ReplayBatch {
  /** [B, ...] */
  readonly obs: ObsArray
  /** [B] action indices from 0 */
  readonly actions: Int32Array
  /** [B] */
  readonly rewards: Float32Array
  /** [B, ...] what followed: the final observation where the episode ended */
  readonly nextObs: ObsArray
  /** [B] 1 where the episode terminated: no bootstrapping */
  readonly terminated: Uint8Array
  /** [B] 1 where the episode was cut off: bootstrapping goes on */
  readonly truncated: Uint8Array
}

export class ReplayBuffer {
  readonly capacity: number
  readonly #obsSize: number
  readonly #storage: ReplayBatch
  #batch: ReplayBatch
  #size = 0
  #position = 0

  /** @throws RangeError if the capacity is not a positive whole number or does not fit into memory */
  constructor(options: ReplayBufferOptions) {
    if (!Number.isSafeInteger(options.capacity) || options.capacity < 1) {
      throw new RangeError(
        `bufferSize: ${options.capacity} is not a positive whole number of transitions`,
      )
    }
    ReplayBuffer.requireMemory(
      options.capacity,
      options.obsSize * options.obsLike.BYTES_PER_ELEMENT,
    )
    this.capacity = options.capacity
    this.#obsSize = options.obsSize
    this.#storage = allocate(options.capacity, options.obsSize, options.obsLike)
    this.#batch = allocate(0, options.obsSize, options.obsLike)
  }

  /** The bytes that a buffer takes. @param obsBytes of one observation */
  static estimateBytes(capacity: number, obsBytes: number): number {
    return capacity * (2 * obsBytes + 4 + 4 + 1 + 1) // obs and nextObs, action, reward, two flags
  }

  /** @throws RangeError if a buffer of that capacity does not fit into the memory that is available */
  static requireMemory(capacity: number, obsBytes: number): void {
    requireMemory(
      ReplayBuffer.estimateBytes(capacity, obsBytes),
      `bufferSize is ${capacity}: such a replay buffer`,
      'choose a smaller bufferSize',
    )
  }

  /** Transitions held. */
  get size(): number {
    return this.#size
  }

  /**
   * Adds one transition per environment.
   *
   * @param obs [N, ...] what the agents saw when they acted
   * @param actions [N] action indices from 0
   * @param step what `VectorEnv.step` returned for them
   */
  add(obs: ObsArray, actions: Int32Array, step: VectorStep): void {
    for (let i = 0; i < actions.length; i++) {
      const ended = step.terminated[i]! || step.truncated[i]!
      const at = this.#position
      copyRow(this.#storage.obs, at, obs, i, this.#obsSize)
      copyRow(this.#storage.nextObs, at, ended ? step.finalObs : step.obs, i, this.#obsSize)
      this.#storage.actions[at] = actions[i]!
      this.#storage.rewards[at] = step.rewards[i]!
      this.#storage.terminated[at] = step.terminated[i]!
      this.#storage.truncated[at] = step.truncated[i]!
      this.#position = (at + 1) % this.capacity
      this.#size = Math.min(this.#size + 1, this.capacity)
    }
  }

  /**
   * Draws transitions uniformly, with replacement.
   *
   * @param batchSize B
   * @param rng gives one integer per transition
   * @throws RangeError if the buffer is empty
   */
  sample(batchSize: number, rng: Rng): ReplayBatch {
    if (this.#size === 0)
      throw new RangeError('the replay buffer is empty; add transitions before sampling')
    if (this.#batch.actions.length !== batchSize) {
      this.#batch = allocate(batchSize, this.#obsSize, this.#storage.obs)
    }
    const batch = this.#batch
    for (let row = 0; row < batchSize; row++) {
      const from = rng.randInt(0, this.#size)
      copyRow(batch.obs, row, this.#storage.obs, from, this.#obsSize)
      copyRow(batch.nextObs, row, this.#storage.nextObs, from, this.#obsSize)
      batch.actions[row] = this.#storage.actions[from]!
      batch.rewards[row] = this.#storage.rewards[from]!
      batch.terminated[row] = this.#storage.terminated[from]!
      batch.truncated[row] = this.#storage.truncated[from]!
    }
    return batch
  }

  /** The transitions held, in the order of their places, and where the next one goes. */
  getState({ views = false }: StateOptions = {}): CheckpointState {
    const size = this.#size
    const tensors = COLUMNS.map((column) => {
      const shape = this.#shape(column, size)
      const held = this.#storage[column].subarray(0, sizeOf(shape))
      return [column, tensorOf(views ? held : held.slice(), shape)]
    })
    return {
      json: { capacity: this.capacity, size, position: this.#position },
      tensors: Object.fromEntries(tensors) as CheckpointState['tensors'],
    }
  }

  /** @throws TypeError naming the field, if the state is torn or another buffer's; nothing has changed then */
  setState(state: StatePart): void {
    this.readState(state)()
  }

  /** Checks all of a state before it returns what takes it over. @throws TypeError naming the field */
  readState(state: StatePart): () => void {
    const { size, position } = readJson(stateSchema(this.capacity), state)
    if (size < this.capacity && position !== size) {
      throw wrongField(
        state,
        ['position'],
        `expected ${size}, the end of a ring not yet full`,
        position,
      )
    }
    const expected = COLUMNS.map((column) => {
      const dtype = dtypeOf(this.#storage[column])
      return [column, { dtype, shape: this.#shape(column, size) }]
    })
    const arrays = readTensors(state, Object.fromEntries(expected) as ExpectedColumns)
    return () => {
      for (const column of COLUMNS) this.#storage[column].set(arrays[column])
      this.#size = size
      this.#position = position
    }
  }

  #shape(column: Column, rows: number): number[] {
    return column === 'obs' || column === 'nextObs' ? [rows, this.#obsSize] : [rows]
  }
}

type Column = keyof ReplayBatch
type ExpectedColumns = Readonly<Record<Column, TensorExpectation>>

const COLUMNS: readonly Column[] = [
  'obs',
  'actions',
  'rewards',
  'nextObs',
  'terminated',
  'truncated',
]

const stateSchema = (capacity: number) =>
  z.strictObject({
    capacity: z.literal(capacity),
    size: z.int().min(0).max(capacity),
    position: z.int().min(0).lt(capacity),
  })

function allocate(rows: number, obsSize: number, obsLike: ObsArray): ReplayBatch {
  const observations = () => emptyLike(obsLike, rows * obsSize)
  return {
    obs: observations(),
    actions: new Int32Array(rows),
    rewards: new Float32Array(rows),
    nextObs: observations(),
    terminated: new Uint8Array(rows),
    truncated: new Uint8Array(rows),
  }
}

/** An array of the same type. */
export function emptyLike(like: ObsArray, length: number): ObsArray {
  const ArrayType = like.constructor as new (length: number) => ObsArray
  return new ArrayType(length)
}

/** target[at] ← source[from], rows of `size` numbers. An inner loop beats `set(subarray)` for short rows. */
export function copyRow(
  target: ObsArray,
  at: number,
  source: ObsArray,
  from: number,
  size: number,
): void {
  for (let k = 0, t = at * size, s = from * size; k < size; k++) target[t + k] = source[s + k]!
}
