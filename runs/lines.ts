/**
 * Lines of a file that may be larger than memory, from its beginning or from its end: read in pieces, and a line that is
 * longer than any of ours is passed over without being held.
 */
import { openOrdinary, type OrdinaryFile, readAt } from '../src/ordinary-file.ts'

/** Bytes of a line, beyond which it is no row of ours: they have some hundred. */
export const MAX_LINE = 1 << 20
const PIECE = 1 << 20
const NEWLINE = 0x0a

/**
 * The lines of a file, the last one too if it does not end; empty ones as well.
 *
 * @returns undefined for a line that is longer than `MAX_LINE`
 * @throws FileError naming the file
 */
export function* linesOf(path: string): Generator<string | undefined, void> {
  const file = openOrdinary(path)
  try {
    const buffer = Buffer.allocUnsafe(MAX_LINE + PIECE)
    let held = 0 // bytes at the buffer's beginning: those of a line that has not ended
    let isTooLong = false
    for (let at = 0; at < file.size;) {
      const piece = buffer.subarray(held, held + Math.min(PIECE, file.size - at))
      const count = readAt(file, piece, at)
      if (count === 0) break // it has become shorter meanwhile
      at += count
      const bytes = buffer.subarray(0, held + count)
      const end = bytes.lastIndexOf(NEWLINE)
      let from = 0
      if (isTooLong && end >= 0) {
        yield undefined
        from = bytes.indexOf(NEWLINE) + 1
        isTooLong = false
      }
      if (end >= from) yield* bytes.toString('utf8', from, end).split('\n')
      held = isTooLong ? 0 : buffer.copy(buffer, 0, end + 1, bytes.length)
      if (held <= MAX_LINE) continue
      isTooLong = true
      held = 0
    }
    if (isTooLong) yield undefined
    else if (held > 0) yield buffer.toString('utf8', 0, held)
  } finally {
    file.close()
  }
}

/** Whether the last line of a file ends; that of an empty one does. */
export function isEnded(path: string): boolean {
  const file = openOrdinary(path)
  try {
    const last = Buffer.alloc(1)
    return file.size === 0 || (readAt(file, last, file.size - 1) === 1 && last[0] === NEWLINE)
  } finally {
    file.close()
  }
}

/** The lines of a file that hold a text, in order; the rest is only searched, as fast as memory is read. */
export function* linesWith(path: string, text: string): Generator<string, void> {
  const file = openOrdinary(path)
  try {
    for (let from = 0; from < file.size;) {
      const bytes = pieceFrom(file, from)
      // Up to the last line that ends; one that is too long has no end in this piece.
      const end = from + bytes.length < file.size ? bytes.lastIndexOf(NEWLINE) : bytes.length
      const whole = bytes.subarray(0, end < 0 ? 0 : end)
      for (let at = whole.indexOf(text); at >= 0;) {
        const start = whole.lastIndexOf(NEWLINE, at) + 1
        const next = whole.indexOf(NEWLINE, at)
        const stop = next < 0 ? whole.length : next
        if (stop - start <= MAX_LINE) yield whole.toString('utf8', start, stop)
        at = next < 0 ? -1 : whole.indexOf(text, next)
      }
      from += end < 0 ? bytes.length : end + 1
    }
  } finally {
    file.close()
  }
}

/** The lines of a file that hold a text (any line has the empty one), the last first. */
export function* linesFromEnd(path: string, text = ''): Generator<string, void> {
  const file = openOrdinary(path)
  try {
    for (let to = file.size; to > 0;) {
      const begin = Math.max(0, to - MAX_LINE - PIECE)
      const bytes = Buffer.allocUnsafe(to - begin)
      readAt(file, bytes, begin)
      // The first line of the piece may begin before it: it comes with the next one, unless it is too long.
      const cut = begin === 0 ? -1 : bytes.subarray(0, -1).indexOf(NEWLINE)
      const isOne = cut < 0 && begin > 0
      const whole = bytes.subarray(cut + 1)
      if (!isOne && whole.includes(text)) {
        const lines = whole.toString('utf8').split('\n').reverse()
        for (const line of lines) if (line !== '' && line.includes(text)) yield line
      }
      to = isOne ? begin : begin + cut + 1
    }
  } finally {
    file.close()
  }
}

function pieceFrom(file: OrdinaryFile, from: number): Buffer {
  const bytes = Buffer.allocUnsafe(Math.min(MAX_LINE + PIECE, file.size - from))
  return bytes.subarray(0, readAt(file, bytes, from))
}
