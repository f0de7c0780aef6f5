/**
 * What a policy network's outputs mean, by action space: a choice for Discrete, several for MultiDiscrete and
 * MultiBinary, a diagonal Gaussian with a state-independent deviation for Box. Losses and rollouts know no more of the
 * action space than this.
 *
 * Log-probabilities are tensors, for losses; actions are drawn on the host, so that every backend draws the same.
 * Gaussian actions are in [−1, 1] where the space has bounds, unless scaling is off; they are scaled and clipped to the bounds
 * when they are handed to the environment, and only there.
 */
import exp from '@stdlib/math-base-special-exp'
import * as tf from '@tensorflow/tfjs-core'
import type { Box, Discrete, MultiBinary, MultiDiscrete, Rng, Space } from 'gymnasium-js'
import type { ActionArray } from 'gymnasium-js/vector'
import type { TensorSpec } from '../backend/index.ts'
import type { ActionValues } from '../buffers/index.ts'
import {
  categoricalProbabilities,
  categoricalTerms,
  gaussianTerms,
  logProbabilities,
  multiDiscreteProbabilities,
  multiDiscreteTerms,
  type PolicyTerms,
} from '../nn/index.ts'
import { legalArgMax, legalRandom } from '../masks.ts'
import { actionScaleOf } from './action-scale.ts'

/** The action spaces that actor-critics play. */
export type ActionSpace = Discrete | MultiDiscrete | MultiBinary | FloatBox
type FloatBox = Box<'float32' | 'float64'>

export interface ActionDistribution {
  /** Outputs of the policy network for one observation. */
  readonly numOutputs: number
  /** D: numbers in one action. */
  readonly actionSize: number
  /** Numbers in one mask of legal actions; 0 where actions are continuous. */
  readonly maskSize: number
  /** Trained beside the network. */
  readonly parameters: Readonly<Record<string, tf.Variable>>
  /** The input of a program for actions as rollouts hold them: [B], or [B, D]. */
  readonly spec: TensorSpec
  /** Log-probabilities and entropies. @param mask [B, maskSize]; without it all actions are legal */
  terms(outputs: tf.Tensor, actions: tf.Tensor, mask?: tf.Tensor): PolicyTerms
  /** What the host draws from: probabilities, or means. [B, numOutputs] */
  prepare(outputs: tf.Tensor, mask?: tf.Tensor): tf.Tensor
  /** Room for the actions of so many rows, as rollouts hold them: indices from 0, or numbers before scaling. */
  empty(rows: number): ActionValues
  /** @throws RangeError if masks [B, maskSize] leave no action to a choice */
  requireLegal(masks: Uint8Array): void
  /** Draws an action of each row. @param prepared [B, numOutputs] */
  draw(prepared: Float32Array, rng: Rng, actions: ActionValues): void
  /** The most probable action of each row, or the mean. */
  mostLikely(prepared: Float32Array, actions: ActionValues): void
  /** Draws actions without a network: uniform ones, or normal around the middle where a bound is missing. */
  random(rng: Rng, actions: ActionValues, masks?: Uint8Array): void
  /** As environments take them: numbered from `start`, scaled and clipped to the bounds, in the space's dtype. */
  toEnv(actions: ActionValues): ActionArray
  /** A single action, a number for Discrete spaces, which allocates nothing. @param actions of one row */
  oneToEnv(actions: ActionValues): number | ActionArray
}

/** @throws TypeError for an action space that actor-critics cannot play, naming it */
export function requireActionSpace(space: Space, agent: string): ActionSpace {
  if (space.kind === 'discrete' || space.kind === 'multi-discrete') return space
  if (space.kind === 'multi-binary' || isFloatBox(space)) return space
  throw new TypeError(
    `env: ${agent} plays Discrete, MultiDiscrete, MultiBinary and Box action spaces of floats, but this one is ` +
      `${space.toString()}; wrap the environment so that its actions are of one of these`,
  )
}

function isFloatBox(space: Space): space is FloatBox {
  return space.kind === 'box' && (space.dtype === 'float32' || space.dtype === 'float64')
}

/** How continuous actions are drawn. */
export interface ContinuousOptions {
  /** Log of the first standard deviations, in units of the policy. */
  readonly logStdInit: number
  /** Whether the policy acts in [−1, 1] where there are bounds, instead of in the environment's units. */
  readonly scaleActions: boolean
}

export function distributionOf(
  space: ActionSpace,
  continuous: ContinuousOptions,
): ActionDistribution {
  switch (space.kind) {
    case 'discrete':
      return discrete(space)
    case 'multi-discrete':
      return choices(space.nvec, (actions) => actions)
    case 'multi-binary':
      return choices(new Array<number>(space.size).fill(2), (actions) => Uint8Array.from(actions))
    case 'box':
      return gaussian(space, continuous)
  }
}

function discrete({ n, start }: Discrete): ActionDistribution {
  return {
    ...choices([n], (indices) => (start === 0 ? indices : indices.map((index) => index + start))),
    spec: { shape: [-1], dtype: 'int32' },
    oneToEnv: (actions) => actions[0]! + start,
    terms: categoricalTerms,
    prepare: (logits, mask) =>
      mask ? categoricalProbabilities(logits, mask) : tf.exp(logProbabilities(logits)),
  }
}

/** Choices side by side, of so many actions each. */
function choices(
  nvec: readonly number[],
  toEnv: (indices: ActionValues) => ActionArray,
): ActionDistribution {
  const count = nvec.length
  const total = nvec.reduce((sum, n) => sum + n, 0)
  return {
    numOutputs: total,
    actionSize: count,
    maskSize: total,
    parameters: {},
    spec: { shape: [-1, count], dtype: 'int32' },
    terms: (logits, actions, mask) => multiDiscreteTerms(logits, actions, nvec, mask),
    prepare: (logits, mask) => multiDiscreteProbabilities(logits, nvec, mask),
    empty: (rows) => new Int32Array(rows * count),
    requireLegal(masks) {
      for (let d = 0, from = 0; from < masks.length; from += nvec[d++ % count]!)
        legalArgMax(masks, from, nvec[d % count]!, masks)
    },
    draw(prepared, rng, actions) {
      for (let i = 0, from = 0; i < actions.length; from += nvec[i++ % count]!)
        actions[i] = rng.categorical(prepared.subarray(from, from + nvec[i % count]!))
    },
    mostLikely(prepared, actions) {
      for (let i = 0, from = 0; i < actions.length; from += nvec[i++ % count]!)
        actions[i] = legalArgMax(prepared, from, nvec[i % count]!)
    },
    random(rng, actions, masks) {
      for (let i = 0, from = 0; i < actions.length; from += nvec[i++ % count]!)
        actions[i] = legalRandom(rng, from, nvec[i % count]!, masks)
    },
    toEnv,
    oneToEnv: (actions) => toEnv(actions.slice()),
  }
}

function gaussian(
  space: FloatBox,
  { logStdInit, scaleActions }: ContinuousOptions,
): ActionDistribution {
  const { size, dtype } = space
  const logStd = tf.tidy(() => tf.variable(tf.fill([size], logStdInit)))
  const scale = actionScaleOf(space, scaleActions)
  const toEnv = (actions: ActionValues) =>
    dtype === 'float64'
      ? Float64Array.from(actions, scale.toEnv)
      : Float32Array.from(actions, scale.toEnv)
  return {
    numOutputs: size,
    actionSize: size,
    maskSize: 0,
    parameters: { logStd },
    spec: { shape: [-1, size], dtype: 'float32' },
    terms: (means, actions) => gaussianTerms(means, logStd, actions),
    prepare: (means) => means,
    empty: (rows) => new Float32Array(rows * size),
    requireLegal: () => undefined,
    draw: (means, rng, actions) => {
      const deviations = logStd.dataSync().map((value) => exp(value))
      for (let i = 0; i < actions.length; i++)
        actions[i] = rng.normal(means[i], deviations[i % size])
    },
    mostLikely: (means, actions) => {
      actions.set(means.subarray(0, actions.length))
    },
    random: (rng, actions) => {
      for (let i = 0; i < actions.length; i++) {
        const range = scale.ranges[i % size]
        actions[i] = range ? rng.uniform(...range) : rng.normal()
      }
    },
    toEnv,
    oneToEnv: toEnv,
  }
}
