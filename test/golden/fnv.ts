/** FNV-1a with 64 bits, the hash that the recorded data uses. */

/**
 * @returns 16 lower-case hex digits. The prime is 2^40 + 0x1b3, so that a product mod 2^64 comes
 * out of two 32-bit halves without BigInt, which took seconds over all recorded states.
 */
export function fnv1a64(bytes: ArrayLike<number>): string {
  let low = 0x84222325
  let high = 0xcbf29ce4
  for (let i = 0; i < bytes.length; i++) {
    low = (low ^ bytes[i]!) >>> 0
    const product = low * 0x1b3 // < 2^41: exact
    const carry = Math.floor(product / 2 ** 32)
    high = (high * 0x1b3 + carry + ((low << 8) >>> 0)) % 2 ** 32
    low = product % 2 ** 32
  }
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0')
}
