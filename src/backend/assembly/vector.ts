/**
 * Four float32 lanes: the few helpers that every kernel family shares.
 *
 * Pointers are byte offsets into the one memory that JavaScript owns and imports here. A kernel may
 * read up to 16 bytes past the end of an operand (the arena is padded), so a tail is loaded whole;
 * it must never write past the end, so a tail is stored lane by lane with `storeLanes`.
 */

/** Bytes of a float32. */
export const F32: usize = 4
/** Bytes of a v128. */
export const V128: usize = 16

@inline export function zero(): v128 {
  return f32x4.splat(0)
}

/** Stores the first `count` (1 to 3) lanes of `value`. */
@inline export function storeLanes(target: usize, value: v128, count: i32): void {
  if (count & 2) {
    v128.store64_lane(target, value, 0)
    if (count & 1) v128.store32_lane(target, value, 2, 8)
  } else {
    v128.store32_lane(target, value, 0)
  }
}

/** Stores a whole vector, or its first `count` lanes where fewer than four are left. */
@inline export function storeUpTo4(target: usize, value: v128, count: i32): void {
  if (count >= 4) v128.store(target, value)
  else storeLanes(target, value, count)
}

/** Where `mask` is all ones `a`, elsewhere `b`. */
@inline export function select4(mask: v128, a: v128, b: v128): v128 {
  return v128.bitselect(a, b, mask)
}

/** 1 where x > 0, else 0; NaN stays NaN (the derivative of ReLU as tfjs's Step gives it). */
@inline export function step4(x: v128): v128 {
  const one = v128.and(f32x4.gt(x, zero()), f32x4.splat(1))
  return v128.or(one, v128.and(f32x4.ne(x, x), x))
}

/** max(x, 0) that keeps NaN and turns -0 into +0, as Math.max(0, x) does. */
@inline export function relu4(x: v128): v128 {
  return f32x4.add(f32x4.pmax(x, zero()), zero())
}

/** Lanes 0 and 1 of two vectors, alternating: the first half of a 4×4 transpose. */
@inline export function interleaveLow(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 0, 4, 1, 5)
}

/** As `interleaveLow`, for lanes 2 and 3. */
@inline export function interleaveHigh(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 2, 6, 3, 7)
}

/** The low halves of two vectors side by side. */
@inline export function joinLow(a: v128, b: v128): v128 {
  return v128.shuffle<f64>(a, b, 0, 2)
}

/** The high halves of two vectors side by side. */
@inline export function joinHigh(a: v128, b: v128): v128 {
  return v128.shuffle<f64>(a, b, 1, 3)
}
