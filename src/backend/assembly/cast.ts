/** Casts from float32 and from bool to int32. Casts to float32 are in elementwise.ts. */

const TWO_TO_THE_63: f32 = 9223372036854775808.0

/** y[n] (int32) = x[n] truncated, modulo 2^32 as in JavaScript; 0 for what is not finite. */
export function floatToInt(x: usize, y: usize, n: i32): void {
  for (; n > 0; n--, x += 4, y += 4) {
    const value = load<f32>(x)
    // From 2^63 on, float32 has multiples of 2^32 only.
    store<i32>(y, abs(value) < TWO_TO_THE_63 ? <i32>(<i64>value) : 0)
  }
}

/** y[n] (one byte) = x[n] != 0; NaN is true. */
export function floatToBool(x: usize, y: usize, n: i32): void {
  for (; n > 0; n--, x += 4, y++) store<u8>(y, u8(load<f32>(x) != 0))
}

/** y[n] (int32) = x[n] of one byte. */
export function boolToInt(x: usize, y: usize, n: i32): void {
  for (; n > 0; n--, x++, y += 4) store<i32>(y, load<u8>(x))
}
