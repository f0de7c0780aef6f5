/**
 * exp, expm1, log, log1p, tanh, sigmoid and softplus on four float32 lanes, in float32 arithmetic
 * without fma: the same bits on every machine, and within 2 units of the last place.
 *
 * Sources: exp after Cephes' `expf`, log and log1p after FreeBSD's `e_logf.c` and `s_log1pf.c`
 * (Sun Microsystems), the branches turned into selects. NaN, ±Infinity, ±0 and denormals give what
 * the double-precision function rounded to float32 gives.
 */
import { select4, zero } from './vector'

const LOG2_E: f32 = 1.44269504088896341
// ln 2 in two parts. The high part has so few bits that its product with an exponent is exact.
const EXP_LN2_HIGH: f32 = 0.693359375
const EXP_LN2_LOW: f32 = -2.12194440e-4
const LOG_LN2_HIGH: f32 = 6.9313812256e-01
const LOG_LN2_LOW: f32 = 9.0580006145e-06

/** Below this exp is 0 in float32, above `EXP_MAX` it is Infinity. */
const EXP_MIN: f32 = -104
const EXP_MAX: f32 = 89
/** Below this expm1 is -1 in float32. */
const EXPM1_MIN: f32 = -18
/** |x| below this: expm1(x) = log1p(x) = x in float32, the sign of zero included. */
const TINY: f32 = 1e-8

const MIN_NORMAL: f32 = 1.17549435e-38
const TWO_TO_25: f32 = 33554432
/** The bits of sqrt(1/2), where mantissas are cut so that log's argument lies around 1. */
const SQRT_HALF_BITS: i32 = 0x3f3504f3
const ONE_BITS: i32 = 0x3f800000

@inline function splat(x: f32): v128 {
  return f32x4.splat(x)
}

/** a·x + b, in two roundings. */
@inline function horner(a: v128, x: v128, b: f32): v128 {
  return f32x4.add(f32x4.mul(a, x), splat(b))
}

/** x within [low, high]; NaN stays NaN. */
@inline export function clamp4(x: v128, low: f32, high: f32): v128 {
  return f32x4.pmin(f32x4.pmax(x, splat(low)), splat(high))
}

/** 2^n for exponents of normal numbers. */
@inline function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23)
}

/** x - n ln 2, for n the nearest integer to x / ln 2. */
@inline function reduceExponent(x: v128, n: v128): v128 {
  const high = f32x4.sub(x, f32x4.mul(n, splat(EXP_LN2_HIGH)))
  return f32x4.sub(high, f32x4.mul(n, splat(EXP_LN2_LOW)))
}

/** expm1(r) for |r| <= ln(2)/2. */
@inline function expm1Polynomial(r: v128): v128 {
  let p = horner(splat(1.9875691500e-4), r, 1.3981999507e-3)
  p = horner(p, r, 8.3334519073e-3)
  p = horner(p, r, 4.1665795894e-2)
  p = horner(p, r, 1.6666665459e-1)
  p = horner(p, r, 5.0000001201e-1)
  return f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), r)
}

@inline export function exp4(x: v128): v128 {
  const bounded = clamp4(x, EXP_MIN, EXP_MAX)
  const n = f32x4.nearest(f32x4.mul(bounded, splat(LOG2_E)))
  const mantissa = f32x4.add(expm1Polynomial(reduceExponent(bounded, n)), splat(1))
  // In two factors, so that both are normal where the result is denormal or overflows.
  const exponent = i32x4.trunc_sat_f32x4_s(n)
  const half = i32x4.shr_s(exponent, 1)
  const scaled = f32x4.mul(mantissa, powerOfTwo(half))
  return f32x4.mul(scaled, powerOfTwo(i32x4.sub(exponent, half)))
}

@inline export function expm14(x: v128): v128 {
  const bounded = clamp4(x, EXPM1_MIN, EXP_MAX)
  const n = f32x4.nearest(f32x4.mul(bounded, splat(LOG2_E)))
  const p = expm1Polynomial(reduceExponent(bounded, n))
  // 2^n p + (2^n - 1), all halved because 2^128 is no float32.
  const halfScale = powerOfTwo(i32x4.sub(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(1)))
  const half = f32x4.add(f32x4.mul(p, halfScale), f32x4.sub(halfScale, splat(0.5)))
  return select4(f32x4.lt(f32x4.abs(x), splat(TINY)), x, f32x4.add(half, half))
}

/** log(1 + f) - f in the parts that both logarithms add up in their own order. */
@inline function logRemainder(f: v128, halfSquare: v128): v128 {
  const s = f32x4.div(f, f32x4.add(splat(2), f))
  const z = f32x4.mul(s, s)
  const w = f32x4.mul(z, z)
  const even = f32x4.mul(w, horner(splat(0.24279078841), w, 0.40000972152))
  const odd = f32x4.mul(z, horner(splat(0.28498786688), w, 0.66666662693))
  return f32x4.mul(s, f32x4.add(halfSquare, f32x4.add(odd, even)))
}

/** The bits of x, moved so that mantissas below sqrt(1/2) count to the exponent before. */
@inline function shiftedBits(x: v128): v128 {
  return i32x4.add(x, i32x4.splat(ONE_BITS - SQRT_HALF_BITS))
}

@inline function exponentOf(shifted: v128): v128 {
  return i32x4.sub(i32x4.shr_s(shifted, 23), i32x4.splat(127))
}

/** The mantissa in [sqrt(1/2), sqrt(2)), less one. */
@inline function mantissaLessOne(shifted: v128): v128 {
  const bits = i32x4.add(v128.and(shifted, i32x4.splat(0x007fffff)), i32x4.splat(SQRT_HALF_BITS))
  return f32x4.sub(bits, splat(1))
}

/** f + k ln 2 + remainder - f²/2 + correction, smallest terms first. */
@inline function sumOfLog(f: v128, k: v128, correction: v128): v128 {
  const halfSquare = f32x4.mul(f32x4.mul(splat(0.5), f), f)
  const low = f32x4.add(f32x4.mul(k, splat(LOG_LN2_LOW)), correction)
  const small = f32x4.sub(f32x4.add(logRemainder(f, halfSquare), low), halfSquare)
  return f32x4.add(f32x4.add(small, f), f32x4.mul(k, splat(LOG_LN2_HIGH)))
}

/** The logarithm's poles and edges: -Infinity at `argument` 0, NaN below, +Infinity and NaN kept. */
@inline function edgesOfLog(argument: v128, result: v128): v128 {
  let edged = select4(f32x4.eq(argument, zero()), splat(-Infinity), result)
  edged = select4(f32x4.lt(argument, zero()), splat(NaN), edged)
  const finite = f32x4.lt(argument, splat(Infinity))
  return select4(finite, edged, argument)
}

@inline export function log4(x: v128): v128 {
  const denormal = f32x4.lt(x, splat(MIN_NORMAL))
  const normal = select4(denormal, f32x4.mul(x, splat(TWO_TO_25)), x)
  const shifted = shiftedBits(normal)
  const exponent = i32x4.sub(exponentOf(shifted), v128.and(denormal, i32x4.splat(25)))
  const result = sumOfLog(mantissaLessOne(shifted), f32x4.convert_i32x4_s(exponent), zero())
  return edgesOfLog(x, result)
}

@inline export function log1p4(x: v128): v128 {
  const u = f32x4.add(splat(1), x)
  const shifted = shiftedBits(u)
  const k = f32x4.convert_i32x4_s(exponentOf(shifted))
  // What 1 + x lost by rounding, as a first-order correction of the logarithm; nothing where x rounds to u.
  const lostOfLarge = f32x4.sub(splat(1), f32x4.sub(u, x))
  const lostOfSmall = f32x4.sub(x, f32x4.sub(u, splat(1)))
  const lost = f32x4.div(select4(f32x4.ge(k, splat(2)), lostOfLarge, lostOfSmall), u)
  const correction = v128.and(lost, f32x4.lt(k, splat(25)))
  const near = v128.and(f32x4.gt(x, splat(-0.29289)), f32x4.lt(x, splat(0.41421)))
  const f = select4(near, x, mantissaLessOne(shifted))
  const result = sumOfLog(f, v128.andnot(k, near), v128.andnot(correction, near))
  return select4(f32x4.lt(f32x4.abs(x), splat(TINY)), x, edgesOfLog(u, result))
}

/** By expm1, so that small arguments keep their relative precision. */
@inline export function tanh4(x: v128): v128 {
  const t = expm14(f32x4.mul(f32x4.abs(x), splat(-2)))
  const magnitude = f32x4.div(f32x4.neg(t), f32x4.add(splat(2), t))
  const signBit = i32x4.splat(0x80000000)
  return v128.or(v128.andnot(magnitude, signBit), v128.and(x, signBit))
}

/** By exp(-|x|), which cannot overflow: large negative arguments keep their denormal results. */
@inline export function sigmoid4(x: v128): v128 {
  const e = exp4(f32x4.neg(f32x4.abs(x)))
  const numerator = select4(f32x4.ge(x, zero()), splat(1), e)
  return f32x4.div(numerator, f32x4.add(splat(1), e))
}

/** max(x, 0) + log1p(exp(-|x|)). */
@inline export function softplus4(x: v128): v128 {
  return f32x4.add(f32x4.pmax(x, zero()), log1p4(exp4(f32x4.neg(f32x4.abs(x)))))
}
