/**
 * Reading tensors back where that takes waiting: on `webgpu`. Everywhere else nothing here waits.
 *
 * What was downloaded stays readable at once (`dataSync`) until the tensor changes.
 */
import * as tf from '@tensorflow/tfjs-core'
import type { GpuFailure } from './gpu-failure.ts'

/** The backend that is read by waiting; webgpu.ts, which makes it, is loaded only where it is asked for. */
export const WEBGPU = 'webgpu'

/** What to say to those who do not wait. */
export const NOT_AT_ONCE =
  'webgpu: these values are on the GPU, and reading them takes waiting: use actAsync and actBatchAsync instead of act ' +
  'and actBatch, run instead of a call of a program, and await synchronize() before getState and digest of an agent'

/** A value, or a promise of it on backends that are read by waiting. */
export type Awaitable<T> = T | Promise<T>

/** Whether the backend in use is read by waiting. */
export function readsByWaiting(): boolean {
  return tf.getBackend() === WEBGPU
}

/** What such a backend has beyond those of tfjs. */
export interface WaitingBackend {
  /** What has gone wrong on the device, once it is known; the backend is of no use after it. */
  readonly failure: GpuFailure | undefined
  /** Lets the device begin with what it has been told to compute, instead of with the next reading. */
  submitWork(): void
}

/** The backend in use if it is read by waiting. */
export function waitingBackend(): WaitingBackend | undefined {
  if (!readsByWaiting()) return undefined
  const backend: object = tf.backend()
  return isWaiting(backend) ? backend : undefined
}

function isWaiting(backend: object): backend is WaitingBackend {
  return 'submitWork' in backend
}

/** Lets the device begin, where there is one. */
export function submitWork(): void {
  waitingBackend()?.submitWork()
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
