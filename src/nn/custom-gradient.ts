/** Operations whose gradient is written by hand, for what depends on more than the inputs that have one. */
import * as tf from '@tensorflow/tfjs-core'

/**
 * Runs an operation with a gradient of its own.
 *
 * @param inputs the tensors that gradients are given for
 * @param run computes the value, saves what the gradient needs, and says how dy and the saved make the inputs' gradients
 */
export function withGradient(
  inputs: readonly tf.Tensor[],
  run: (save: (tensors: tf.Tensor[]) => void) => {
    value: tf.Tensor
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor[]
  },
): tf.Tensor {
  const operation = tf.customGrad((...args) => {
    const save: unknown = args.at(-1)
    if (typeof save !== 'function') throw new TypeError('tf.customGrad gives no save function')
    return run(save as (tensors: tf.Tensor[]) => void)
  })
  return operation(...inputs)
}
