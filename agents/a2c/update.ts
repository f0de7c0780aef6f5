/** What one update of A2C computes: its loss, a pure function of outputs and rollout, and the gradient step as a program. */
import * as tf from '@tensorflow/tfjs-core'
import { compile } from '../../src/backend/index.ts'
import {
  clipByGlobalNorm,
  gradientsOf,
  type ObservationEncoder,
  type Optimizer,
  optimizerInputs,
  valueLossOf,
} from '../../src/nn/index.ts'
import {
  type ActionDistribution,
  type ActorCritic,
  parametersOf,
  projectAndRefold,
  trainingOutputs,
} from '../actor-critic/index.ts'

/**
 * The losses of A2C: with A the advantages and R the returns, means over the batch of
 * policyLoss = −log π(a|s) · A, valueLoss = (V − R)² (or clipped, see `valueLossOf`), entropy = H(π(·|s)), and
 * loss = policyLoss + vfCoef · valueLoss − entCoef · entropy.
 *
 * @param batch.logProb [B] of the actions, and batch.entropy [B] of the policy, nats
 * @param batch.values [B]
 * @param batch.advantages [B]; no gradient flows through them
 * @param batch.returns [B]
 * @param batch.oldValues [B] those of the rollout; needed for `valueClip` only
 * @param options.valueClip in units of return; null or undefined for none
 * @returns scalars
 */
export function a2cLoss(
  batch: {
    readonly logProb: tf.Tensor
    readonly entropy: tf.Tensor
    readonly values: tf.Tensor
    readonly advantages: tf.Tensor
    readonly returns: tf.Tensor
    readonly oldValues?: tf.Tensor | undefined
  },
  options: {
    readonly vfCoef: number
    readonly entCoef: number | tf.Tensor
    readonly valueClip?: number | null | undefined
  },
) {
  const { oldValues } = batch
  const range = options.valueClip ?? undefined
  const clipping = oldValues && range !== undefined ? { oldValues, range } : undefined
  const policyLoss = tf.neg(tf.mean(tf.mul(batch.logProb, batch.advantages)))
  const valueLoss = valueLossOf(batch.values, batch.returns, clipping)
  const entropy = tf.mean(batch.entropy)
  const bonus = tf.mul(entropy, options.entCoef)
  const loss = tf.sub(tf.add(policyLoss, tf.mul(valueLoss, options.vfCoef)), bonus)
  return { loss, policyLoss, valueLoss, entropy }
}

export interface A2cUpdateParts {
  /** Learn; must be folded (`refold`) as they are, and are again after the update. */
  readonly networks: ActorCritic
  readonly distribution: ActionDistribution
  /** Of `parametersOf(networks)`. */
  readonly optimizer: Optimizer
  readonly encoder: Pick<ObservationEncoder, 'encode' | 'spec'>
  readonly vfCoef: number
  readonly entCoef: number
  /** With it, each batch has an `entCoef` of its own. */
  readonly entCoefEnd?: number | undefined
  readonly maxGradNorm: number | null
  /** With it, batches have `oldValues`. */
  readonly valueClip?: number | null
  /** With it, batches have `masks` of legal actions. */
  readonly isMasked?: boolean
}

/** One gradient step on a rollout, as a program: losses, gradients, one clipping over all networks, optimizer, fold. */
export function a2cUpdate(parts: A2cUpdateParts) {
  const { networks, distribution, optimizer, encoder, maxGradNorm, valueClip = null } = parts
  const parameters = parametersOf(networks)
  const perRow = { shape: [-1], dtype: 'float32' } as const
  const masks = { shape: [-1, distribution.maskSize], dtype: 'float32' } as const
  return compile(
    ({ obs, actions, advantages, returns, oldValues, entCoef, masks: legal, ...scalars }) => {
      const x = encoder.encode(obs)
      const { outputs, gradients } = gradientsOf(parameters, () => {
        const { policy, values } = trainingOutputs(networks, x)
        const terms = distribution.terms(policy, actions, legal)
        return a2cLoss(
          { ...terms, values, advantages, returns, oldValues },
          { ...parts, entCoef: entCoef ?? parts.entCoef },
        )
      })
      const { factor, norm } = clipByGlobalNorm(gradients, maxGradNorm)
      optimizer.apply(gradients, scalars, factor)
      projectAndRefold(networks)
      const { loss, policyLoss, valueLoss, entropy } = outputs
      return { loss, policyLoss, valueLoss, entropy, gradNorm: norm }
    },
    {
      inputs: {
        obs: encoder.spec,
        actions: distribution.spec,
        advantages: perRow,
        returns: perRow,
        ...optimizerInputs,
        ...(valueClip !== null && { oldValues: perRow }),
        ...(parts.entCoefEnd !== undefined && { entCoef: optimizerInputs.stepSize }),
        ...(parts.isMasked && { masks }),
      },
    },
  )
}
