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
/** Of them, those before the payload. */
const FRAME_HEAD = 8 + 4
const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const

/** Before an event's time. */
const WALL_TIME_KEY = (1 << 3) | WIRE.fixed64

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

/** Where a frame lies in some bytes. */
interface FramePlace {
  readonly from: number
  readonly to: number
}

/**
 * The last whole frame in a part of a file that may begin within one: lengths have checksums, by which the first frame
 * is found, and each tells where the next begins.
 *
 * @returns undefined where there is none
 */
export function lastFrame(bytes: Uint8Array): FramePlace | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let last: FramePlace | undefined
  for (let from = 0; from + FRAME_BYTES <= bytes.length;) {
    const to = endOfFrame(bytes, view, from)
    if (to !== undefined) last = { from, to }
    else if (last) return last
    from = to ?? from + 1
  }
  return last
}

/** Of a frame's event, when it was written in seconds since 1970; undefined for bytes of somebody else. */
export function wallTimeOf(bytes: Uint8Array, { from, to }: FramePlace): number | undefined {
  const at = from + FRAME_HEAD
  if (at + 9 > to || bytes[at] !== WALL_TIME_KEY) return undefined
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getFloat64(at + 1, true)
}

/** The first frame of a file, of which at least the beginning is given. */
export function firstFrame(bytes: Uint8Array): FramePlace | undefined {
  if (bytes.length < FRAME_BYTES) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const to = endOfFrame(bytes, view, 0)
  return to === undefined ? undefined : { from: 0, to }
}

/** @returns undefined where no frame begins, or one that is not whole */
function endOfFrame(bytes: Uint8Array, view: DataView, from: number): number | undefined {
  if (from + FRAME_BYTES > bytes.length) return undefined
  // Lengths that need more than 32 bits are none of ours; this also spares most checksums.
  if (view.getUint32(from + 4, true) !== 0) return undefined
  const to = from + FRAME_BYTES + view.getUint32(from, true)
  if (to > bytes.length) return undefined
  const crc = maskedCrcNumber(bytes.subarray(from, from + 8))
  return crc === view.getUint32(from + 8, true) ? to : undefined
}

function frame(payload: Uint8Array): Uint8Array {
  const length = new Uint8Array(8)
  new DataView(length.buffer).setBigUint64(0, BigInt(payload.length), true)
  return concat([length, maskedCrc(length), payload, maskedCrc(payload)])
}

function maskedCrc(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(4)
  new DataView(out.buffer).setUint32(0, maskedCrcNumber(bytes), true)
  return out
}

function maskedCrcNumber(bytes: Uint8Array): number {
  const crc = crc32c(bytes)
  return (((crc >>> 15) | (crc << 17)) + CRC_MASK) >>> 0
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
