/**
 * exp, log and tanh in float32 arithmetic, one number at a time: the operations of backend/assembly/transcendental.ts in
 * their order, each rounded to float32, so that the bits are the same.
 *
 * Sources: exp after Cephes' `expf`, log after FreeBSD's `e_logf.c` (Sun Microsystems).
 */
const { abs, fround } = Math

const LOG2_E = fround(1.4426950408889634)
const EXP_LN2_HIGH = fround(0.693359375)
const EXP_LN2_LOW = fround(-2.1219444e-4)
const LOG_LN2_HIGH = fround(6.9313812256e-1)
const LOG_LN2_LOW = fround(9.0580006145e-6)
const EXP_MIN = -104
const EXP_MAX = 89
const EXPM1_MIN = -18
const TINY = fround(1e-8)
const MIN_NORMAL = fround(1.17549435e-38)
const TWO_TO_25 = 33_554_432
const SQRT_HALF_BITS = 0x3f3504f3
const ONE_BITS = 0x3f800000
/** Added and taken off again, it rounds to the nearest integer, halves to even. */
const ROUNDING = 12_582_912
/** Of expm1(r)/r², highest power first. */
const EXPM1_TERMS = [
  1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1,
  5.0000001201e-1,
].map(fround)

const floats = new Float32Array(1)
const bits = new Int32Array(floats.buffer)

export function exp(x: number): number {
  const bounded = clamp(x, EXP_MIN, EXP_MAX)
  const n = nearest(fround(bounded * LOG2_E))
  const mantissa = fround(expm1OfRest(reduced(bounded, n)) + 1)
  // In two factors, so that both are normal where the result is denormal or overflows.
  const half = n >> 1
  return fround(fround(mantissa * powerOfTwo(half)) * powerOfTwo(n - half))
}

/** By expm1, so that small arguments keep their relative precision. */
export function tanh(x: number): number {
  const t = expm1(fround(abs(x) * -2))
  const magnitude = fround(-t / fround(2 + t))
  return x < 0 || Object.is(x, -0) ? -abs(magnitude) : abs(magnitude)
}

export function log(x: number): number {
  if (!(x < Infinity)) return x
  if (x <= 0) return x === 0 ? -Infinity : NaN
  const isDenormal = x < MIN_NORMAL
  floats[0] = isDenormal ? fround(x * TWO_TO_25) : x
  const shifted = bits[0]! + (ONE_BITS - SQRT_HALF_BITS)
  const k = (shifted >> 23) - 127 - (isDenormal ? 25 : 0)
  bits[0] = (shifted & 0x007fffff) + SQRT_HALF_BITS
  const f = fround(floats[0] - 1)
  const halfSquare = fround(fround(fround(0.5) * f) * f)
  const small = fround(
    fround(logRemainder(f, halfSquare) + (fround(k * LOG_LN2_LOW) + 0)) - halfSquare,
  )
  return fround(fround(small + f) + fround(k * LOG_LN2_HIGH))
}

function expm1(x: number): number {
  if (abs(x) < TINY) return x
  const bounded = clamp(x, EXPM1_MIN, EXP_MAX)
  const n = nearest(fround(bounded * LOG2_E))
  const p = expm1OfRest(reduced(bounded, n))
  const halfScale = powerOfTwo(n - 1)
  const half = fround(fround(p * halfScale) + fround(halfScale - 0.5))
  return fround(half + half)
}

/** expm1(r) for |r| ≤ ln(2)/2. */
function expm1OfRest(r: number): number {
  let p = EXPM1_TERMS[0]!
  for (let i = 1; i < EXPM1_TERMS.length; i++) p = horner(p, r, EXPM1_TERMS[i]!)
  return fround(fround(p * fround(r * r)) + r)
}

/** log(1 + f) − f, but for the halved square. */
function logRemainder(f: number, halfSquare: number): number {
  const s = fround(f / fround(2 + f))
  const z = fround(s * s)
  const w = fround(z * z)
  const even = fround(w * horner(fround(0.24279078841), w, fround(0.40000972152)))
  const odd = fround(z * horner(fround(0.28498786688), w, fround(0.66666662693)))
  return fround(s * fround(halfSquare + fround(odd + even)))
}

/** x − n ln 2 */
function reduced(x: number, n: number): number {
  return fround(fround(x - fround(n * EXP_LN2_HIGH)) - fround(n * EXP_LN2_LOW))
}

function horner(a: number, x: number, b: number): number {
  return fround(fround(a * x) + b)
}

/** NaN stays NaN. */
function clamp(x: number, low: number, high: number): number {
  return x < low ? low : x > high ? high : x
}

function nearest(x: number): number {
  return fround(fround(x + ROUNDING) - ROUNDING)
}

function powerOfTwo(n: number): number {
  bits[0] = (n + 127) << 23
  return floats[0]!
}
