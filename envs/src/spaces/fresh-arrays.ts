/**
 * New arrays of one dtype and size, fast. An array beyond 64 bytes lies outside of the engine's
 * heap, and giving each its own memory costs more than a game's step (Node 20: 270 ns for 400 bytes,
 * 600 ns for 1000). So they are cut from larger buffers, as Node cuts its small Buffers (40 to 80 ns).
 *
 * Arrays do not overlap, and memory is never used again, so each is its receiver's to keep. But
 * `array.buffer` is shared: to send one to a worker, or to keep few of many for long, send or keep
 * `array.slice()`.
 */

import { ARRAYS } from './dtype.ts'
import type { ArrayOf, DType } from './dtype.ts'

/** Of those from 4 to 256 KiB that were measured no smaller one is as fast for 400 to 1000 bytes. */
const BUFFER_BYTES = 32 * 1024
const IN_HEAP_BYTES = 64 // V8's limit
const ALIGNMENT = 8 // bytes, enough for every dtype

export class FreshArrays<D extends DType> {
  readonly #dtype: D
  readonly #size: number
  /** Bytes from one array to the next; 0 where each array gets its own memory. */
  readonly #stride: number
  #buffer = new ArrayBuffer(0)
  #offset = 0

  constructor(dtype: D, size: number) {
    const bytes = size * ARRAYS[dtype].BYTES_PER_ELEMENT
    const isCut = bytes > IN_HEAP_BYTES && bytes <= BUFFER_BYTES
    this.#dtype = dtype
    this.#size = size
    this.#stride = isCut ? Math.ceil(bytes / ALIGNMENT) * ALIGNMENT : 0
  }

  /** @returns a new array [size], zeroed. */
  next(): ArrayOf[D] {
    const TypedArray = ARRAYS[this.#dtype]
    if (this.#stride === 0) return new TypedArray(this.#size)
    if (this.#offset + this.#stride > this.#buffer.byteLength) {
      this.#buffer = new ArrayBuffer(BUFFER_BYTES)
      this.#offset = 0
    }
    const array = new TypedArray(this.#buffer, this.#offset, this.#size)
    this.#offset += this.#stride
    return array
  }
}
