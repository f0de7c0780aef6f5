/**
 * The natural logarithm with the same bits on every engine: FreeBSD's msun, as @stdlib ports it, with the same
 * operations in the same order. @stdlib's own brings 20 kB of checks for engines of long ago into every page.
 *
 * Source: FreeBSD `lib/msun/src/e_log.c` (Sun Microsystems 1993).
 */

const LN2_HIGH = 6.9314718036912382e-1
const LN2_LOW = 1.9082149292705877e-10
const TWO_TO_54 = 2 ** 54
const THIRD = 0.3333333333333333
const MIN_NORMAL = 2 ** -1022
/** High words: of 1, and masks of exponent and mantissa. */
const ONE = 0x3ff00000
const MANTISSA = 0x000fffff
const BIAS = 1023

const float = new Float64Array(1)
const words = new Uint32Array(float.buffer)
/** Which of the two words holds sign and exponent: the second, but on big-endian engines. */
const HIGH = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 1 : 0

/** ln x; -Infinity at 0, NaN below. */
export function ln(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN
  if (x === Infinity) return x
  const isSubnormal = x < MIN_NORMAL
  float[0] = isSubnormal ? x * TWO_TO_54 : x
  const high = words[HIGH]!
  const mantissa = high & MANTISSA
  // Mantissas above √2 count to the next power of two, so that x = 2ᵏ (1 + f) with √½ < 1 + f < √2.
  const carry = (mantissa + 0x95f64) & 0x100000
  words[HIGH] = mantissa | (carry ^ ONE)
  const k = (high >> 20) - BIAS + (carry >> 20) - (isSubnormal ? 54 : 0)
  const f = float[0] - 1
  return (MANTISSA & (2 + mantissa)) < 3 ? nearOne(f, k) : farFromOne(f, k, mantissa)
}

/** −2⁻²⁰ ≤ f < 2⁻²⁰ */
function nearOne(f: number, k: number): number {
  if (f === 0) return k === 0 ? 0 : k * LN2_HIGH + k * LN2_LOW
  const r = f * f * (0.5 - THIRD * f)
  return k === 0 ? f - r : k * LN2_HIGH - (r - k * LN2_LOW - f)
}

function farFromOne(f: number, k: number, mantissa: number): number {
  const s = f / (2 + f)
  const z = s * s
  const w = z * z
  const odd = w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373))
  const even =
    z *
    (0.6666666666666735 +
      w * (0.2857142874366239 + w * (0.1818357216161805 + w * 0.14798198605116586)))
  const r = even + odd
  if (((mantissa - 0x6147a) | (0x6b851 - mantissa)) > 0) {
    const half = 0.5 * f * f
    if (k === 0) return f - (half - s * (half + r))
    return k * LN2_HIGH - (half - (s * (half + r) + k * LN2_LOW) - f)
  }
  return k === 0 ? f - s * (f - r) : k * LN2_HIGH - (s * (f - r) - k * LN2_LOW - f)
}
