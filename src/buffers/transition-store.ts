/**
 * Transitions in a ring of typed arrays: what uniform and prioritized replay have in common. Says nothing of which
 * transitions are sampled.
 *
 * Both end flags are stored. Under SAME_STEP autoreset the observation after an episode's last step is the next
 * episode's first; the transition keeps the *final* observation instead, so that bootstrapping through a truncation
 * is right. The N environments take turns, so a transition's successor lies N rows further on, and n-step returns are
 * computed when transitions are sampled. The environments must go on where they are: no reset without an end flag.
 */
import type { ObsArray, VectorStep } from 'gymnasium-js/vector'
import * as z from 'zod'
import {
  type CheckpointState,
  dtypeOf,
  joinStates,
  partSchema,
  readJson,
  readTensors,
  splitState,
  type StateOptions,
  type StatePart,
} from '../state.ts'
import { allowsNothing, infoThatFollowed, readActionMask } from '../masks.ts'
import { type MemoryNeed, requireMemory } from '../memory.ts'
import { type FrameOptions, FrameStore } from './frame-store.ts'
import { type NStepReturn, nStepReturn } from './n-step.ts'
import { type ObservationStore, PairStore } from './observation-store.ts'
import { checkRing, copyRow, emptyLike, firstRows, Ring } from './rows.ts'

/** What a buffer's memory depends on. */
export interface ReplaySize {
  /** Most transitions held; the oldest is overwritten. */
  readonly capacity: number
  /** Numbers in one observation. */
  readonly obsSize: number
  /** N; needed with `frames`, else taken from the first `add`. */
  readonly numEnvs?: number | undefined
  /** Keeps each frame once instead of both observations of each transition. */
  readonly frames?: FrameOptions | undefined
  /** A, to keep the mask of legal actions of what followed; without it there is none. */
  readonly numActions?: number | undefined
  /** D: numbers in one action; default 1. */
  readonly actionSize?: number | undefined
}

export interface ReplayBufferOptions extends ReplaySize {
  /** An array of the observations' dtype; only its type matters. */
  readonly obsLike: ObsArray
  /** `Float32Array` for continuous actions; default `Int32Array`, for indices. */
  readonly actionLike?: ActionValues | undefined
  /** n of n-step returns; default 1. */
  readonly nSteps?: number | undefined
  /** Discount per timestep, for `discounts` and n-step returns; default 1, which nSteps above 1 refuse. */
  readonly gamma?: number | undefined
}

/** A minibatch; arrays are reused by the next `sample`. With n-step returns, m ≤ n steps lie between obs and nextObs. */
export type ReplayBatch = {
  /** [B, ...] */
  readonly obs: ObsArray
  /** [B] action indices from 0, or [B, D] numbers */
  readonly actions: ActionValues
  /** [B] Σ_{k<m} γᵏ r; with one step the reward */
  readonly rewards: Float32Array
  /** [B, ...] what followed the last step: the final observation where the episode ended */
  readonly nextObs: ObsArray
  /** [B] 1 where the last step terminated: no bootstrapping */
  readonly terminated: Uint8Array
  /** [B] 1 where the last step was cut off: bootstrapping goes on */
  readonly truncated: Uint8Array
  /** [B] what the value of nextObs counts: γᵐ, or 0 where the last step terminated */
  readonly discounts: Float32Array
  /** [B, A] 1 for each action that is legal in nextObs; empty without `numActions` */
  readonly nextMask: Uint8Array
}

/** Actions as indices from 0, or as numbers. */
export type ActionValues = Int32Array | Float32Array

/** Bytes of one number of an action, and per transition beside observations and actions: reward, two flags. */
const BYTES_PER_ACTION = 4
const BYTES_PER_STEP = 4 + 1 + 1

/**
 * The bytes that a buffer takes: per transition 10 for a single action, reward and flags, one per action for the mask, and
 * both observations, or with `frames` one frame (`FrameStore.estimateBytes`).
 *
 * @param size.bytesPerElement of the observations' dtype
 */
export function estimateReplayBytes(
  size: ReplaySize & { readonly bytesPerElement: number },
): number {
  const { capacity, obsSize, bytesPerElement, frames, numActions = 0, numEnvs = 1 } = size
  const perStep = BYTES_PER_STEP + numActions + BYTES_PER_ACTION * (size.actionSize ?? 1)
  const observations = frames
    ? FrameStore.estimateBytes({
        ...frames,
        capacity,
        obsSize,
        bytesPerElement,
        numEnvs,
      })
    : 2 * capacity * obsSize * bytesPerElement
  return capacity * perStep + observations
}

/** @param besides bytes that are needed besides */
export function replayNeed(
  size: ReplaySize & { readonly bytesPerElement: number },
  besides = 0,
): MemoryNeed {
  const { capacity, obsSize, frames } = size
  const perStep = frames ? FrameStore.numbersPerFrame({ ...frames, obsSize }) : obsSize
  const bytes = estimateReplayBytes(size) + besides
  return { name: 'bufferSize', value: capacity, bytes, longest: capacity * perStep }
}

/** @throws RangeError if such a buffer does not fit into the memory that is available */
export function requireReplayMemory(
  size: ReplaySize & { readonly bytesPerElement: number },
  besides?: number,
): void {
  requireMemory([replayNeed(size, besides)])
}

export class TransitionStore {
  readonly capacity: number
  readonly #options: ReplayBufferOptions
  readonly #nSteps: number
  readonly #gamma: number
  readonly #numActions: number
  readonly #ring: Ring
  readonly #observations: ObservationStore
  readonly #actions: ActionValues
  readonly #actionSize: number
  readonly #rewards: Float32Array
  readonly #terminated: Uint8Array
  readonly #truncated: Uint8Array
  readonly #nextMask: Uint8Array
  readonly #steps
  readonly #window: NStepReturn = {
    rewards: 0,
    discount: 0,
    steps: 0,
    last: 0,
  }
  #numEnvs: number | undefined

  /** @throws RangeError if an option is out of range or the store does not fit into memory */
  constructor(options: ReplayBufferOptions) {
    const { capacity, obsSize, obsLike, nSteps = 1, gamma = 1, numActions = 0 } = options
    checkOptions(options)
    requireReplayMemory({
      ...options,
      bytesPerElement: obsLike.BYTES_PER_ELEMENT,
    })
    this.capacity = capacity
    this.#options = options
    this.#nSteps = nSteps
    this.#gamma = gamma
    this.#numActions = numActions
    this.#numEnvs = options.numEnvs
    this.#ring = new Ring(capacity)
    this.#observations = options.frames
      ? new FrameStore({
          ...options,
          ...options.frames,
          numEnvs: options.numEnvs!,
        })
      : new PairStore(capacity, obsSize, obsLike)
    this.#actionSize = options.actionSize ?? 1
    this.#actions = this.#noActions(capacity)
    this.#rewards = new Float32Array(capacity)
    this.#terminated = new Uint8Array(capacity)
    this.#truncated = new Uint8Array(capacity)
    this.#nextMask = new Uint8Array(capacity * numActions)
    this.#steps = {
      rewards: this.#rewards,
      terminated: this.#terminated,
      truncated: this.#truncated,
    }
  }

  /** Transitions held. */
  get size(): number {
    return this.#ring.held
  }

  /** The row that the next transition gets; those of one `add` follow each other, wrapping at `capacity`. */
  get position(): number {
    return this.#ring.position
  }

  /**
   * Adds one transition per environment.
   *
   * @param obs [N, ...] what the agents saw when they acted
   * @param actions [N] action indices from 0, or [N, D] numbers
   * @param step what `VectorEnv.step` returned for them
   * @throws RangeError if N is not what it was
   */
  add(obs: ObsArray, actions: ActionValues, step: VectorStep): void {
    const numEnvs = actions.length / this.#actionSize
    this.#numEnvs ??= numEnvs
    if (numEnvs !== this.#numEnvs) {
      throw new RangeError(
        `actions has ${numEnvs} entries, but the replay buffer is of ${this.#numEnvs} environments; ` +
          'add one transition of each at a time',
      )
    }
    for (let i = 0; i < numEnvs; i++) {
      const ended = step.terminated[i] !== 0 || step.truncated[i] !== 0
      this.#observations.push(obs, ended ? step.finalObs : step.obs, i, ended)
      const row = this.#ring.push()
      if (this.#actionSize === 1) this.#actions[row] = actions[i]!
      else copyRow(this.#actions, row, actions, i, this.#actionSize)
      this.#rewards[row] = step.rewards[i]!
      this.#terminated[row] = step.terminated[i]!
      this.#truncated[row] = step.truncated[i]!
      if (this.#numActions > 0) {
        const info = infoThatFollowed(step.infos[i], ended)
        readActionMask(info, this.#numActions, this.#nextMask, row)
        if (ended && allowsNothing(this.#nextMask, row, this.#numActions)) this.#terminated[row] = 1
      }
    }
  }

  /**
   * Ends the episodes that the last step left going on, as a time limit would: for environments that could not be
   * kept where they were. What they showed then is what to bootstrap from.
   */
  truncate(): void {
    if (this.size === 0) return
    for (let age = 0; age < Math.min(this.#numEnvs!, this.size); age++) {
      const row = this.#ring.rowOf(age)
      if (!this.#terminated[row]) this.#truncated[row] = 1
    }
    this.#observations.endEpisodes()
  }

  /** A minibatch of that many rows, to be filled by `gather`. */
  allocate(rows: number): ReplayBatch {
    const { obsSize, obsLike } = this.#options
    return {
      obs: emptyLike(obsLike, rows * obsSize),
      actions: this.#noActions(rows),
      rewards: new Float32Array(rows),
      nextObs: emptyLike(obsLike, rows * obsSize),
      terminated: new Uint8Array(rows),
      truncated: new Uint8Array(rows),
      discounts: new Float32Array(rows),
      nextMask: new Uint8Array(rows * this.#numActions),
    }
  }

  /** Writes the transition of a row, from 0 to size − 1, with its n-step return into a row of a minibatch. */
  gather(row: number, batch: ReplayBatch, at: number): void {
    const { rewards, discount, last } = nStepReturn(
      this.#steps,
      row,
      this.#nSteps,
      this.#gamma,
      this.#next,
      this.#window,
    )
    this.#observations.readObs(this.#ring.ageOf(row), batch.obs, at)
    this.#observations.readNextObs(this.#ring.ageOf(last), batch.nextObs, at)
    // A single number is not worth `copyRow`, which would have arrays of one more kind to deal with.
    if (this.#actionSize === 1) batch.actions[at] = this.#actions[row]!
    else copyRow(batch.actions, at, this.#actions, row, this.#actionSize)
    batch.rewards[at] = rewards
    batch.terminated[at] = this.#terminated[last]!
    batch.truncated[at] = this.#truncated[last]!
    batch.discounts[at] = discount
    if (this.#numActions > 0) copyRow(batch.nextMask, at, this.#nextMask, last, this.#numActions)
  }

  /** The transitions held, in the order of their rows, and where the next one goes. */
  getState(options: StateOptions = {}): CheckpointState {
    const { capacity, size, position } = this
    const held = (array: ObsArray) => firstRows(array, size, undefined, options)
    const steps = {
      actions: firstRows(this.#actions, size, this.#perAction, options),
      rewards: held(this.#rewards),
      terminated: held(this.#terminated),
      truncated: held(this.#truncated),
      nextMask: firstRows(this.#nextMask, size, this.#numActions, options),
    }
    return joinStates(
      { capacity, size, position, numEnvs: this.#numEnvs ?? null },
      {
        steps: { json: {}, tensors: steps },
        observations: this.#observations.getState(options),
      },
    )
  }

  /** Checks all of a state before it returns what takes it over. @throws TypeError naming the field */
  readState(state: StatePart): () => void {
    const { size, position, numEnvs } = readJson(stateSchema(this.capacity), state)
    const ring = { held: size, position }
    checkRing(state, this.capacity, ring)
    const parts = splitState(state, ['steps', 'observations'])
    const column = <D extends 'int32' | 'float32' | 'uint8'>(dtype: D) => ({
      dtype,
      shape: [size],
    })
    const arrays = readTensors(parts.steps, {
      actions: {
        dtype: dtypeOf(this.#actions),
        shape: this.#perAction === undefined ? [size] : [size, this.#perAction],
      },
      rewards: column('float32'),
      terminated: column('uint8'),
      truncated: column('uint8'),
      nextMask: { dtype: 'uint8', shape: [size, this.#numActions] },
    })
    const takeObservations = this.#observations.readState(parts.observations, ring)
    return () => {
      this.#actions.set(arrays.actions)
      this.#rewards.set(arrays.rewards)
      this.#terminated.set(arrays.terminated)
      this.#truncated.set(arrays.truncated)
      this.#nextMask.set(arrays.nextMask)
      this.#numEnvs = numEnvs ?? this.#options.numEnvs
      this.#ring.set(size, position)
      takeObservations()
    }
  }

  /** D where it is not 1. */
  get #perAction(): number | undefined {
    return this.#actionSize === 1 ? undefined : this.#actionSize
  }

  #noActions(rows: number): ActionValues {
    const isContinuous = this.#options.actionLike instanceof Float32Array
    return new (isContinuous ? Float32Array : Int32Array)(rows * this.#actionSize)
  }

  /** The row of what the same environment did next; −1 where that is not recorded yet. */
  readonly #next = (row: number): number => {
    const age = this.#ring.ageOf(row)
    return age < this.#numEnvs! ? -1 : this.#ring.rowOf(age - this.#numEnvs!)
  }
}

const stateSchema = (capacity: number) =>
  z.strictObject({
    capacity: z.literal(capacity),
    size: z.int().min(0).max(capacity),
    position: z.int().min(0).lt(capacity),
    numEnvs: z.int().min(1).nullable(),
    steps: partSchema,
    observations: partSchema,
  })

function checkOptions({ capacity, nSteps = 1, gamma, numEnvs, frames }: ReplayBufferOptions): void {
  if (!Number.isSafeInteger(capacity) || capacity < 1)
    throw new RangeError(`bufferSize: ${capacity} is not a positive whole number of transitions`)
  if (!Number.isSafeInteger(nSteps) || nSteps < 1)
    throw new RangeError(`nSteps is ${nSteps}; give a whole number of timesteps from 1 on`)
  if (nSteps > 1 && gamma === undefined)
    throw new RangeError(`nSteps is ${nSteps}, which needs gamma; give the discount per timestep`)
  if (frames && numEnvs === undefined)
    throw new RangeError('frames needs numEnvs; give the number of environments')
}
