/**
 * Registering kernels: ours where there is one for the case at hand, tfjs's cpu backend's otherwise.
 *
 * A kernel of ours is a function from inputs and attributes to outputs that emits instructions; it returns undefined
 * for a case that it leaves to the cpu backend (another dtype, an unusual broadcast).
 */
import * as tf from '@tensorflow/tfjs-core'
import { SimdBackend } from './backend.ts'
import { sizeOf } from './data.ts'
import type { Argument } from './instruction.ts'

export type Outputs = tf.TensorInfo | tf.TensorInfo[]

/** What a kernel of ours works with. */
export interface KernelCall {
  readonly backend: SimdBackend
  readonly inputs: tf.NamedTensorInfoMap
  readonly attrs: Readonly<Record<string, unknown>>
}

export type Kernel = (call: KernelCall) => Outputs | undefined

export const BACKEND_NAME = 'simd'

const ours = new Map<string, Kernel>()

/** Makes a kernel known; `registerKernels` hands all of them to tfjs. */
export function kernel(name: string, run: Kernel): void {
  ours.set(name, run)
}

/** Registers every kernel of the cpu backend for ours, with ours in front of it where there is one. */
export function registerKernels(): void {
  const known = new Set(tf.getKernelsForBackend('cpu').map(({ kernelName }) => kernelName))
  for (const [kernelName, run] of ours) {
    if (known.has(kernelName)) continue
    tf.registerKernel({
      kernelName,
      backendName: BACKEND_NAME,
      kernelFunc: inFrontOf(refuse(kernelName), run),
    })
  }
  for (const config of tf.getKernelsForBackend('cpu')) {
    const cpu = withRecorder(config.kernelName, config.kernelFunc)
    const run = ours.get(config.kernelName)
    tf.registerKernel({
      ...config,
      backendName: BACKEND_NAME,
      kernelFunc: run ? inFrontOf(cpu, run) : cpu,
    })
  }
}

/** For kernels that tfjs does not have. */
function refuse(kernelName: string): tf.KernelFunc {
  return () => {
    throw new TypeError(`${kernelName} takes float32 tensors only`)
  }
}

function inFrontOf(cpu: tf.KernelFunc, run: Kernel): tf.KernelFunc {
  return (params) => {
    const { inputs, attrs = {} } = params
    return run({ backend: simdOf(params.backend), inputs, attrs: attrs }) ?? cpu(params)
  }
}

/** What the cpu kernel writes on its way is not a constant of the program: the recorder sees the call as a whole. */
export function withRecorder(kernelName: string, kernelFunc: tf.KernelFunc): tf.KernelFunc {
  return (params) => {
    const backend = simdOf(params.backend)
    const { recorder } = backend
    if (!recorder) return kernelFunc(params)
    backend.recorder = undefined
    try {
      const outputs = kernelFunc(params)
      const list = Array.isArray(outputs) ? outputs : [outputs]
      const { inputs, attrs } = params
      recorder.hosted({ kernelName, kernelFunc, inputs, attrs, outputs: list })
      return outputs
    } finally {
      backend.recorder = recorder
    }
  }
}

export function simdOf(backend: unknown): SimdBackend {
  if (backend instanceof SimdBackend) return backend
  throw new TypeError('a simd kernel was called for another backend')
}

/** The data of a tensor, as an argument that is read. */
export function read(backend: SimdBackend, { dataId }: tf.TensorInfo): Argument {
  return { kind: 'read', data: backend.dataOf(dataId) }
}

/** The data of a tensor, as an argument that is written. */
export function write(backend: SimdBackend, { dataId }: tf.TensorInfo): Argument {
  return { kind: 'write', data: backend.dataOf(dataId) }
}

export function isFloat(...tensors: readonly tf.TensorInfo[]): boolean {
  return tensors.every(({ dtype }) => dtype === 'float32')
}

export { sizeOf }
