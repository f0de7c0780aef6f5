/**
 * TensorBoard event files: TFRecord frames around `Event` protocol-buffer messages with scalar summaries.
 *
 * A frame is the payload's length (uint64), the masked CRC-32C of the length, the payload, and its masked CRC-32C,
 * all little-endian. No library on npm writes these files in plain JavaScript (tfjs-node does, in C++), and the four
 * fields that scalars need do not warrant a protocol-buffer runtime; the checksum comes from a library.
 *
 * Source: TensorFlow's record_writer.h, event.proto and summary.proto.
 */
import { crc32c } from '@aws-crypto/crc32c'
import type { Metrics } from './writer.ts'

const CRC_MASK = 0xa282ead8
/** Of a frame, besides its payload: length, and a checksum of each. */
const FRAME_BYTES = 8 + 4 + 4
const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const

/** The frame that an event file starts with. @param wallTime seconds since 1970 */
export function tensorBoardHeader(wallTime: number): Uint8Array {
  return frame(concat([doubleField(1, wallTime), bytesField(3, utf8('brain.Event:2'))]))
}

/** One event with a scalar for each metric. @param wallTime seconds since 1970 */
export function tensorBoardScalars(
  wallTime: number,
  globalStep: number,
  metrics: Metrics,
): Uint8Array {
  const values = Object.entries(metrics).map(([tag, value]) =>
    bytesField(1, concat([bytesField(1, utf8(tag)), floatField(2, value)])),
  )
  return frame(
    concat([doubleField(1, wallTime), varintField(2, globalStep), bytesField(5, concat(values))]),
  )
}

/** Bytes up to the end of the last whole frame. */
export function wholeFrames(file: Uint8Array): number {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  let end = 0
  while (end + FRAME_BYTES <= file.length) {
    const next = end + FRAME_BYTES + Number(view.getBigUint64(end, true))
    if (next > file.length) break
    end = next
  }
  return end
}

function frame(payload: Uint8Array): Uint8Array {
  const length = new Uint8Array(8)
  new DataView(length.buffer).setBigUint64(0, BigInt(payload.length), true)
  return concat([length, maskedCrc(length), payload, maskedCrc(payload)])
}

function maskedCrc(bytes: Uint8Array): Uint8Array {
  const crc = crc32c(bytes)
  const masked = (((crc >>> 15) | (crc << 17)) + CRC_MASK) >>> 0
  const out = new Uint8Array(4)
  new DataView(out.buffer).setUint32(0, masked, true)
  return out
}

function key(field: number, wire: number): Uint8Array {
  return Uint8Array.of((field << 3) | wire)
}

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
  bytes.push(rest)
  return Uint8Array.from(bytes)
}

function varintField(field: number, value: number): Uint8Array {
  return concat([key(field, WIRE.varint), varint(value)])
}

function doubleField(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setFloat64(0, value, true)
  return concat([key(field, WIRE.fixed64), bytes])
}

function floatField(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setFloat32(0, value, true)
  return concat([key(field, WIRE.fixed32), bytes])
}

function bytesField(field: number, bytes: Uint8Array): Uint8Array {
  return concat([key(field, WIRE.bytes), varint(bytes.length), bytes])
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}
