/** The gradient step that the programs of all agents are made of. */
import type * as tf from '@tensorflow/tfjs-core'
import { clipByGlobalNorm, gradientsOf, type NamedTensors } from './gradients.ts'
import type { Network } from './network.ts'
import type { Optimizer } from './optimizers.ts'

/**
 * One step down the gradient of a loss: gradients, clipping by their global norm, the optimizer's step, projection, and
 * the fold that acting and the next step start from. Call inside a compiled program.
 *
 * @param network learns; must be folded (`refold`) as it is
 * @param optimizer of the network's parameters
 * @param scalars of the optimizer's step, as the program's inputs
 * @param maxGradNorm limit of the gradient norm, or null for none
 * @param loss as `gradientsOf` takes it
 * @returns what the loss returned, and gradNorm, the norm before clipping
 */
export function minimize<Name extends string>(
  network: Pick<Network, 'parameters' | 'project' | 'refold'>,
  optimizer: Optimizer,
  scalars: NamedTensors,
  maxGradNorm: number | null,
  loss: () => Readonly<Record<Name | 'loss', tf.Tensor>>,
): Readonly<Record<Name | 'loss' | 'gradNorm', tf.Tensor>> {
  const { outputs, gradients } = gradientsOf(network.parameters, loss)
  const { factor, norm } = clipByGlobalNorm(gradients, maxGradNorm)
  optimizer.apply(gradients, scalars, factor)
  network.project()
  network.refold()
  return { ...outputs, gradNorm: norm }
}
