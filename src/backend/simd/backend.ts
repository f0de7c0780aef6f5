/**
 * The tfjs backend `simd`: tensors in one WebAssembly memory, kernels that run there.
 *
 * It extends tfjs's cpu backend, so that every kernel which is not written yet runs as it does there. Where a tensor's
 * data is, is told in data.ts. Memory grows only when a kernel of ours allocates, so that no view is detached while a
 * cpu kernel works.
 */
import type * as tf from '@tensorflow/tfjs-core'
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu'
import { ChainFunctions } from './chains/functions.ts'
import { SimdData, sizeOf, type Values } from './data.ts'
import { Heap } from './heap.ts'
import { type Argument, encode, PLAN_WORDS } from './instruction.ts'
import { instantiateKernels, type KernelModule } from './module.ts'
import type { Recorder } from './step.ts'

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
