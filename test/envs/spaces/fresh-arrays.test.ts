import { describe, expect, test } from 'vitest'
import { FreshArrays } from '../../../envs/src/spaces/fresh-arrays.ts'

describe.each([
  ['uint8', 4],
  ['uint8', 400],
  ['uint8', 777], // no multiple of 8
  ['float64', 101],
  ['float32', 20_000], // larger than a shared buffer
] as const)('%s [%i]', (dtype, size) => {
  test('gives zeroed arrays of their own memory', () => {
    const arrays = new FreshArrays(dtype, size)
    const kept = Array.from({ length: 200 }, (_, k) => {
      const array = arrays.next()
      expect(array.length).toBe(size)
      expect(array.every((value) => value === 0)).toBe(true)
      return array.fill(k)
    })
    for (const [k, array] of kept.entries()) {
      expect(array.every((value) => value === k)).toBe(true)
    }
  })
})

test('cuts arrays beyond 64 bytes from shared buffers, small ones not', () => {
  const large = new FreshArrays('uint8', 400)
  expect(large.next().buffer).toBe(large.next().buffer)
  const small = new FreshArrays('float64', 8)
  expect(small.next().buffer).not.toBe(small.next().buffer)
})
