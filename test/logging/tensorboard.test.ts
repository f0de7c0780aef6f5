import { describe, expect, test } from 'vitest'
import { tensorBoardHeader, tensorBoardScalars } from '../../src/logging/index.ts'

/** CRC-32C bit by bit (reflected polynomial 0x82f63b78), masked as TFRecord has it. */
function maskedCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  crc = (crc ^ 0xffffffff) >>> 0
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}

/** The payload of one TFRecord frame, its length and both checksums checked. */
function unframe(frame: Uint8Array): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
  const length = Number(view.getBigUint64(0, true))
  expect(frame.length).toBe(8 + 4 + length + 4)
  expect(view.getUint32(8, true)).toBe(maskedCrc(frame.subarray(0, 8)))
  const payload = frame.subarray(12, 12 + length)
  expect(view.getUint32(12 + length, true)).toBe(maskedCrc(payload))
  return payload
}

describe('event files', () => {
  test('start with a frame that names the version', () => {
    const payload = unframe(tensorBoardHeader(1.5))
    // field 1, fixed64: 1.5; field 3, 13 bytes: the version
    const expected = [
      0x09,
      0,
      0,
      0,
      0,
      0,
      0,
      0xf8,
      0x3f,
      0x1a,
      13,
      ...new TextEncoder().encode('brain.Event:2'),
    ]
    expect(Array.from(payload)).toEqual(expected)
  })

  test('hold a scalar as step, tag and float32', () => {
    const payload = unframe(tensorBoardScalars(0, 300, { 'a/b': 0.5 }))
    const value = [0x0a, 3, ...new TextEncoder().encode('a/b'), 0x15, 0, 0, 0, 0x3f]
    // step 300 is the varint 0xac 0x02; summary (field 5) holds one value (field 1)
    const step = [0x10, 0xac, 0x02]
    const summary = [0x2a, value.length + 2, 0x0a, value.length, ...value]
    expect(Array.from(payload)).toEqual([
      0x09,
      ...new Array<number>(8).fill(0),
      ...step,
      ...summary,
    ])
  })

  test('write steps beyond 2³¹ in full', () => {
    const payload = unframe(tensorBoardScalars(0, 2 ** 40, {}))
    expect(Array.from(payload.subarray(9, 16))).toEqual([0x10, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20])
  })
})
