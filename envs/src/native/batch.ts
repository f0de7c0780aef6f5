/**
 * What vector environments share: the buffers of a step, the bookkeeping of N running episodes,
 * seeds per copy and the check of a batch of actions.
 */

import type { Info } from '../env.ts'
import { readBoolean, readNumbers } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { describe } from '../names.ts'
import { checkSeed } from '../rng.ts'
import type { Seed } from '../rng.ts'
import { isArrayOf } from '../spaces/dtype.ts'
import type { ActionArray, VectorStep } from '../vector-env.ts'
import type { Rows } from './rows.ts'

/** The result of a step of n environments, zeroed. */
export function emptyStep(n: number, obsRows: Rows): VectorStep {
  return {
    obs: obsRows.batch(n),
    rewards: new Float64Array(n),
    terminated: new Uint8Array(n),
    truncated: new Uint8Array(n),
    finalObs: obsRows.batch(n),
    episodeReturns: new Float64Array(n),
    episodeLengths: new Int32Array(n),
    infos: Array.from({ length: n }, (): Info => ({})),
  }
}

/** Before a step: no rewards, nothing ended. Observations and infos stay. */
export function clearStep(step: VectorStep): void {
  step.rewards.fill(0)
  step.terminated.fill(0)
  step.truncated.fill(0)
  step.episodeReturns.fill(0)
  step.episodeLengths.fill(0)
}

/** The seed of each environment; undefined leaves their random streams alone. */
export function seedPerEnv(
  seed: Seed | readonly Seed[] | undefined,
  n: number,
): readonly Seed[] | undefined {
  if (seed === undefined) return undefined
  if (typeof seed === 'number') return Array.from({ length: n }, (_, i) => checkSeed(seed + i))
  if (typeof seed === 'string') return Array.from({ length: n }, (_, i) => `${seed}/${i}`)
  if (seed.length === n) return seed
  throw new RangeError(`seed has ${seed.length} elements; pass one per environment (${n}), or one`)
}

/** @throws TypeError when actions is not [n, ...] in the action space's dtype. */
export function checkActions(actions: ActionArray, rows: Rows, n: number): void {
  const { dtype, size } = rows
  if (isArrayOf(dtype, actions) && actions.length === n * size) return
  throw new TypeError(
    `actions: expected ${n} x ${size} elements of dtype ${dtype}, ` +
      `found ${describe(actions)}; pass one action per environment in one typed array`,
  )
}

/** How far each of N episodes is. */
export class RunningEpisodes {
  /** [N] undiscounted. */
  readonly returns: Float64Array
  /** [N] timesteps. */
  readonly lengths: Int32Array
  /** [N] 1: the next step resets (NextStep only). */
  readonly pending: Uint8Array
  /** A reset has seeded the environments; the first one without a seed counts as seed 0. */
  seeded = false

  constructor(n: number) {
    this.returns = new Float64Array(n)
    this.lengths = new Int32Array(n)
    this.pending = new Uint8Array(n)
  }

  /** The seeds of a reset, of which the first is never without. @throws RangeError when not [N]. */
  seeds(seed: Seed | readonly Seed[] | undefined): readonly Seed[] | undefined {
    const seeds = seedPerEnv(seed ?? (this.seeded ? undefined : 0), this.lengths.length)
    this.seeded = true
    return seeds
  }

  /** Copy i begins anew. */
  restart(i: number): void {
    this.returns[i] = 0
    this.lengths[i] = 0
    this.pending[i] = 0
  }

  getState() {
    return {
      returns: Array.from(this.returns),
      lengths: Array.from(this.lengths),
      pending: Array.from(this.pending),
      seeded: this.seeded,
    }
  }

  /** Checks all of a state before it returns what takes it over. @throws TypeError if it is torn. */
  readState(state: JsonObject): () => void {
    const n = this.lengths.length
    const returns = readNumbers(state, 'returns', n)
    const lengths = readNumbers(state, 'lengths', n)
    const pending = readNumbers(state, 'pending', n)
    const seeded = readBoolean(state, 'seeded')
    return () => {
      this.returns.set(returns)
      this.lengths.set(lengths)
      this.pending.set(pending)
      this.seeded = seeded
    }
  }
}
