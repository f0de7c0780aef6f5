/** What one gradient step of PPO computes, and the log-probabilities that its ratios compare with, as programs. */
import { compile } from '../../src/backend/index.ts'
import {
  clipByGlobalNorm,
  gradientsOf,
  type ObservationEncoder,
  type Optimizer,
  optimizerInputs,
  ppoLoss,
} from '../../src/nn/index.ts'
import {
  type ActionDistribution,
  type ActorCritic,
  actingPolicy,
  parametersOf,
  projectAndRefold,
  trainingOutputs,
} from '../actor-critic/index.ts'

export interface PpoUpdateParts {
  /** Learn; must be folded (`refold`) as they are, and are again after the update. */
  readonly networks: ActorCritic
  readonly distribution: ActionDistribution
  /** Of `parametersOf(networks)`. */
  readonly optimizer: Optimizer
  readonly encoder: Pick<ObservationEncoder, 'encode' | 'spec'>
  readonly clip: number
  readonly vfCoef: number
  readonly entCoef: number
  /** With it, each batch has an `entCoef` of its own. */
  readonly entCoefEnd?: number | undefined
  readonly maxGradNorm: number | null
  /** With it, batches have `oldValues`. */
  readonly valueClip: number | null
  /** Whether batches have `masks` of legal actions. */
  readonly isMasked?: boolean
}

const perRow = { shape: [-1], dtype: 'float32' } as const

/** What programs know of what was done: observations, actions and, where some were illegal, masks. */
function doneInputs({ encoder, distribution, isMasked }: PpoUpdateParts) {
  const masks = { shape: [-1, distribution.maskSize], dtype: 'float32' } as const
  return { obs: encoder.spec, actions: distribution.spec, ...(isMasked && { masks }) }
}

/** The log-probabilities of actions under the policy that acts, as a program. */
export function logProbsOf(parts: PpoUpdateParts) {
  const { networks, distribution, encoder } = parts
  return compile(
    ({ obs, actions, masks }) => {
      const policy = actingPolicy(networks, encoder.encode(obs))
      return { logProbs: distribution.terms(policy, actions, masks).logProb }
    },
    { inputs: doneInputs(parts) },
  )
}

/** One gradient step on a minibatch, as a program: losses, gradients, one clipping over all networks, optimizer, fold. */
export function ppoUpdate(parts: PpoUpdateParts) {
  const { networks, distribution, optimizer, encoder, maxGradNorm, valueClip } = parts
  const parameters = parametersOf(networks)
  return compile(
    (inputs) => {
      const { obs, actions, advantages, returns, oldLogProbs, oldValues, masks } = inputs
      const { entCoef, ...scalars } = inputs
      const x = encoder.encode(obs)
      const { outputs, gradients } = gradientsOf(parameters, () => {
        const { policy, values } = trainingOutputs(networks, x)
        const terms = distribution.terms(policy, actions, masks)
        const old = { oldLogProb: oldLogProbs, oldValues }
        return ppoLoss(
          { ...terms, values, advantages, returns, ...old },
          { ...parts, entCoef: entCoef ?? parts.entCoef },
        )
      })
      const { factor, norm } = clipByGlobalNorm(gradients, maxGradNorm)
      optimizer.apply(gradients, scalars, factor)
      projectAndRefold(networks)
      const { loss, policyLoss, valueLoss, entropy, approxKl, clipFraction } = outputs
      return { loss, policyLoss, valueLoss, entropy, approxKl, clipFraction, gradNorm: norm }
    },
    {
      inputs: {
        ...doneInputs(parts),
        advantages: perRow,
        returns: perRow,
        oldLogProbs: perRow,
        ...optimizerInputs,
        ...(valueClip !== null && { oldValues: perRow }),
        ...(parts.entCoefEnd !== undefined && { entCoef: optimizerInputs.stepSize }),
      },
    },
  )
}
