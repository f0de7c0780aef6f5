/**
 * Experience replay: transitions drawn uniformly, with replacement.
 *
 * Source: Lin 1992; Mnih et al. 2015 (Nature 518, 529).
 */
import type { ObsArray, VectorStep } from 'gymnasium-js/vector'
import type { Rng } from '../rng.ts'
import type { CheckpointState, StateOptions, StatePart } from '../state.ts'
import {
  type ActionValues,
  type ReplayBatch,
  type ReplayBufferOptions,
  TransitionStore,
} from './transition-store.ts'

export class ReplayBuffer {
  readonly #store: TransitionStore
  #batch: ReplayBatch

  /** @throws RangeError if an option is out of range or the buffer does not fit into memory */
  constructor(options: ReplayBufferOptions) {
    this.#store = new TransitionStore(options)
    this.#batch = this.#store.allocate(0)
  }

  get capacity(): number {
    return this.#store.capacity
  }

  /** Transitions held. */
  get size(): number {
    return this.#store.size
  }

  /**
   * Adds one transition per environment.
   *
   * @param obs [N, ...] what the agents saw when they acted
   * @param actions [N] action indices from 0, or [N, D] numbers
   * @param step what `VectorEnv.step` returned for them
   */
  add(obs: ObsArray, actions: ActionValues, step: VectorStep): void {
    this.#store.add(obs, actions, step)
  }

  /**
   * Ends the episodes that the last step left going on, as a time limit would: for environments that could not be
   * kept where they were.
   */
  truncate(): void {
    this.#store.truncate()
  }

  /**
   * Draws transitions uniformly, with replacement.
   *
   * @param batchSize B
   * @param rng gives one integer per transition
   * @throws RangeError if the buffer is empty
   */
  sample(batchSize: number, rng: Rng): ReplayBatch {
    if (this.size === 0)
      throw new RangeError('the replay buffer is empty; add transitions before sampling')
    if (this.#batch.rewards.length !== batchSize) this.#batch = this.#store.allocate(batchSize)
    for (let at = 0; at < batchSize; at++)
      this.#store.gather(rng.randInt(0, this.size), this.#batch, at)
    return this.#batch
  }

  /** Observations drawn as `sample` draws them. @returns [count, ...], valid until the next sample */
  observations(count: number, rng: Rng): ObsArray {
    return this.sample(count, rng).obs
  }

  /** The transitions held, in the order of their rows, and where the next one goes. */
  getState(options?: StateOptions): CheckpointState {
    return this.#store.getState(options)
  }

  /** @throws TypeError naming the field, if the state is torn or another buffer's; nothing has changed then */
  setState(state: StatePart): void {
    this.readState(state)()
  }

  /** Checks all of a state before it returns what takes it over. @throws TypeError naming the field */
  readState(state: StatePart): () => void {
    return this.#store.readState(state)
  }
}
