import { describe, expect, test } from 'vitest'
import { blockSize, Heap } from '../../../src/backend/simd/heap.ts'
import { fc } from '../../helpers/properties.ts'

const START = 1000 // not a multiple of 16
const PAGE_BYTES = 65_536
const PADDING = 16

const newHeap = () => new Heap(new WebAssembly.Memory({ initial: 1 }), START)

interface Block {
  readonly address: number
  readonly bytes: number
  /** What its bytes were filled with. */
  readonly mark: number
}

/** Allocations of some size, and releases of the block at some index. */
const commands = fc.array(
  fc.oneof(
    fc.nat(5000).map((bytes) => ({ bytes })),
    fc.nat(200).map((victim) => ({ victim })),
  ),
  { maxLength: 200 },
)

describe('the heap', () => {
  test('gives aligned blocks with padding that never overlap, and growth keeps what they hold', () => {
    fc.assert(
      fc.property(commands, (steps) => {
        const heap = newHeap()
        const blocks: Block[] = []
        for (const [i, step] of steps.entries()) {
          if ('bytes' in step) {
            const block = { address: heap.allocate(step.bytes), bytes: step.bytes, mark: i % 251 }
            heap.u8.fill(block.mark, block.address, block.address + block.bytes + PADDING)
            blocks.push(block)
          } else if (blocks.length > 0) {
            const [block] = blocks.splice(step.victim % blocks.length, 1)
            heap.release(block!.address, block!.bytes)
          }
        }
        // A block that overlapped another one, or was moved by growth, would not hold its own mark.
        for (const { address, bytes, mark } of blocks) {
          expect(address % 16).toBe(0)
          expect(address).toBeGreaterThanOrEqual(START)
          const held = heap.u8.subarray(address, address + bytes + PADDING)
          expect(held.length).toBe(bytes + PADDING)
          expect(held.every((value) => value === mark)).toBe(true)
        }
      }),
      { numRuns: 200 },
    )
  })

  test('refuses what WebAssembly cannot hold, naming the backend, and goes on with what it can', () => {
    const heap = newHeap()
    const { size } = heap
    expect(() => heap.allocate(2 ** 32)).toThrow(/^backend: simd has 4 GiB at most; choose smaller/)
    expect(heap.size).toBe(size)
    expect(heap.allocate(1000) + 1000).toBeLessThan(size)
  })

  test('reuses a released block for a request of the same class', () => {
    const heap = newHeap()
    const first = heap.allocate(100)
    const second = heap.allocate(100)
    heap.release(first, 100)
    expect(heap.allocate(99)).toBe(first)
    expect(heap.allocate(100)).toBeGreaterThan(second)
  })

  test('stays as large as it is when as much is released as allocated', () => {
    const heap = newHeap()
    const round = () => {
      const sizes = [0, 1, 16, 1000, 30_000]
      const blocks = sizes.map((bytes) => ({ address: heap.allocate(bytes), bytes }))
      for (const { address, bytes } of blocks) heap.release(address, bytes)
    }
    round()
    const { size } = heap
    for (let i = 0; i < 1000; i++) round()
    expect(heap.size).toBe(size)
  })

  test('grows when a request does not fit, and its views cover the new memory', () => {
    const heap = newHeap()
    const kept = heap.allocate(8)
    heap.f32.set([1.5, -2.5], kept / 4)
    const address = heap.allocate(10 * PAGE_BYTES)
    expect(heap.size).toBeGreaterThanOrEqual(address + 10 * PAGE_BYTES + PADDING)
    expect(heap.size % PAGE_BYTES).toBe(0)
    expect([...heap.f32.subarray(kept / 4, kept / 4 + 2)]).toEqual([1.5, -2.5])
    heap.i32[address / 4 + 10] = 7
    expect(heap.u8[address + 40]).toBe(7)
    expect(new Set([heap.f32.buffer, heap.i32.buffer, heap.u8.buffer]).size).toBe(1)
  })

  test('refuses what is not a number of bytes', () => {
    for (const bytes of [-1, 1.5, NaN, Infinity])
      expect(() => newHeap().allocate(bytes)).toThrow(RangeError)
  })

  test('wastes at most a quarter beyond the padding, and sizes grow with what is asked', () => {
    fc.assert(
      fc.property(fc.integer({ min: 48, max: 100_000_000 }), (bytes) => {
        const size = blockSize(bytes)
        expect(size % 16).toBe(0)
        expect(size).toBeGreaterThanOrEqual(bytes + PADDING)
        expect(size).toBeLessThanOrEqual(1.25 * (bytes + PADDING) + PADDING)
        expect(blockSize(bytes + 1)).toBeGreaterThanOrEqual(size)
      }),
    )
  })
})
