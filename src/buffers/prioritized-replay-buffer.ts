/**
 * Prioritized experience replay: transitions drawn in proportion to pᵅ, where p = |δ| + ε of their last TD error, and
 * weights that undo the bias. New transitions get the largest priority so far.
 *
 * Source: Schaul et al. 2016, "Prioritized experience replay" (arXiv 1511.05952), the proportional variant.
 *
 * Differences from the paper: weights are divided by the largest of the batch (`importanceWeights`), and |δ| is not
 * clipped.
 */
import type { ObsArray, VectorStep } from 'gymnasium-js/vector'
import { type MemoryNeed, requireMemory } from '../memory.ts'
import type { Rng } from '../rng.ts'
import * as z from 'zod'
import {
  type CheckpointState,
  joinStates,
  partSchema,
  readJson,
  readTensors,
  splitState,
  type StateOptions,
  type StatePart,
  tensorOf,
  wrongField,
} from '../state.ts'
import { importanceWeights, power, priorityOf } from './priorities.ts'
import { stratifiedMass, SumTree } from './sum-tree.ts'
import {
  type ActionValues,
  type ReplayBatch,
  type ReplayBufferOptions,
  type ReplaySize,
  replayNeed,
  TransitionStore,
} from './transition-store.ts'

export interface PrioritizedReplayBufferOptions extends ReplayBufferOptions {
  /** From 0, uniform, to 1, in proportion; default 0.6 (Schaul et al. 2016). */
  readonly alpha?: number | undefined
  /** Added to |δ|, above 0, so that nothing is never replayed; default 1e-6 (OpenAI Baselines). */
  readonly epsilon?: number | undefined
}

export type PrioritizedBatch = ReplayBatch & {
  /** [B] for `updatePriorities`; valid until the next `add` */
  readonly indices: Int32Array
  /** [B] importance weights, at most 1 */
  readonly weights: Float32Array
}

/** Of a buffer with a sum tree (`SumTree.estimateBytes`). */
export function prioritizedNeed(
  size: ReplaySize & { readonly bytesPerElement: number },
): MemoryNeed {
  return replayNeed(size, SumTree.estimateBytes(size.capacity))
}

/** @throws RangeError if such a buffer does not fit into memory */
export function requirePrioritizedMemory(size: Parameters<typeof prioritizedNeed>[0]): void {
  requireMemory([prioritizedNeed(size)])
}

export class PrioritizedReplayBuffer {
  readonly #store: TransitionStore
  readonly #tree: SumTree
  readonly #alpha: number
  readonly #epsilon: number
  #probabilities = new Float64Array(0)
  #batch: PrioritizedBatch
  /** Largest p so far; 1 before the first update. */
  #maxPriority = 1

  /** @throws RangeError if an option is out of range or the buffer does not fit into memory */
  constructor(options: PrioritizedReplayBufferOptions) {
    const { alpha = 0.6, epsilon = 1e-6 } = options
    if (!(alpha >= 0 && alpha <= 1)) throw new RangeError(`alpha is ${alpha}; give 0 to 1`)
    if (!(epsilon > 0)) throw new RangeError(`epsilon is ${epsilon}; give a number above 0`)
    requirePrioritizedMemory({
      ...options,
      bytesPerElement: options.obsLike.BYTES_PER_ELEMENT,
    })
    this.#store = new TransitionStore(options)
    this.#tree = new SumTree(options.capacity)
    this.#alpha = alpha
    this.#epsilon = epsilon
    this.#batch = this.#allocate(0)
  }

  get capacity(): number {
    return this.#store.capacity
  }

  /** Transitions held. */
  get size(): number {
    return this.#store.size
  }

  /**
   * Adds one transition per environment, each with the largest priority so far.
   *
   * @param obs [N, ...] what the agents saw when they acted
   * @param actions [N] action indices from 0, or [N, D] numbers
   * @param step what `VectorEnv.step` returned for them
   */
  add(obs: ObsArray, actions: ActionValues, step: VectorStep): void {
    const first = this.#store.position
    this.#store.add(obs, actions, step)
    const mass = power(this.#maxPriority, this.#alpha)
    for (let i = 0; i < step.rewards.length; i++) this.#tree.set((first + i) % this.capacity, mass)
  }

  /**
   * Ends the episodes that the last step left going on, as a time limit would: for environments that could not be
   * kept where they were.
   */
  truncate(): void {
    this.#store.truncate()
  }

  /**
   * Draws transitions in proportion to pᵅ, one from each of B equal parts of the total.
   *
   * @param batchSize B
   * @param rng gives one number per transition
   * @param beta of the importance weights, from 0 to 1; grows to 1 over training in the paper
   * @throws RangeError if the buffer is empty
   */
  sample(batchSize: number, rng: Rng, beta: number): PrioritizedBatch {
    if (this.size === 0)
      throw new RangeError('the replay buffer is empty; add transitions before sampling')
    if (this.#batch.rewards.length !== batchSize) this.#batch = this.#allocate(batchSize)
    const { total } = this.#tree
    for (let at = 0; at < batchSize; at++) {
      const row = this.#tree.find(stratifiedMass(at, rng.random(), batchSize, total))
      this.#store.gather(row, this.#batch, at)
      this.#batch.indices[at] = row
      this.#probabilities[at] = this.#tree.get(row) / total
    }
    importanceWeights(this.#probabilities, this.size, beta, this.#batch.weights)
    return this.#batch
  }

  /**
   * New priorities from the TD errors of the last sample.
   *
   * @param indices [B] of that sample
   * @param tdErrors [B]; their signs do not matter (a loss per transition serves as well, for C51)
   * @throws RangeError if an error is not finite
   */
  updatePriorities(indices: Int32Array, tdErrors: ArrayLike<number>): void {
    for (let i = 0; i < indices.length; i++) {
      const priority = priorityOf(tdErrors[i]!, this.#epsilon)
      this.#tree.set(indices[i]!, power(priority, this.#alpha))
      this.#maxPriority = Math.max(this.#maxPriority, priority)
    }
  }

  /** New priorities of all that the last `sample` drew. @param tdErrors [B] */
  updateSampled(tdErrors: ArrayLike<number>): void {
    this.updatePriorities(this.#batch.indices, tdErrors)
  }

  /** Observations drawn as `sample` draws them. @returns [count, ...], valid until the next sample */
  observations(count: number, rng: Rng): ObsArray {
    return this.sample(count, rng, 1).obs
  }

  /** The transitions held, in the order of their rows, with their priorities. */
  getState(options?: StateOptions): CheckpointState {
    const masses = tensorOf(this.#tree.priorities(this.size), [this.size])
    return joinStates(
      { maxPriority: this.#maxPriority },
      {
        store: this.#store.getState(options),
        priorities: { json: {}, tensors: { masses } },
      },
    )
  }

  /** @throws TypeError naming the field, if the state is torn or another buffer's; nothing has changed then */
  setState(state: StatePart): void {
    this.readState(state)()
  }

  /** Checks all of a state before it returns what takes it over. @throws TypeError naming the field */
  readState(state: StatePart): () => void {
    const { maxPriority } = readJson(stateSchema, state)
    const parts = splitState(state, ['store', 'priorities'])
    const takeStore = this.#store.readState(parts.store)
    const shape = [parts.store.json['size'] as number] // checked with the store
    const { masses } = readTensors(parts.priorities, {
      masses: { dtype: 'float64', shape },
    })
    const bad = masses.find((mass) => !(mass >= 0 && mass < Number.POSITIVE_INFINITY))
    if (bad !== undefined)
      throw wrongField(parts.priorities, ['masses'], 'expected finite numbers from 0 on', bad)
    return () => {
      takeStore()
      this.#tree.setAll(masses)
      this.#maxPriority = maxPriority
    }
  }

  #allocate(rows: number): PrioritizedBatch {
    this.#probabilities = new Float64Array(rows)
    return {
      ...this.#store.allocate(rows),
      indices: new Int32Array(rows),
      weights: new Float32Array(rows),
    }
  }
}

const stateSchema = z.strictObject({
  maxPriority: z.number().positive(),
  store: partSchema,
  priorities: partSchema,
})
