/**
 * Sine and cosine that give the same bits on every engine: FreeBSD's msun, as @stdlib ports it.
 * Angles below 9π/4 are worked out here, with the same operations in the same order and so the same
 * bits, but without @stdlib's look at the bits of x and its calls, which engines do not inline: a
 * step of CartPole or of MountainCar takes two thirds of the time. All other angles are @stdlib's.
 *
 * Source: FreeBSD `lib/msun/src/k_sin.c`, `k_cos.c`, `e_rem_pio2.c` (Sun Microsystems 1993).
 */

import stdlibCos from '@stdlib/math-base-special-cos'
import stdlibSin from '@stdlib/math-base-special-sin'

// Where the nearest multiple of π/2 changes: π/4, 3π/4, 5π/4, 7π/4, 9π/4, each rounded up to 20 bits
// after the first, as msun compares high words. Below the first the polynomials hold as they are.
const SMALL = 0.785_398_483_276_367_2
const TO_FIRST = 2.356_195_449_829_101_6
const TO_SECOND = 3.926_992_416_381_836
const TO_THIRD = 5.497_791_290_283_203
const TO_FOURTH = 7.068_588_256_835_937_5
/** So near a multiple of π/2, π/2 needs more digits than these two numbers have. */
const NEAR = 2 ** -16
const HALF_PI_HEAD = 1.5707963267341256
const HALF_PI_TAIL = 6.077100506506192e-11

// sin x = x + S1 x³ + … + S6 x¹³
const S1 = -0.16666666666666632
const S2 = 0.00833333333332249
const S3 = -0.0001984126982985795
const S4 = 2.7557313707070068e-6
const S5 = -2.5050760253406863e-8
const S6 = 1.58969099521155e-10

// cos x = 1 - x²/2 + C1 x⁴ + … + C6 x¹⁴
const C1 = 0.0416666666666666
const C2 = -0.001388888888887411
const C3 = 2.480158728947673e-5
const C4 = -2.7557314351390663e-7
const C5 = 2.087572321298175e-9
const C6 = -1.1359647557788195e-11

/** @param x rad. */
export function sin(x: number): number {
  const angle = Math.abs(x)
  if (angle < SMALL) return x === 0 ? x : sinOf(x, 0) // of -0 it is -0
  if (!(angle < TO_FOURTH)) return stdlibSin(x)
  const quarters = nearestQuarter(angle)
  const rest = angle - quarters * HALF_PI_HEAD
  const head = rest - quarters * HALF_PI_TAIL
  if (Math.abs(head) < NEAR) return stdlibSin(x)
  const tail = rest - head - quarters * HALF_PI_TAIL
  const value = quarters === 1 || quarters === 3 ? cosOf(head, tail) : sinOf(head, tail)
  const turned = quarters === 2 || quarters === 3
  return turned === x < 0 ? value : -value
}

/** @param x rad. */
export function cos(x: number): number {
  const angle = Math.abs(x)
  if (angle < SMALL) return cosOf(x, 0)
  if (!(angle < TO_FOURTH)) return stdlibCos(x)
  const quarters = nearestQuarter(angle)
  const rest = angle - quarters * HALF_PI_HEAD
  const head = rest - quarters * HALF_PI_TAIL
  if (Math.abs(head) < NEAR) return stdlibCos(x)
  const tail = rest - head - quarters * HALF_PI_TAIL
  const value = quarters === 1 || quarters === 3 ? sinOf(head, tail) : cosOf(head, tail)
  return quarters === 1 || quarters === 2 ? -value : value
}

/** The multiple of π/2 nearest to an angle from π/4 to 9π/4: 1 to 4. */
function nearestQuarter(angle: number): number {
  if (angle < TO_SECOND) return angle < TO_FIRST ? 1 : 2
  return angle < TO_THIRD ? 3 : 4
}

/** sin(x + tail), |x| ≤ π/4. */
function sinOf(x: number, tail: number): number {
  const z = x * x
  const w = z * z
  const r = S2 + z * (S3 + z * S4) + z * w * (S5 + z * S6)
  const v = z * x
  return tail === 0 ? x + v * (S1 + z * r) : x - (z * (0.5 * tail - v * r) - tail - v * S1)
}

/** cos(x + tail), |x| ≤ π/4. */
function cosOf(x: number, tail: number): number {
  const z = x * x
  const w = z * z
  const r = z * (C1 + z * (C2 + z * C3)) + w * w * (C4 + z * (C5 + z * C6))
  const half = 0.5 * z
  const head = 1 - half
  return head + (1 - head - half + (z * r - x * tail)) // and what rounding took from the head
}
