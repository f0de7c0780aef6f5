/**
 * Operations that a backend may have as one kernel: weight normalization, sums of squares, optimizer steps.
 *
 * They are kernels under names of our own. A backend that registers them runs them; on every other backend the same
 * operation is composed of tfjs's own. Which one runs is decided when the operation is called.
 */
import * as tf from '@tensorflow/tfjs-core'

/** Names under which backends register the kernels. */
export const FUSED = {
  weightNorm: 'WnRlWeightNorm',
  weightNormScale: 'WnRlWeightNormScale',
  weightNormGradient: 'WnRlWeightNormGradient',
  sumOfSquares: 'WnRlSumOfSquares',
  optimizerStep: 'WnRlOptimizerStep',
} as const

/**
 * The kernel's outputs on a backend that has it, `compose()` elsewhere.
 *
 * @param inputs in the kernel's order
 */
export function fusedOr(
  name: (typeof FUSED)[keyof typeof FUSED],
  inputs: Readonly<Record<string, tf.Tensor>>,
  attrs: Readonly<Record<string, number | string | boolean>>,
  compose: () => tf.Tensor[],
): tf.Tensor[] {
  // tfjs declares that there is always one.
  const find = (): tf.KernelConfig | undefined => tf.getKernel(name, tf.getBackend())
  if (!find()) return compose()
  const outputs: tf.Tensor | tf.Tensor[] = tf.engine().runKernel(name, { ...inputs }, { ...attrs })
  return Array.isArray(outputs) ? outputs : [outputs]
}
