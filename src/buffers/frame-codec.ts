/**
 * How single frames lie in memory: as they come, as bytes, or one bit per number.
 *
 * MinAtar's 10×10×4 zeros and ones take 50 bytes as bits, 400 as bytes, 1600 as float32.
 */
import type { ObsArray } from 'gymnasium-js/vector'
import { copyNumbers, emptyLike } from './rows.ts'

/** `same`: the observations' dtype. `uint8`: whole numbers from 0 to 255. `bits`: zeros and ones. */
export const FRAME_ENCODINGS = ['same', 'uint8', 'bits'] as const

export type FrameEncoding = (typeof FRAME_ENCODINGS)[number]

export interface FrameCodec {
  /** An array for so many frames. */
  allocate(frames: number): ObsArray
  /**
   * Keeps one frame.
   *
   * @param start of the frame in `source`
   * @throws RangeError if the encoding cannot hold a number of it
   */
  write(frames: ObsArray, row: number, source: ObsArray, start: number): void
  read(frames: ObsArray, row: number, target: ObsArray, start: number): void
  /** Whether a kept frame equals one that starts at `start` of `source`. */
  equals(frames: ObsArray, row: number, source: ObsArray, start: number): boolean
}

/** Bytes of one frame. @param size numbers in a frame @param bytesPerElement of the observations' dtype */
export function frameBytes(encoding: FrameEncoding, size: number, bytesPerElement: number): number {
  if (encoding === 'bits') return Math.ceil(size / 8)
  return encoding === 'uint8' ? size : size * bytesPerElement
}

/** @param size numbers in a frame @param like an array of the observations' dtype */
export function frameCodec(encoding: FrameEncoding, size: number, like: ObsArray): FrameCodec {
  if (encoding === 'bits') return bitCodec(size)
  if (encoding === 'same' || like instanceof Uint8Array) return plainCodec(size, like)
  const bytes = plainCodec(size, new Uint8Array())
  return {
    ...bytes,
    write(frames, row, source, start) {
      bytes.write(frames, row, source, start)
      if (bytes.equals(frames, row, source, start)) return
      const lost = source.subarray(start, start + size).find((x, k) => x !== frames[row * size + k])
      refuse(lost!, 'uint8', 'same')
    },
  }
}

function plainCodec(size: number, like: ObsArray): FrameCodec {
  return {
    allocate: (frames) => emptyLike(like, frames * size),
    write(frames, row, source, start) {
      copyNumbers(frames, row * size, source, start, size)
    },
    read(frames, row, target, start) {
      copyNumbers(target, start, frames, row * size, size)
    },
    equals(frames, row, source, start) {
      for (let k = 0, at = row * size; k < size; k++)
        if (frames[at + k] !== source[start + k]) return false
      return true
    },
  }
}

function bitCodec(size: number): FrameCodec {
  const bytes = Math.ceil(size / 8)
  const packed = (source: ObsArray, start: number, byte: number): number => {
    let bits = 0
    for (let k = 8 * byte, end = Math.min(k + 8, size); k < end; k++) {
      const value = source[start + k]!
      if (value !== 0 && value !== 1) refuse(value, 'bits', 'uint8')
      bits |= value << (k & 7)
    }
    return bits
  }
  return {
    allocate: (frames) => new Uint8Array(frames * bytes),
    write(frames, row, source, start) {
      for (let byte = 0; byte < bytes; byte++)
        frames[row * bytes + byte] = packed(source, start, byte)
    },
    read(frames, row, target, start) {
      const end = start + size
      for (let byte = row * bytes, at = start; at < end; byte++) {
        for (let bits = frames[byte]!, stop = Math.min(at + 8, end); at < stop; at++, bits >>= 1)
          target[at] = bits & 1
      }
    },
    equals(frames, row, source, start) {
      for (let byte = 0; byte < bytes; byte++)
        if (frames[row * bytes + byte] !== packed(source, start, byte)) return false
      return true
    },
  }
}

function refuse(value: number, encoding: FrameEncoding, wider: FrameEncoding): never {
  throw new RangeError(
    `frames.encoding is ${encoding}, but an observation holds ${value}; choose ${wider}`,
  )
}
