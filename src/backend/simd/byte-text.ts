/**
 * Bytes as text that compresses like the bytes themselves: a byte that occurs often is one character, another one two.
 *
 * Base64 spreads a byte over characters, so that gzip finds few of its repetitions: the kernels' module takes 32 kB
 * gzipped in base64, 21 kB as this text and as the bytes. scripts/build-kernels.js writes it.
 */
export interface ByteText {
  /** The characters of the text. */
  readonly digits: string
  /** Bytes that have a digit of their own; the digits behind these begin a pair. */
  readonly singles: number
  /** All 256 bytes in hexadecimal, the most frequent one first. */
  readonly order: string
  readonly text: string
}

/** The bytes that the text stands for. */
export function decodeByteText({
  digits,
  singles,
  order,
  text,
}: ByteText): Uint8Array<ArrayBuffer> {
  const byteOf = Array.from({ length: 256 }, (_, i) => parseInt(order.slice(2 * i, 2 * i + 2), 16))
  const digitOf = new Uint8Array(128)
  for (let digit = 0; digit < digits.length; digit++) digitOf[digits.charCodeAt(digit)] = digit
  const bytes = new Uint8Array(text.length)
  let count = 0
  for (let i = 0; i < text.length; i++) {
    let rank = digitOf[text.charCodeAt(i)]!
    if (rank >= singles)
      rank = singles + (rank - singles) * digits.length + digitOf[text.charCodeAt(++i)]!
    bytes[count++] = byteOf[rank]!
  }
  return bytes.slice(0, count)
}
