/** Gradients of a loss with respect to named parameters, and clipping by their global norm. */
import * as tf from '@tensorflow/tfjs-core'
import { FUSED, fusedOr } from '../backend/index.ts'

export type NamedTensors = Readonly<Record<string, tf.Tensor>>

/**
 * The value of a loss and its gradients. Call inside a tidy or a compiled program.
 *
 * @param parameters by name
 * @param loss a pure function of the parameters; besides the scalar loss it may return other tensors
 * @returns the gradients by the parameters' names, and all that `loss` returned
 * @throws Error if a parameter does not reach the loss
 */
export function gradientsOf<Name extends string>(
  parameters: Readonly<Record<string, tf.Variable>>,
  loss: () => Readonly<Record<Name | 'loss', tf.Tensor>>,
): {
  readonly outputs: Readonly<Record<Name | 'loss', tf.Tensor>>
  readonly gradients: NamedTensors
} {
  let kept: Readonly<Record<string, tf.Tensor>> = {}
  const { grads } = tf.variableGrads(() => {
    // The gradient's own scope disposes of everything but the loss.
    kept = loss()
    for (const tensor of Object.values(kept)) tf.keep(tensor)
    return kept['loss'] as tf.Scalar
  }, Object.values(parameters))
  const gradients: Record<string, tf.Tensor> = {}
  for (const [name, variable] of Object.entries(parameters)) {
    const gradient = grads[variable.name]
    if (!gradient) throw new Error(`the loss does not depend on parameter "${name}"`)
    gradients[name] = gradient
  }
  return { outputs: release(kept), gradients }
}

/** Hands kept tensors over to the scope that is active now. */
function release(kept: NamedTensors): NamedTensors {
  const handed = Object.entries(kept).map(([name, tensor]) => {
    const copy = tf.clone(tensor)
    tensor.dispose()
    return [name, copy]
  })
  return Object.fromEntries(handed) as NamedTensors
}

/**
 * What to multiply all gradients by so that their common norm is at most max: max / ‖gradients‖ where it is larger,
 * else 1; a norm of 0 is fine. The optimizer multiplies (`Optimizer.apply`), which saves a pass over the gradients.
 *
 * @param maxNorm limit of the norm over all tensors together; null measures without clipping
 * @returns the factor (a scalar; undefined without a limit) and the norm before clipping (a scalar)
 */
export function clipByGlobalNorm(
  gradients: NamedTensors,
  maxNorm: number | null,
): { factor: tf.Tensor | undefined; norm: tf.Tensor } {
  const squares = Object.values(gradients).map(
    (x) => fusedOr(FUSED.sumOfSquares, { x }, {}, () => [tf.sum(tf.square(x))])[0]!,
  )
  const norm = tf.sqrt(tf.addN(squares))
  const factor = maxNorm === null ? undefined : tf.div(maxNorm, tf.maximum(norm, maxNorm))
  return { factor, norm }
}
