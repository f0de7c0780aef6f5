/** Writes what src/backend/simd/byte-text.ts reads, which says why. */

/** Printable ASCII without what strings of JavaScript escape: quotes, the backslash, the dollar of templates. */
const DIGITS = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i))
  .filter((character) => !'\'"`\\$'.includes(character))
  .join('')
/** Two of the 90 digits begin pairs: 88 + 2 · 90 ≥ 256. */
const SINGLES = DIGITS.length - 2

/** @param bytes of any kind @returns `{ digits, singles, order, text }` */
export function encodeByteText(bytes) {
  const counts = new Array(256).fill(0)
  for (const byte of bytes) counts[byte]++
  const order = Array.from(counts.keys()).sort((a, b) => counts[b] - counts[a] || a - b)
  const digitsOf = []
  for (const [rank, byte] of order.entries()) digitsOf[byte] = digitsOfRank(rank)
  return {
    digits: DIGITS,
    singles: SINGLES,
    order: Buffer.from(order).toString('hex'),
    text: Array.from(bytes, (byte) => digitsOf[byte]).join(''),
  }
}

function digitsOfRank(rank) {
  if (rank < SINGLES) return DIGITS[rank]
  const beyond = rank - SINGLES
  return DIGITS[SINGLES + Math.floor(beyond / DIGITS.length)] + DIGITS[beyond % DIGITS.length]
}
