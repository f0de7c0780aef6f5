/**
 * What the outputs of a Q-network mean: action values, or distributions of returns, with or without dueling; and
 * the loss that belongs to each.
 *
 * Source: Wang et al. 2016 (arXiv 1511.06581), dueling; Bellemare et al. 2017 (arXiv 1707.06887), C51; Dabney et al.
 * 2018 (arXiv 1710.10044), QR-DQN.
 */
import * as tf from '@tensorflow/tfjs-core'
import { withSharedTrunk } from './branches.ts'
import type { Network, NetworkFactory, NetworkOptions } from './network.ts'
import {
  bestActions,
  discountedTarget,
  dueling as duelingValues,
  duelingDistribution,
  pickDistribution,
  type TdLossOptions,
  weightedMean,
  weightedTdLoss,
} from './td-losses.ts'
import {
  crossEntropy,
  expectedValues,
  projectedDistribution,
  quantileHuber,
  quantileMeans,
  quantileTargets,
} from './value-distributions.ts'

/** What is learned. */
export interface QHeadOptions extends TdLossOptions {
  /** Value and advantages apart; false unless told. */
  readonly dueling?: boolean
  /** Of returns: their means unless told, atoms of C51, or quantiles. */
  readonly distribution?: 'none' | 'c51' | 'quantile'
  /** Atoms, or quantiles; 51 unless told. */
  readonly atoms?: number
  /** Least and greatest atom, in units of return; ±10 unless told. */
  readonly vMin?: number
  readonly vMax?: number
}

/** What follows an action, as replay tells it. */
export interface Outcome {
  /** [B] n-step returns */
  readonly rewards: tf.Tensor
  /** [B] γᵐ, or 0 where the episode terminated */
  readonly discounts: tf.Tensor
  /** [B, outputs] of the target network */
  readonly next: tf.Tensor
  /** [B, outputs] of the online network, which chooses the next action in double Q-learning */
  readonly nextOnline?: tf.Tensor | undefined
  /** [B, A] 1 for each action that is legal next; without it all are */
  readonly nextMask?: tf.Tensor | undefined
}

export type QHeadLoss = {
  /** Scalar. */
  loss: tf.Tensor
  /** [B] what priorities are made of: TD errors, or losses of distributions */
  errors: tf.Tensor
  /** [B] Q(s, a) */
  chosenQ: tf.Tensor
}

export interface QHead {
  /** Length of the network's output vector. */
  readonly outputs: number
  /** How many of the outputs come from which stream of a dueling network, in this order; undefined for a plain one. */
  readonly streams?: Readonly<Record<'value' | 'advantages', number>> | undefined
  /** Q(s, a). @param outputs [B, outputs] @returns [B, A] */
  values(outputs: tf.Tensor): tf.Tensor
  /** What the loss compares with: [B], or [B, Z] of a distribution. */
  targets(outcome: Outcome): tf.Tensor
  /** @param actions [B] int32 @param weights [B] importance weights; without them 1 */
  loss(
    outputs: tf.Tensor,
    actions: tf.Tensor,
    targets: tf.Tensor,
    weights: tf.Tensor | undefined,
  ): QHeadLoss
}

/** @param actions A */
export function qHead(actions: number, options: QHeadOptions): QHead {
  const { distribution = 'none' } = options
  if (distribution === 'none') return valueHead(actions, options)
  return distribution === 'c51' ? atomHead(actions, options) : quantileHead(actions, options)
}

/**
 * The network that a head takes its outputs from. In a dueling one the factory's last hidden layer, if it is a dense one,
 * is there twice: each stream has its own, as Wang et al. have it; all before is shared.
 */
export function qNetwork(
  { outputs, streams }: QHead,
  factory: NetworkFactory,
  options: Omit<NetworkOptions, 'outputs'>,
): Network {
  if (!streams) return factory({ ...options, outputs })
  const [value, advantages] = [streams.value, streams.advantages].map((own) =>
    factory({ ...options, outputs: own }),
  )
  return withSharedTrunk({ value: value!, advantages: advantages! })
}

function valueHead(actions: number, options: QHeadOptions): QHead {
  const { dueling = false } = options
  const values = (outputs: tf.Tensor) =>
    dueling ? duelingValues(...streams(outputs, 1, actions)) : outputs
  return {
    ...outputsOf(actions, 1, options),
    values,
    targets: ({ next, nextOnline, ...outcome }) =>
      discountedTarget({
        ...outcome,
        nextQ: values(next),
        nextQOnline: nextOnline && values(nextOnline),
      }),
    loss(outputs, chosen, targets, weights) {
      const { tdError, ...rest } = weightedTdLoss(
        values(outputs),
        chosen,
        targets,
        options,
        weights,
      )
      return { ...rest, errors: tdError }
    },
  }
}

/** C51: probabilities of fixed atoms, by cross-entropy to the projected target. */
function atomHead(actions: number, options: QHeadOptions): QHead {
  const { atoms = 51, vMin = -10, vMax = 10 } = options
  const support = { atoms, vMin, vMax }
  const logits = distributions(actions, atoms, options)
  const values = (outputs: tf.Tensor) => expectedValues(logits(outputs), support)
  return {
    ...outputsOf(actions, atoms, options),
    values,
    targets({ next, nextOnline, nextMask, rewards, discounts }) {
      const best = bestActions(values(nextOnline ?? next), nextMask)
      const probabilities = tf.softmax(pickDistribution(logits(next), best)) // [B, Z]
      return projectedDistribution(rewards, discounts, probabilities, support)
    },
    loss(outputs, chosen, targets, weights) {
      const picked = pickDistribution(logits(outputs), chosen) // [B, Z]
      const errors = crossEntropy(targets, picked)
      const [rows, size] = picked.shape as [number, number]
      const q = expectedValues(tf.reshape(picked, [rows, 1, size]), support) // [B, 1]
      return { loss: weightedMean(errors, weights), errors, chosenQ: tf.reshape(q, [rows]) }
    },
  }
}

/** QR-DQN: values of fixed quantiles, by the quantile Huber loss of all pairs. */
function quantileHead(actions: number, options: QHeadOptions): QHead {
  const { atoms = 51, huberDelta } = options
  const quantiles = distributions(actions, atoms, options)
  const values = (outputs: tf.Tensor) => quantileMeans(quantiles(outputs))
  return {
    ...outputsOf(actions, atoms, options),
    values,
    targets({ next, nextOnline, nextMask, rewards, discounts }) {
      const best = bestActions(values(nextOnline ?? next), nextMask)
      return quantileTargets(rewards, discounts, pickDistribution(quantiles(next), best))
    },
    loss(outputs, chosen, targets, weights) {
      const picked = pickDistribution(quantiles(outputs), chosen) // [B, N]
      const errors = quantileHuber(picked, targets, huberDelta)
      return { loss: weightedMean(errors, weights), errors, chosenQ: tf.mean(picked, 1) }
    },
  }
}

function outputsOf(
  actions: number,
  atoms: number,
  { dueling = false }: QHeadOptions,
): Pick<QHead, 'outputs' | 'streams'> {
  if (!dueling) return { outputs: actions * atoms }
  const streams = { value: atoms, advantages: actions * atoms }
  return { outputs: streams.value + streams.advantages, streams }
}

/** [B, outputs] → [B, A, Z] */
function distributions(actions: number, atoms: number, { dueling = false }: QHeadOptions) {
  return (outputs: tf.Tensor) =>
    dueling
      ? duelingDistribution(...streams(outputs, atoms, actions * atoms))
      : tf.reshape(outputs, [outputs.shape[0], actions, atoms])
}

/** The first columns and the others: state values and advantages. */
function streams(outputs: tf.Tensor, first: number, others: number): [tf.Tensor, tf.Tensor] {
  return [tf.slice(outputs, [0, 0], [-1, first]), tf.slice(outputs, [0, first], [-1, others])]
}
