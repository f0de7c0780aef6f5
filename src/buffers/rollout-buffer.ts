/**
 * A rollout: what N environments did in T steps under one policy, kept until the update that uses it.
 *
 * The final observations of episodes that end are kept too, so that their values can be computed in one batch when
 * the rollout is complete.
 */
import type { Info } from 'gymnasium-js'
import type { ObsArray, VectorStep } from 'gymnasium-js/vector'
import * as z from 'zod'
import {
  type CheckpointState,
  dtypeOf,
  readJson,
  readTensors,
  sizeOf,
  type StatePart,
  type TensorExpectation,
  tensorOf,
  wrongField,
} from '../state.ts'
import { allowsNothing, infoThatFollowed, readActionMask } from '../masks.ts'
import { generalizedAdvantages, type Rollout } from './gae.ts'
import type { Rng } from '../rng.ts'
import { gatherRows } from './minibatches.ts'
import { copyRow, emptyLike } from './rows.ts'
import type { ActionValues } from './transition-store.ts'

export interface RolloutBufferOptions {
  /** T: steps per environment. */
  readonly numSteps: number
  /** N: environments. */
  readonly numEnvs: number
  /** Numbers in one observation. */
  readonly obsSize: number
  /** An array of the observations' dtype; only its type matters. */
  readonly obsLike: ObsArray
  /** D: numbers in one action; default 1. */
  readonly actionSize?: number | undefined
  /** `Float32Array` for continuous actions; default `Int32Array`, for indices. */
  readonly actionLike?: ActionValues | undefined
  /** A, to keep the masks of legal actions; without it there are none. */
  readonly numActions?: number | undefined
  /** Multiplies rewards as they are added; default 1. */
  readonly rewardScale?: number | undefined
}

export class RolloutBuffer implements Rollout {
  /** [T, N, ...] what the policy saw */
  readonly obs: ObsArray
  /** [T, N, D] indices from 0, or numbers */
  readonly actions: ActionValues
  /** [T, N, A] 1 for each action that was legal; empty without `numActions` */
  readonly masks: Uint8Array
  readonly rewards: Float64Array
  readonly values: Float64Array
  readonly terminated: Uint8Array
  readonly truncated: Uint8Array
  readonly finalValues: Float64Array
  readonly #numEnvs: number
  readonly #numSteps: number
  readonly #obsSize: number
  readonly #actionSize: number
  readonly #numActions: number
  readonly #rewardScale: number
  /** Rows whose episode was cut off, with the final observation of each and which actions were legal then. */
  #truncations: { row: number; finalObs: ObsArray; finalMask: Uint8Array }[] = []
  #steps = 0

  constructor(options: RolloutBufferOptions) {
    const { numSteps, numEnvs, obsSize, obsLike, actionSize = 1, numActions = 0 } = options
    const rows = numSteps * numEnvs
    const isContinuous = options.actionLike instanceof Float32Array
    this.obs = emptyLike(obsLike, rows * obsSize)
    this.actions = new (isContinuous ? Float32Array : Int32Array)(rows * actionSize)
    this.masks = new Uint8Array(rows * numActions)
    this.rewards = new Float64Array(rows)
    this.values = new Float64Array(rows)
    this.terminated = new Uint8Array(rows)
    this.truncated = new Uint8Array(rows)
    this.finalValues = new Float64Array(rows)
    this.#numEnvs = numEnvs
    this.#numSteps = numSteps
    this.#obsSize = obsSize
    this.#actionSize = actionSize
    this.#numActions = numActions
    this.#rewardScale = options.rewardScale ?? 1
  }

  /** T · N: rows of every column. */
  get rows(): number {
    return this.rewards.length
  }

  get full(): boolean {
    return this.#steps === this.#numSteps
  }

  /**
   * Adds one step of all environments.
   *
   * @param obs [N, ...] what the policy saw
   * @param actions [N, D]
   * @param values [N] V(obs)
   * @param step what `VectorEnv.step` returned
   * @param masks [N, A] 1 for each action that was legal; without it all were
   * @throws RangeError if the rollout is full
   */
  add(
    obs: ObsArray,
    actions: ActionValues,
    values: ArrayLike<number>,
    step: VectorStep,
    masks?: Uint8Array,
  ): void {
    if (this.full) throw new RangeError('the rollout is full; clear it before adding to it')
    const row = this.#steps * this.#numEnvs
    for (let i = 0; i < this.#numEnvs; i++) {
      copyRow(this.obs, row + i, obs, i, this.#obsSize)
      copyRow(this.actions, row + i, actions, i, this.#actionSize)
      this.values[row + i] = values[i]!
      this.rewards[row + i] = step.rewards[i]! * this.#rewardScale
      this.terminated[row + i] = step.terminated[i]!
      this.truncated[row + i] = step.truncated[i]!
      this.finalValues[row + i] = 0
      if (step.truncated[i] && !step.terminated[i])
        this.#keepFinal(row + i, step.finalObs, i, infoThatFollowed(step.infos[i], true))
    }
    const from = row * this.#numActions
    if (masks) this.masks.set(masks, from)
    else this.masks.fill(1, from, from + this.#numEnvs * this.#numActions)
    this.#steps++
  }

  /**
   * Advantages and returns of the full rollout.
   *
   * @param valuesOf V of a batch of observations [B, ...]; asked for the truncated episodes' final observations
   * @param lastValues [N] V of the observations after the last step
   * @returns [T, N] each
   */
  advantages(
    valuesOf: (obs: ObsArray) => ArrayLike<number>,
    lastValues: ArrayLike<number>,
    gamma: number,
    lambda: number,
  ): { advantages: Float64Array; returns: Float64Array } {
    this.#fillFinalValues(valuesOf)
    return generalizedAdvantages(this, Float64Array.from(lastValues), gamma, lambda)
  }

  /** [K, ...] the final observations that `advantages` asks the values of; undefined if there are none. */
  get finalObs(): ObsArray | undefined {
    return this.#truncations.length === 0 ? undefined : this.#truncatedObs()
  }

  /** Observations drawn at random, with replacement. @returns [count, ...] */
  observations(count: number, rng: Pick<Rng, 'randInt'>): ObsArray {
    const drawn = Int32Array.from({ length: count }, () => rng.randInt(0, this.rows))
    return gatherRows(this.obs, drawn, this.#obsSize, emptyLike(this.obs, count * this.#obsSize))
  }

  /** [K, A] which actions were legal in `finalObs`; undefined without `numActions`. */
  get finalMasks(): Uint8Array | undefined {
    if (this.#numActions === 0) return undefined
    const masks = new Uint8Array(this.#truncations.length * this.#numActions)
    for (const [k, { finalMask }] of this.#truncations.entries())
      masks.set(finalMask, k * this.#numActions)
    return masks
  }

  clear(): void {
    this.#steps = 0
    this.#truncations = []
  }

  /**
   * Ends the episodes that the last step left going on, as a time limit would: for environments that could not be
   * kept where they were.
   *
   * @param obs [N, ...] what they showed then, to bootstrap from
   */
  truncate(obs: ObsArray): void {
    if (this.#steps === 0) return
    const row = (this.#steps - 1) * this.#numEnvs
    for (let i = 0; i < this.#numEnvs; i++) {
      if (this.terminated[row + i] || this.truncated[row + i]) continue
      this.truncated[row + i] = 1
      this.#keepFinal(row + i, obs, i, undefined)
    }
  }

  /** The steps added so far, and the final observations of episodes that were cut off in them. */
  getState(): CheckpointState {
    const numTruncations = this.#truncations.length
    const finalObs = this.#truncatedObs()
    const rows = Int32Array.from(this.#truncations, ({ row }) => row)
    const columns = COLUMNS.map((column) => {
      const shape = this.#shape(column)
      return [column, tensorOf(this[column].slice(0, sizeOf(shape)), shape)]
    })
    return {
      json: {
        numSteps: this.#numSteps,
        numEnvs: this.#numEnvs,
        steps: this.#steps,
        numTruncations,
      },
      tensors: {
        ...Object.fromEntries(columns),
        finalObs: tensorOf(finalObs, [numTruncations, this.#obsSize]),
        finalRows: tensorOf(rows, [numTruncations]),
        finalMasks: tensorOf(this.finalMasks ?? new Uint8Array(0), [
          numTruncations,
          this.#numActions,
        ]),
      } as CheckpointState['tensors'],
    }
  }

  /** @throws TypeError naming the field, if the state is torn or another rollout's; nothing has changed then */
  setState(state: StatePart): void {
    this.readState(state)()
  }

  /** Checks all of a state before it returns what takes it over. @throws TypeError naming the field */
  readState(state: StatePart): () => void {
    const schema = stateSchema(this.#numSteps, this.#numEnvs)
    const { steps, numTruncations } = readJson(schema, state)
    const expected = COLUMNS.map((column) => {
      return [column, { dtype: dtypeOf(this[column]), shape: this.#shape(column, steps) }]
    })
    const arrays = readTensors(state, {
      ...(Object.fromEntries(expected) as Readonly<Record<Column, TensorExpectation>>),
      finalObs: { dtype: dtypeOf(this.obs), shape: [numTruncations, this.#obsSize] },
      finalRows: { dtype: 'int32', shape: [numTruncations] } as const,
      finalMasks: { dtype: 'uint8', shape: [numTruncations, this.#numActions] } as const,
    })
    const outside = arrays.finalRows.find((row) => row < 0 || row >= steps * this.#numEnvs)
    if (outside !== undefined) {
      const last = steps * this.#numEnvs - 1
      throw wrongField(state, ['finalRows'], `expected rows from 0 to ${last}`, outside)
    }
    return () => {
      for (const column of COLUMNS) this[column].set(arrays[column])
      this.#steps = steps
      this.#truncations = Array.from(arrays.finalRows, (row, k) => {
        const from = k * this.#obsSize
        return {
          row,
          finalObs: arrays.finalObs.slice(from, from + this.#obsSize),
          finalMask: arrays.finalMasks.slice(k * this.#numActions, (k + 1) * this.#numActions),
        }
      })
    }
  }

  #shape(column: Column, steps = this.#steps): number[] {
    const rows = steps * this.#numEnvs
    if (column === 'obs') return [rows, this.#obsSize]
    if (column === 'masks') return [rows, this.#numActions]
    return column === 'actions' ? [rows * this.#actionSize] : [rows]
  }

  #keepFinal(row: number, finalObs: ObsArray, env: number, info: Info | undefined): void {
    const kept = emptyLike(finalObs, this.#obsSize)
    copyRow(kept, 0, finalObs, env, this.#obsSize)
    const finalMask = new Uint8Array(this.#numActions)
    if (this.#numActions > 0) {
      readActionMask(info, this.#numActions, finalMask, 0)
      if (allowsNothing(finalMask, 0, this.#numActions)) {
        this.terminated[row] = 1
        return
      }
    }
    this.#truncations.push({ row, finalObs: kept, finalMask })
  }

  #fillFinalValues(valuesOf: (obs: ObsArray) => ArrayLike<number>): void {
    if (this.#truncations.length === 0) return
    const values = valuesOf(this.#truncatedObs())
    for (const [k, { row }] of this.#truncations.entries()) this.finalValues[row] = values[k]!
  }

  /** [K, ...] the final observations of the K episodes that were cut off. */
  #truncatedObs(): ObsArray {
    const batch = emptyLike(this.obs, this.#truncations.length * this.#obsSize)
    for (const [k, { finalObs }] of this.#truncations.entries())
      copyRow(batch, k, finalObs, 0, this.#obsSize)
    return batch
  }
}

/** What is filled in as steps are added; final values are computed when the rollout is full. */
type Column = (typeof COLUMNS)[number]

const COLUMNS = ['obs', 'actions', 'masks', 'rewards', 'values', 'terminated', 'truncated'] as const

const stateSchema = (numSteps: number, numEnvs: number) =>
  z.strictObject({
    numSteps: z.literal(numSteps),
    numEnvs: z.literal(numEnvs),
    steps: z.int().min(0).max(numSteps),
    numTruncations: z
      .int()
      .min(0)
      .max(numSteps * numEnvs),
  })
