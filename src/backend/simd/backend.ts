/**
 * The tfjs backend `simd`: tensors in one WebAssembly memory, kernels that run there.
 *
 * It extends tfjs's cpu backend, so that every kernel which is not written yet runs as it does there. A tensor's data
 * lives in one of two places: in a typed array on the host, where `write` and the cpu kernels put it, or in memory,
 * where kernels of ours put it and read it. It moves there when such a kernel first needs it; the cpu kernels see a
 * view. Memory grows only when a kernel of ours allocates, so that no view is detached while a cpu kernel works.
 */
import type * as tf from '@tensorflow/tfjs-core'
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu'
import { ChainFunctions } from './chains/functions.ts'
import { Heap } from './heap.ts'
import { type Argument, encode, type Instruction, PLAN_WORDS } from './instruction.ts'
import { instantiateKernels, type KernelModule } from './module.ts'

type Values = tf.backend_util.BackendValues

/** Bytes per element in memory; other dtypes stay on the host. */
const BYTES: Partial<Record<tf.DataType, number>> = { float32: 4, int32: 4, bool: 1 }

/** A tensor's data, on the host or in memory. */
export class SimdData {
  readonly dtype: tf.DataType
  refCount: number
  complexTensorInfos?: { real: tf.TensorInfo; imag: tf.TensorInfo }
  readonly #heap: Heap
  #host: Values | undefined
  #address = 0
  #bytes = 0
  /** Whether the place in memory is this data's own. */
  #owned = true
  /** Whether the place outlives the data: a plan knows its address. */
  isPinned = false

  constructor(heap: Heap, dtype: tf.DataType, values: Values | undefined, refCount: number) {
    this.#heap = heap
    this.dtype = dtype
    this.refCount = refCount
    this.#host = values
    this.#bytes = hostBytes(values, dtype)
  }

  /** A view or the host's array: valid until the next allocation. */
  get values(): Values | undefined {
    if (this.#address === 0) return this.#host
    const { f32, i32, u8 } = this.#heap
    const start = this.#address
    const end = start + this.#bytes
    if (this.dtype === 'float32') return f32.subarray(start / 4, end / 4)
    if (this.dtype === 'int32') return i32.subarray(start / 4, end / 4)
    return u8.subarray(start, end)
  }

  set values(values: Values | undefined) {
    this.free()
    this.#host = values
    this.#bytes = hostBytes(values, this.dtype)
  }

  /** Whether its numbers fit the dtype: some cpu kernels leave floats in an integer tensor. */
  get isPlain(): boolean {
    if (this.#address !== 0 || this.dtype === 'float32') return true
    return this.#host instanceof (this.dtype === 'int32' ? Int32Array : Uint8Array)
  }

  /** Where the data is in memory, moved there if it is on the host. */
  get address(): number {
    this.place()
    return this.#address
  }

  /** Moves the data to memory if it is not there. */
  place(): void {
    if (this.#address === 0) this.#upload()
  }

  /** What it takes in memory; known even after it was freed. */
  get bytes(): number {
    return this.#bytes
  }

  /** Gives the data a place in memory, not cleared. */
  reserve(elements: number): void {
    this.#bytes = elements * (BYTES[this.dtype] ?? 0)
    this.#address = this.#heap.allocate(this.#bytes)
  }

  /** Data at a known address, which belongs to somebody else unless told. */
  static at(
    heap: Heap,
    dtype: tf.DataType,
    address: number,
    bytes: number,
    owned = false,
  ): SimdData {
    const data = new SimdData(heap, dtype, undefined, 1)
    data.#address = address
    data.#bytes = bytes
    data.#owned = owned
    return data
  }

  /** Copies the data elsewhere. @returns data that takes over the old place */
  moveAway(): SimdData {
    const heir = new SimdData(this.#heap, this.dtype, undefined, 1)
    heir.#address = this.address
    heir.#bytes = this.#bytes
    heir.isPinned = this.isPinned
    this.isPinned = false
    this.#owned = true
    this.#address = this.#heap.allocate(this.#bytes)
    this.#heap.u8.copyWithin(this.#address, heir.#address, heir.#address + this.#bytes)
    return heir
  }

  /** Other data of the same dtype and size, without a place yet. */
  ofSameSize(): SimdData {
    const data = new SimdData(this.#heap, this.dtype, undefined, 1)
    data.#bytes = this.#bytes
    return data
  }

  /** Whether it has a place in memory. */
  get isPlaced(): boolean {
    return this.#address !== 0
  }

  free(): void {
    if (this.#address !== 0 && this.#owned && !this.isPinned)
      this.#heap.release(this.#address, this.#bytes)
    this.#address = 0
    this.#host = undefined
  }

  #upload(): void {
    const values = this.#host
    this.#address = this.#heap.allocate(this.#bytes)
    this.#host = undefined
    fillMemory(this.#heap, this.dtype, this.#address, values as ArrayLike<number>)
  }
}

/** Copies numbers into memory. */
export function fillMemory(
  heap: Heap,
  dtype: tf.DataType,
  address: number,
  values: ArrayLike<number>,
): void {
  if (dtype === 'float32') heap.f32.set(values, address / 4)
  else if (dtype === 'int32') heap.i32.set(values, address / 4)
  else heap.u8.set(values, address)
}

/** A call of a kernel that tfjs's cpu backend brings. */
export interface HostCall {
  readonly kernelName: string
  readonly kernelFunc: tf.KernelFunc
  readonly inputs: tf.NamedTensorInfoMap
  readonly attrs: tf.NamedAttrMap | undefined
  readonly outputs: readonly tf.TensorInfo[]
}

/** Is told of everything that a program does while it is recorded. */
export interface Recorder {
  /** A tensor came from the host: a constant. */
  written(data: SimdData): void
  /** A kernel of ours runs. */
  emitted(instruction: Instruction): void
  /** A kernel of tfjs's cpu backend has run. */
  hosted(call: HostCall): void
  /** Somebody wants to see a tensor's values before the program has ended. */
  read(): void
}

export class SimdBackend extends MathBackendCPU {
  readonly heap: Heap
  readonly codes: KernelModule['codes']
  readonly chains: ChainFunctions
  recorder: Recorder | undefined
  readonly #run: KernelModule['run']
  /** One record, for instructions that run at once. */
  readonly #slot: number
  #nextId = 0

  constructor() {
    super()
    const { memory, run, table, heapStart, codes } = instantiateKernels()
    this.heap = new Heap(memory, heapStart)
    this.codes = codes
    this.chains = new ChainFunctions(memory, table)
    this.#run = run
    this.#slot = this.heap.allocate(PLAN_WORDS * 4)
  }

  override write(values: Values, _shape: number[], dtype: tf.DataType): tf.DataId {
    const dataId = { id: `simd/${this.#nextId++}` }
    // The cpu backend's slice hands out a view of its operand's memory, which will be somebody else's one day.
    const isLent = ArrayBuffer.isView(values) && values.buffer === this.heap.u8.buffer
    const data = new SimdData(this.heap, dtype, isLent ? values.slice() : values, 1)
    this.#store(dataId, data)
    this.recorder?.written(data)
    return dataId
  }

  override move(
    dataId: tf.DataId,
    values: Values,
    _shape: number[],
    dtype: tf.DataType,
    refCount: number,
  ): void {
    this.#store(dataId, new SimdData(this.heap, dtype, values, refCount))
  }

  /** A copy: what the caller keeps must outlive the tensor. */
  override readSync(dataId: tf.DataId): Values {
    this.recorder?.read()
    const values = super.readSync(dataId)
    return ArrayBuffer.isView(values) ? values.slice() : values
  }

  override disposeData(dataId: tf.DataId, force = false): boolean {
    if (!this.data.has(dataId)) return true
    const data = this.dataOf(dataId)
    const disposed = super.disposeData(dataId, force)
    if (disposed) data.free()
    return disposed
  }

  dataOf(dataId: tf.DataId): SimdData {
    const data: unknown = this.data.get(dataId)
    if (data instanceof SimdData) return data
    throw new TypeError('this data does not belong to the simd backend')
  }

  /** A new tensor in memory, not cleared. */
  output(shape: readonly number[], dtype: tf.DataType): tf.TensorInfo {
    const dataId = { id: `simd/${this.#nextId++}` }
    const data = new SimdData(this.heap, dtype, undefined, 1)
    data.reserve(sizeOf(shape))
    this.#store(dataId, data)
    return { dataId, shape: [...shape], dtype }
  }

  /** A constant of the kernels' module. @throws Error if there is none of that name */
  code(name: string): number {
    const code = this.codes[name]
    if (code === undefined) throw new Error(`the kernels' module has no constant ${name}`)
    return code
  }

  /** Runs an instruction now, and tells the recorder. @param op its name in `codes` */
  emit(op: string, ...args: readonly Argument[]): void {
    const instruction = { code: this.code(op), args }
    const scratch = args.flatMap((arg) =>
      typeof arg === 'object' && arg.kind === 'scratch' ? [arg.data] : [],
    )
    // Everything that may move memory comes first.
    for (const arg of args) if (typeof arg === 'object') arg.data.place()
    encode(this.heap.i32, this.#slot / 4, instruction, (data) => data.address)
    this.#run(this.#slot, 1)
    this.recorder?.emitted(instruction)
    for (const data of scratch) data.free()
  }

  /** Runs records that lie in memory. */
  runPlan(address: number, count: number): void {
    this.#run(address, count)
  }

  /** tfjs declares that data always has values; the cpu backend's own may lack them too. */
  #store(dataId: tf.DataId, data: SimdData): void {
    this.data.set(dataId, data as ReturnType<MathBackendCPU['data']['get']>)
  }

  /** Copies a tensor's data to an address. */
  copyTo(address: number, data: SimdData): void {
    const source = data.address
    this.heap.u8.copyWithin(address, source, source + data.bytes)
  }

  /** Makes data known as a tensor's, for kernels that look it up. */
  adopt(data: SimdData): tf.DataId {
    const dataId = { id: `simd/${this.#nextId++}` }
    this.#store(dataId, data)
    return dataId
  }

  /** Room that an instruction needs while it runs. */
  scratch(bytes: number): Argument {
    const data = new SimdData(this.heap, 'bool', undefined, 1)
    data.reserve(bytes)
    return { kind: 'scratch', data }
  }
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

function hostBytes(values: Values | undefined, dtype: tf.DataType): number {
  return (values?.length ?? 0) * (BYTES[dtype] ?? 0)
}
