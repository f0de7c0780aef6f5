/**
 * Reading tensors back where that takes waiting: on `webgpu`. Everywhere else nothing here waits.
 *
 * What was downloaded stays readable at once (`dataSync`) until the tensor changes.
 */
import * as tf from '@tensorflow/tfjs-core'
import { NOT_AT_ONCE, WEBGPU } from './webgpu.ts'

/** A value, or a promise of it on backends that are read by waiting. */
export type Awaitable<T> = T | Promise<T>

/** Whether the backend in use is read by waiting. */
export function readsByWaiting(): boolean {
  return tf.getBackend() === WEBGPU
}

/** @throws Error if the value is not there yet, naming what to do instead */
export function atOnce<T>(value: Awaitable<T>): T {
  if (!(value instanceof Promise)) return value
  value.catch(() => undefined) // nobody will wait for it
  throw new Error(NOT_AT_ONCE)
}

/** Brings values to the host, all at once. @returns when they can be read without waiting */
export async function download(tensors: readonly tf.Tensor[]): Promise<void> {
  if (!readsByWaiting()) return
  await Promise.all(tensors.map((tensor) => tensor.data()))
}

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
