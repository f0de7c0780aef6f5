/**
 * A tensor's data on the backend `simd`: in a typed array on the host, where `write` and the cpu kernels put it, or in
 * WebAssembly memory, where kernels of ours put it and read it. It moves there when such a kernel first needs it; the
 * cpu kernels see a view.
 */
import type * as tf from '@tensorflow/tfjs-core'
import type { Heap } from './heap.ts'

export type Values = tf.backend_util.BackendValues

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

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

function hostBytes(values: Values | undefined, dtype: tf.DataType): number {
  return (values?.length ?? 0) * (BYTES[dtype] ?? 0)
}
