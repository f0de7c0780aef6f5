/** One gradient step of DQN as a program: target forward, loss, gradients, clipping, optimizer, fold. */
import * as tf from '@tensorflow/tfjs-core'
import { compile, type TensorSpec } from '../../src/backend/index.ts'
import {
  clipByGlobalNorm,
  gradientsOf,
  type Network,
  type ObservationEncoder,
  type Optimizer,
  optimizerInputs,
} from '../../src/nn/index.ts'
import { type HeadOptions, type Head, headFor } from './heads.ts'
import type { ResolvedOptions } from './options.ts'

export interface DqnUpdateParts
  extends Pick<ResolvedOptions, 'doubleQ' | 'maxGradNorm'>, HeadOptions {
  /** Learns; must be folded (`refold`) as it is, and is again after the update. */
  readonly network: Network
  /** Folded copy that targets are computed with; stays as it is. */
  readonly target: Network
  readonly optimizer: Optimizer
  readonly encoder: Pick<ObservationEncoder, 'encode' | 'spec'>
  /** A. */
  readonly actions: number
  /** Whether batches come with `nextMask`; false unless told. */
  readonly masked?: boolean
  /** Whether batches come with importance `weights`, and `errors` [B] are asked for; false unless told. */
  readonly prioritized?: boolean
}

const perRow = (dtype: 'float32' | 'int32') => ({ shape: [-1], dtype }) as const

type UpdateInputs = Readonly<
  Record<'obs' | 'actions' | 'rewards' | 'nextObs' | 'discounts', TensorSpec>
> &
  typeof optimizerInputs & { readonly nextMask?: TensorSpec; readonly weights?: TensorSpec }

export type DqnUpdate = ReturnType<typeof dqnUpdate>

/** @returns a program from a minibatch to its loss, its mean Q(s, a) and the norm of the gradient before clipping */
export function dqnUpdate(parts: DqnUpdateParts) {
  const { network, target, optimizer, encoder, doubleQ, maxGradNorm, actions } = parts
  const head: Head = headFor(actions, parts)
  const inputs: UpdateInputs = {
    obs: encoder.spec,
    actions: perRow('int32'),
    rewards: perRow('float32'),
    nextObs: encoder.spec,
    discounts: perRow('float32'),
    ...(parts.masked && { nextMask: { shape: [-1, actions], dtype: 'float32' } }),
    ...(parts.prioritized && { weights: perRow('float32') }),
    ...optimizerInputs,
  }
  return compile<UpdateInputs, 'loss' | 'meanQ' | 'gradNorm' | 'errors'>(
    ({ obs, actions, rewards, nextObs, discounts, nextMask, weights, ...scalars }) => {
      const encoded = encoder.encode(nextObs)
      const nextOnline = doubleQ ? network.applyFolded(encoded) : undefined
      const next = target.apply(encoded)
      const targets = head.targets({ rewards, discounts, next, nextOnline, nextMask })
      const { outputs, gradients } = gradientsOf(network.parameters, () =>
        head.loss(network.applyTraining(encoder.encode(obs)), actions, targets, weights),
      )
      const { factor, norm } = clipByGlobalNorm(gradients, maxGradNorm)
      optimizer.apply(gradients, scalars, factor)
      network.project()
      network.refold()
      const { loss, chosenQ, errors } = outputs
      const results = { loss, meanQ: tf.mean(chosenQ), gradNorm: norm }
      return (parts.prioritized ? { ...results, errors } : results) as typeof results & {
        errors: tf.Tensor
      }
    },
    { inputs },
  )
}
