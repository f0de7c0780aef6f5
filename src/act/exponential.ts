/**
 * exp in double precision with the bits of @stdlib's, which agents take: the same operations in the same order, for as
 * long as the result is a normal number; standard deviations are.
 *
 * Source: FreeBSD `lib/msun/src/e_exp.c` (Sun Microsystems 1993), as @stdlib ports it.
 */
const LN2_HIGH = 6.9314718036912382e-1
const LN2_LOW = 1.9082149292705877e-10
const LOG2_E = 1.442695040888963387
const NEAR_ZERO = 2 ** -28

/** @param x above −708 and below 709, as every logarithm of a float32 is */
export function exp(x: number): number {
  if (Math.abs(x) < NEAR_ZERO) return 1 + x
  const k = Math.trunc(x < 0 ? LOG2_E * x - 0.5 : LOG2_E * x + 0.5)
  const high = x - k * LN2_HIGH
  const low = k * LN2_LOW
  const r = high - low
  const t = r * r
  const terms =
    0.16666666666666602 +
    t *
      (-0.0027777777777015593 +
        t * (0.00006613756321437934 + t * (-0.0000016533902205465252 + t * 4.1381367970572385e-8)))
  const c = r - t * terms
  return (1 - (low - (r * c) / (2 - c) - high)) * 2 ** k
}
