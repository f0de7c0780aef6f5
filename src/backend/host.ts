/** Computing at once what the backend in use, which is read by waiting, cannot: beside it, on the host. */
import * as tf from '@tensorflow/tfjs-core'
import { download, readsByWaiting, WEBGPU } from './reading.ts'

/**
 * Computes something that reads tensors in between, on a backend where that needs no waiting: `simd`, or `cpu` where
 * there is none. The variables go there and come back when they are used next. On a backend that is read at once,
 * it is computed there.
 *
 * @param compute leaves no recording behind: what a recording pins would stay
 */
export async function onHost<T>(compute: () => T): Promise<T> {
  if (!readsByWaiting()) return compute()
  // All of them: a recording looks at every variable there is.
  await download(Object.values(tf.engine().registeredVariables))
  const host = await hostBackend()
  void tf.setBackend(host) // at once, since it has been started: nobody else computes in between
  try {
    return compute()
  } finally {
    void tf.setBackend(WEBGPU)
  }
}

let host: Promise<string> | undefined

function hostBackend(): Promise<string> {
  return (host ??= startHost())
}

/** Starts it beside the one in use. */
async function startHost(): Promise<string> {
  await import('./simd/index.ts')
  const find = (): tf.KernelBackend | undefined => tf.findBackend('simd') // tfjs declares that there is always one
  return find() ? 'simd' : 'cpu'
}
