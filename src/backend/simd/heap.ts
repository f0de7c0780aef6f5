/**
 * Allocation within one WebAssembly memory: size classes with free lists, in front of a bump pointer.
 *
 * Every block starts at a multiple of 16 and is followed by at least 16 bytes that belong to it, because kernels read
 * whole vectors beyond the end of an array.
 */
const ALIGNMENT = 16
const PAGE_BYTES = 65_536
/** WebAssembly's own limit: its addresses have 32 bits. */
const MOST_BYTES = 2 ** 32

/** Classes per power of two: at most a quarter of a block is wasted. */
const CLASSES_PER_OCTAVE = 4

/** What of a WebAssembly memory is used. */
export type GrowingMemory = Pick<WebAssembly.Memory, 'buffer' | 'grow'>

export class Heap {
  readonly #memory: GrowingMemory
  readonly #free = new Map<number, number[]>()
  #next: number
  #f32!: Float32Array
  #i32!: Int32Array
  #u8!: Uint8Array

  /** @param start the first byte that may be used */
  constructor(memory: GrowingMemory, start: number) {
    this.#memory = memory
    this.#next = roundUp(start, ALIGNMENT)
    this.#refreshViews()
  }

  /** Views of the whole memory; asked for anew after every allocation, since growth detaches them. */
  get f32(): Float32Array {
    return this.#f32
  }

  get i32(): Int32Array {
    return this.#i32
  }

  get u8(): Uint8Array {
    return this.#u8
  }

  /** Bytes of the memory. */
  get size(): number {
    return this.#u8.length
  }

  /**
   * @returns the address of a block of at least that many bytes, not cleared
   * @throws RangeError if that is not a number of bytes, or there are not so many
   */
  allocate(bytes: number): number {
    if (!Number.isSafeInteger(bytes) || bytes < 0)
      throw new RangeError(`cannot allocate ${bytes} bytes`)
    const size = blockSize(bytes)
    const reused = this.#free.get(size)?.pop()
    if (reused !== undefined) return reused
    const address = this.#next
    if (address + size > this.size) this.#grow(address + size)
    this.#next += size
    return address
  }

  /** @param bytes as given to `allocate` */
  release(address: number, bytes: number): void {
    const size = blockSize(bytes)
    const list = this.#free.get(size)
    if (list) list.push(address)
    else this.#free.set(size, [address])
  }

  /** Doubles where there is so much, so that growth stays rare. */
  #grow(needed: number): void {
    if (needed > MOST_BYTES)
      throw new RangeError(
        'backend: simd has 4 GiB at most; choose smaller networks or batches, or cpu',
      )
    const bytes = Math.max(needed, Math.min(2 * this.size, MOST_BYTES))
    this.#memory.grow(Math.ceil((bytes - this.size) / PAGE_BYTES))
    this.#refreshViews()
  }

  #refreshViews(): void {
    const { buffer } = this.#memory
    this.#f32 = new Float32Array(buffer)
    this.#i32 = new Int32Array(buffer)
    this.#u8 = new Uint8Array(buffer)
  }
}

/** The size of the class that holds that many bytes and the padding behind them. */
export function blockSize(bytes: number): number {
  const needed = Math.max(bytes + ALIGNMENT, 4 * ALIGNMENT)
  const octave = 2 ** (31 - Math.clz32(Math.min(needed, 2 ** 31)))
  return roundUp(needed, Math.max(ALIGNMENT, octave / CLASSES_PER_OCTAVE))
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple
}
