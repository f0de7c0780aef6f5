/** The rollouts that an agent learns from: the one that is being filled, from one timestep to the next and in checkpoints. */
import type { ObsArray } from 'gymnasium-js/vector'
import * as z from 'zod'
import { RolloutBuffer, type RolloutBufferOptions } from '../buffers/index.ts'
import {
  type CheckpointState,
  joinStates,
  partSchema,
  readJson,
  readTensors,
  splitState,
  type StatePart,
  type Stateful,
} from '../state.ts'

export interface RolloutsOptions extends RolloutBufferOptions {
  /** Timesteps of random play, of all environments together, that weights are initialized from. */
  readonly initializationSteps: number
}

export class Rollouts implements Stateful {
  readonly numEnvs: number
  readonly #options: RolloutsOptions
  /** By their number of steps: only the warm-up and the last one differ. */
  readonly #buffers = new Map<number, RolloutBuffer>()
  #underWay: RolloutBuffer | undefined
  /** Whether the last one begun is of random play, which may be of another length. */
  #isWarmUp = false

  constructor(options: RolloutsOptions) {
    this.numEnvs = options.numEnvs
    this.#options = options
  }

  /**
   * The rollout that is being filled; a new one where the last is finished.
   *
   * @param isInitialized whether the warm-up is over
   * @param left steps of each environment that the budget allows
   */
  underWay(isInitialized: boolean, left: number): RolloutBuffer {
    if (this.#underWay) return this.#underWay
    this.#isWarmUp = !isInitialized
    return (this.#underWay = this.#empty(Math.min(this.#wholeSteps(this.#isWarmUp), left)))
  }

  /** The rollout has been learned from. */
  finish(): void {
    this.#underWay = undefined
  }

  /** Ends the episodes of the rollout under way, as a time limit would. @param obs [N, ...] what they showed */
  truncate(obs: ObsArray): void {
    this.#underWay?.truncate(obs)
  }

  getState(): CheckpointState {
    const rollout = this.#underWay?.getState()
    return joinStates({ rollout: null, isWarmUp: this.#isWarmUp }, { ...(rollout && { rollout }) })
  }

  readState(state: StatePart): () => void {
    const { rollout: json, isWarmUp } = readJson(stateSchema, state)
    if (!json) {
      readTensors(state, {})
      return () => {
        this.#underWay = undefined
        this.#isWarmUp = isWarmUp
      }
    }
    const { rollout } = splitState(state, ['rollout'])
    const begun = readJson(begunSchema(this.#wholeSteps(isWarmUp)), rollout)
    const buffer = new RolloutBuffer({ ...this.#options, numSteps: begun.numSteps })
    const take = buffer.readState(rollout)
    return () => {
      take()
      this.#buffers.set(begun.numSteps, buffer)
      this.#underWay = buffer
      this.#isWarmUp = isWarmUp
    }
  }

  /** Steps of each environment, as long as the budget does not cut them. */
  #wholeSteps(isWarmUp: boolean): number {
    const { numSteps, initializationSteps } = this.#options
    return isWarmUp ? warmUpSteps(initializationSteps, this.numEnvs) : numSteps
  }

  #empty(numSteps: number): RolloutBuffer {
    let buffer = this.#buffers.get(numSteps)
    if (!buffer) {
      buffer = new RolloutBuffer({ ...this.#options, numSteps })
      this.#buffers.set(numSteps, buffer)
    }
    buffer.clear()
    return buffer
  }
}

/** Steps of each environment that make at least `initializationSteps` timesteps together. */
export function warmUpSteps(initializationSteps: number, numEnvs: number): number {
  return Math.ceil(initializationSteps / numEnvs)
}

/** The random play that weights are initialized from; none once they are. */
export function rolloutWarmUp(
  { initializationSteps }: Pick<RolloutsOptions, 'initializationSteps'>,
  { numEnvs, isInitialized }: { readonly numEnvs: number; readonly isInitialized: boolean },
) {
  const timesteps = isInitialized ? 0 : warmUpSteps(initializationSteps, numEnvs) * numEnvs
  return { option: 'initializationSteps', timesteps }
}

const stateSchema = z.strictObject({ rollout: partSchema.nullable(), isWarmUp: z.boolean() })

/** A rollout in a state has begun and is not full. */
const begunSchema = (most: number) =>
  z
    .looseObject({ numSteps: z.int().min(1).max(most), steps: z.int().min(1) })
    .refine(({ numSteps, steps }) => steps < numSteps, 'expected fewer steps than numSteps')

/**
 * Advantages and returns of a full rollout, by GAE(λ). @see generalizedAdvantages
 *
 * @param last what the environments show after it, obs [N, ...] and masks [N, A] of legal actions
 * @param values V of a batch of observations [B, ...]; also asked for the final observations of truncated episodes
 * @param gamma discount per timestep
 * @returns [T · N] each
 */
export async function advantagesOf(
  rollout: RolloutBuffer,
  last: { readonly obs: ObsArray; readonly masks: Uint8Array | undefined },
  values: (obs: ObsArray, masks: Uint8Array | undefined) => Promise<Float32Array>,
  gamma: number,
  lambda: number,
): Promise<{ advantages: Float64Array; returns: Float64Array }> {
  const { finalObs } = rollout
  const finalValues = finalObs && (await values(finalObs, rollout.finalMasks))
  const lastValues = await values(last.obs, last.masks)
  return rollout.advantages(() => finalValues!, lastValues, gamma, lambda)
}
