/** The numbers that updates are fed with: seeded, the same for every contender. */
import { Rng } from '../src/rng.ts'

/** Batches that take turns: a network that saw one batch only would fit it, and zero gradients cost other time. */
const BATCHES = 16

/** [B, ...] arrays of one minibatch of transitions. */
export interface DqnBatch {
  readonly obs: Float32Array
  readonly nextObs: Float32Array
  readonly actions: Int32Array
  readonly rewards: Float32Array
  readonly terminated: Float32Array
  /** γ, or 0 where the episode terminated. */
  readonly discounts: Float32Array
}

/** [B, ...] arrays of one rollout. */
export interface A2cBatch {
  readonly obs: Float32Array
  readonly actions: Int32Array
  readonly advantages: Float32Array
  readonly returns: Float32Array
}

/** `gaussian` vectors, or images whose pixels are on or off, one in ten on. */
export type ObservationKind = 'gaussian' | 'pixels'

export function dqnBatches(
  batchSize: number,
  obsSize: number,
  actions: number,
  kind: ObservationKind,
  gamma: number,
): DqnBatch[] {
  const rng = new Rng('bench')
  return Array.from({ length: BATCHES }, () => {
    const batch = {
      obs: observations(rng, batchSize * obsSize, kind),
      nextObs: observations(rng, batchSize * obsSize, kind),
      actions: Int32Array.from({ length: batchSize }, () => rng.randInt(0, actions)),
      rewards: observations(rng, batchSize, 'gaussian'),
      terminated: observations(rng, batchSize, 'pixels'),
    }
    return { ...batch, discounts: batch.terminated.map((flag) => (1 - flag) * gamma) }
  })
}

export function a2cBatches(batchSize: number, obsSize: number, actions: number): A2cBatch[] {
  const rng = new Rng('bench')
  return Array.from({ length: BATCHES }, () => ({
    obs: observations(rng, batchSize * obsSize, 'gaussian'),
    actions: Int32Array.from({ length: batchSize }, () => rng.randInt(0, actions)),
    advantages: observations(rng, batchSize, 'gaussian'),
    returns: observations(rng, batchSize, 'gaussian'),
    entCoef: Float32Array.of(0),
  }))
}

export function observations(rng: Rng, length: number, kind: ObservationKind): Float32Array {
  const draw = kind === 'gaussian' ? () => rng.normal(0, 1) : () => Number(rng.random() < 0.1)
  return Float32Array.from({ length }, draw)
}

/** Calls `update` with one batch after the other, for ever; @returns a function that makes the next call */
export function cycling<B, R>(batches: readonly B[], update: (batch: B) => R): () => R {
  let turn = 0
  return () => update(batches[turn++ % batches.length]!)
}
