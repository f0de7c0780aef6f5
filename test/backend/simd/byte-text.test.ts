/** The text that the kernels' module is embedded as: what the build writes, the library reads. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type ByteText, decodeByteText } from '../../../src/backend/simd/byte-text.ts'
import { KERNELS } from '../../../src/backend/simd/kernels.generated.ts'

interface Script {
  readonly encodeByteText: (bytes: Uint8Array) => ByteText
}
const script = '../../../scripts/byte-text.js'
const { encodeByteText } = (await import(/* @vite-ignore */ script)) as Script

test('any bytes come back as they were', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
      expect(decodeByteText(encodeByteText(bytes))).toEqual(bytes)
    }),
  )
})

test('each byte takes one or two characters that strings of JavaScript hold as they are', () => {
  const all = Uint8Array.from({ length: 256 }, (_, i) => i)
  const { text } = encodeByteText(all)
  expect(text).toMatch(/^[ -~]*$/)
  expect(text).not.toMatch(/["'`\\$]/)
  expect(text.length).toBeLessThan(2 * all.length)
  expect(decodeByteText(encodeByteText(all))).toEqual(all)
})

test("the kernels' module is WebAssembly", () => {
  expect([...decodeByteText(KERNELS).slice(0, 4)]).toEqual([0, 0x61, 0x73, 0x6d])
})
