/**
 * The backend `webgpu`: tfjs's kernels on a GPU, in browsers and, through Dawn, in Node. Its values are read back by
 * waiting for them, never at once; see reading.ts.
 *
 * The packages are optional and loaded only when this backend is asked for.
 */
import * as tf from '@tensorflow/tfjs-core'
import type * as webgpu from '@tensorflow/tfjs-backend-webgpu'
import { type Adapter, findAdapter } from './adapters.ts'
import { type GpuFailure, lostDevice, refusedByGpu } from './gpu-failure.ts'
import { loadTfjsBackend } from './optional.ts'
import { NOT_AT_ONCE, WEBGPU, type WaitingBackend } from './reading.ts'

type Package = Pick<typeof webgpu, 'WebGPUBackend'>

/**
 * Kernels that wait for each other in a command buffer before it is handed to the GPU. An update has some 300; tfjs's
 * own 15 make it twenty submissions.
 */
const DISPATCHES_PER_SUBMISSION = 256

/** The device in use, its name, and what has gone wrong on it. */
interface Started {
  readonly name: string
  readonly asked: string | undefined
  failure?: GpuFailure
}

let started: Started | undefined

/**
 * Registers the backend for an adapter, unless it is registered and works.
 *
 * @param gpu part of the adapter's name, or its index
 * @param load imports the package, where not by its name
 * @returns the adapter's name
 * @throws Error if a package is absent or there is no adapter; RangeError naming the adapters there are
 */
export async function registerWebGpu(
  gpu: string | undefined,
  load?: () => Promise<unknown>,
): Promise<string> {
  if (started && !started.failure && (gpu === undefined || gpu === started.asked))
    return started.name
  const library = await loadTfjsBackend<Package>(WEBGPU, load)
  const found = await findAdapter(gpu)
  const device = await requestDevice(found.adapter)
  const now: Started = { name: found.name, asked: gpu }
  watch(device, now)
  const backend = withGpuInSight(found.gpu, () => createBackend(library, device, found, now))
  // In browsers the package has registered its own, which takes the first adapter; or this is for another GPU.
  const isRegistered = (): object | undefined => tf.findBackendFactory(WEBGPU)
  if (isRegistered()) tf.removeBackend(WEBGPU)
  tf.registerBackend(WEBGPU, () => backend, 0)
  tf.env().set('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE', DISPATCHES_PER_SUBMISSION)
  started = now
  return now.name
}

const LIMITS = [
  'maxBufferSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupsPerDimension',
  'maxComputeWorkgroupStorageSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
] as const

/** With all that the adapter has to give: WebGPU's defaults would refuse large batches. */
async function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const requiredLimits = Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]]))
  return adapter.requestDevice({ requiredLimits })
}

/** WebGPU reports failures to whoever listens; nothing is thrown where they are caused. */
function watch(device: GPUDevice, now: Started): void {
  void device.lost.then(({ reason, message }) => {
    now.failure ??= lostDevice(now.name, reason, message)
  })
  device.onuncapturederror = ({ error }) => {
    const isOutOfMemory = error instanceof GPUOutOfMemoryError
    now.failure ??= refusedByGpu(now.name, isOutOfMemory, error.message)
  }
}

/** tfjs looks for `navigator.gpu` when a backend is made; Node has none, and would not end with one. */
function withGpuInSight<T>(gpu: GPU, make: () => T): T {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator')
  if ((globalThis.navigator as { gpu?: GPU } | undefined)?.gpu) return make()
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true })
  try {
    return make()
  } finally {
    if (before) Object.defineProperty(globalThis, 'navigator', before)
    else Reflect.deleteProperty(globalThis, 'navigator')
  }
}

function createBackend(
  { WebGPUBackend }: Package,
  device: GPUDevice,
  { adapter }: Adapter,
  now: Started,
): tf.KernelBackend {
  /** tfjs's, with reading that says what is wrong and uploads that make no buffers. */
  class Backend extends WebGPUBackend implements WaitingBackend {
    get failure(): GpuFailure | undefined {
      return now.failure
    }

    submitWork(): void {
      this.endComputePassEncoder()
      this.ensureCommandEncoderReady()
      this.submitQueue()
    }

    /** Through the queue's own staging memory: tfjs makes and destroys a buffer for each upload. */
    override uploadToGPU(dataId: object): void {
      const data: TensorPlace = this.tensorMap.get(dataId)
      if (data.resource || !data.values) {
        super.uploadToGPU(dataId)
        return
      }
      const values = wordsOf(data.values, data.dtype)
      const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
      const buffer = this.bufferManager.acquireBuffer(values.byteLength, usage)
      this.queue.writeBuffer(buffer, 0, values)
      data.resource = buffer
      data.values = null
    }

    override readSync(dataId: object): tf.BackendValues {
      const place: TensorPlace = this.tensorMap.get(dataId)
      if (place.values || place.dtype === 'complex64') return super.readSync(dataId)
      throw now.failure ?? new Error(NOT_AT_ONCE)
    }

    /** Leaves the books alone: tensors that are left are disposed of one by one. */
    override dispose(): void {
      this.device.destroy()
    }

    override async read(dataId: object): Promise<tf.BackendValues> {
      try {
        const values = await super.read(dataId)
        requireWorking(now)
        return values
      } catch (error) {
        await new Promise((resolve) => setTimeout(resolve)) // a lost device is told after the reads that it broke
        throw now.failure ?? error
      }
    }
  }
  const backend = new Backend(device, adapter.info)
  splitLongSums(backend, device.limits.maxStorageBuffersPerShaderStage - 1)
  return backend
}

/** Kept for another start, on another GPU. */
let originalAddN: tf.KernelConfig | undefined

/** tfjs's kernel binds all terms of a sum at once, and GPUs allow some ten. */
function splitLongSums(backend: tf.KernelBackend, most: number): void {
  const whole = (originalAddN ??= tf.getKernel('AddN', WEBGPU))
  const sum: tf.KernelFunc = (params) => {
    const add = (terms: readonly tf.TensorInfo[]) =>
      // An array in truth, as tf.addN passes it.
      whole.kernelFunc({ ...params, inputs: terms as unknown as tf.NamedTensorInfoMap })
    let terms = Object.values(params.inputs) as tf.TensorInfo[]
    const partial: tf.TensorInfo[] = []
    while (terms.length > most) {
      partial.push(add(terms.slice(0, most)) as tf.TensorInfo)
      terms = [partial.at(-1)!, ...terms.slice(most)]
    }
    const result = add(terms)
    for (const { dataId } of partial) backend.disposeData(dataId)
    return result
  }
  tf.unregisterKernel('AddN', WEBGPU)
  tf.registerKernel({ ...whole, kernelFunc: sum })
}

/** @throws GpuFailure if one is known */
function requireWorking({ failure }: Started): void {
  if (failure) throw failure
}

/** Where the values of a tensor are. tfjs declares that they are always on the host. */
interface TensorPlace {
  readonly dtype: tf.DataType
  values: tf.BackendValues | null
  resource?: object
}

/** As shaders read it: 32 bits for every element. */
function wordsOf(values: tf.BackendValues, dtype: tf.DataType): Float32Array | Int32Array {
  if (dtype === 'int32' || dtype === 'bool')
    return values instanceof Int32Array ? values : Int32Array.from(values as Uint8Array)
  return values instanceof Float32Array ? values : Float32Array.from(values as Uint8Array)
}
