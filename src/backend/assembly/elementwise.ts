/**
 * Elementwise kernels: unary and binary arithmetic, gradients of activations, comparisons, logic,
 * selection and casts. Each operation is one generic loop, inlined with a constant operation and
 * unrolled four vectors deep where the operation is cheap.
 *
 * Broadcasting: a binary kernel walks `rows` of `cols`. `mode` says whether a row of an operand is a
 * vector or one scalar, and a row stride of 0 repeats it: that covers equal shapes and scalars (one
 * row), [M,N] with [N] (stride 0) and [M,N] with [M,1] (a scalar per row). The caller reduces other
 * broadcasts to these. An output may be one of its inputs.
 *
 * Special values follow tfjs's cpu backend: comparisons with NaN are false, max and min keep NaN,
 * sign(NaN) is 0, round is half to even. sin, cos, tan and pow, which agents rarely need, are
 * AssemblyScript's own software routines, one lane at a time; the trigonometric ones in double
 * precision, because 0.28.20's float32 reduction is wrong for large arguments (sin at 1.2e27).
 */
import { clamp4, exp4, expm14, log1p4, log4, sigmoid4, softplus4, tanh4 } from './transcendental'
import { F32, relu4, select4, step4, storeLanes, zero } from './vector'

// Unary operations. Those from UNARY_EXP on cost more than the loop around them and are not unrolled.
export const UNARY_RELU: i32 = 0
export const UNARY_RELU6: i32 = 1
export const UNARY_NEG: i32 = 2
export const UNARY_ABS: i32 = 3
export const UNARY_SQRT: i32 = 4
export const UNARY_RSQRT: i32 = 5
export const UNARY_SQUARE: i32 = 6
export const UNARY_RECIPROCAL: i32 = 7
export const UNARY_SIGN: i32 = 8
export const UNARY_FLOOR: i32 = 9
export const UNARY_CEIL: i32 = 10
export const UNARY_ROUND: i32 = 11
export const UNARY_STEP: i32 = 12 // x > 0 ? 1 : p
export const UNARY_CLIP: i32 = 13 // within [p, q]
export const UNARY_LEAKY_RELU: i32 = 14 // x < 0 ? p x : x
export const UNARY_LINEAR: i32 = 15 // p x + q
export const UNARY_EXP: i32 = 16
export const UNARY_EXPM1: i32 = 17
export const UNARY_LOG: i32 = 18
export const UNARY_LOG1P: i32 = 19
export const UNARY_TANH: i32 = 20
export const UNARY_SIGMOID: i32 = 21
export const UNARY_ELU: i32 = 22
export const UNARY_SOFTPLUS: i32 = 23
export const UNARY_SIN: i32 = 24
export const UNARY_COS: i32 = 25
export const UNARY_TAN: i32 = 26

export const BINARY_ADD: i32 = 0
export const BINARY_SUB: i32 = 1
export const BINARY_MUL: i32 = 2
export const BINARY_DIV: i32 = 3
export const BINARY_MAX: i32 = 4
export const BINARY_MIN: i32 = 5
export const BINARY_SQUARED_DIFFERENCE: i32 = 6
export const BINARY_POW: i32 = 7

export const COMPARE_EQUAL: i32 = 0
export const COMPARE_NOT_EQUAL: i32 = 1
export const COMPARE_LESS: i32 = 2
export const COMPARE_LESS_EQUAL: i32 = 3
export const COMPARE_GREATER: i32 = 4
export const COMPARE_GREATER_EQUAL: i32 = 5

export const LOGICAL_AND: i32 = 0
export const LOGICAL_OR: i32 = 1
export const LOGICAL_NOT: i32 = 2

/** Gradients of activations, by the activation's own output y. */
export const GRADIENT_RELU: i32 = 0 // dy step(y)
export const GRADIENT_TANH: i32 = 1 // dy (1 - y²)
export const GRADIENT_SIGMOID: i32 = 2 // dy (y (1 - y))
export const GRADIENT_ELU: i32 = 3 // y >= 0 ? dy : dy (y + 1)

/** What one row of the two operands is. */
export const MODE_VECTOR_VECTOR: i32 = 0
export const MODE_VECTOR_SCALAR: i32 = 1
export const MODE_SCALAR_VECTOR: i32 = 2

/** y[n] = op(x[n]); `p` and `q` are the parameters of the operations that name them. */
export function unary(op: i32, x: usize, y: usize, n: i32, p: f32, q: f32): void {
  switch (op) {
    case UNARY_RELU: return map(UNARY_RELU, x, y, n, p, q)
    case UNARY_RELU6: return map(UNARY_RELU6, x, y, n, p, q)
    case UNARY_NEG: return map(UNARY_NEG, x, y, n, p, q)
    case UNARY_ABS: return map(UNARY_ABS, x, y, n, p, q)
    case UNARY_SQRT: return map(UNARY_SQRT, x, y, n, p, q)
    case UNARY_RSQRT: return map(UNARY_RSQRT, x, y, n, p, q)
    case UNARY_SQUARE: return map(UNARY_SQUARE, x, y, n, p, q)
    case UNARY_RECIPROCAL: return map(UNARY_RECIPROCAL, x, y, n, p, q)
    case UNARY_SIGN: return map(UNARY_SIGN, x, y, n, p, q)
    case UNARY_FLOOR: return map(UNARY_FLOOR, x, y, n, p, q)
    case UNARY_CEIL: return map(UNARY_CEIL, x, y, n, p, q)
    case UNARY_ROUND: return map(UNARY_ROUND, x, y, n, p, q)
    case UNARY_STEP: return map(UNARY_STEP, x, y, n, p, q)
    case UNARY_CLIP: return map(UNARY_CLIP, x, y, n, p, q)
    case UNARY_LEAKY_RELU: return map(UNARY_LEAKY_RELU, x, y, n, p, q)
    case UNARY_LINEAR: return map(UNARY_LINEAR, x, y, n, p, q)
    case UNARY_EXP: return map(UNARY_EXP, x, y, n, p, q)
    case UNARY_EXPM1: return map(UNARY_EXPM1, x, y, n, p, q)
    case UNARY_LOG: return map(UNARY_LOG, x, y, n, p, q)
    case UNARY_LOG1P: return map(UNARY_LOG1P, x, y, n, p, q)
    case UNARY_TANH: return map(UNARY_TANH, x, y, n, p, q)
    case UNARY_SIGMOID: return map(UNARY_SIGMOID, x, y, n, p, q)
    case UNARY_ELU: return map(UNARY_ELU, x, y, n, p, q)
    case UNARY_SOFTPLUS: return map(UNARY_SOFTPLUS, x, y, n, p, q)
    default: mapScalars(op, x, y, n)
  }
}

/** y[rows,cols] = a op b; `mode` and the row strides in bytes say how the operands broadcast. */
export function binary(
  op: i32, mode: i32, a: usize, b: usize, y: usize, rows: i32, cols: i32, aRow: usize, bRow: usize,
): void {
  switch (op) {
    case BINARY_ADD: return zipRows(BINARY_ADD, mode, a, b, y, rows, cols, aRow, bRow)
    case BINARY_SUB: return zipRows(BINARY_SUB, mode, a, b, y, rows, cols, aRow, bRow)
    case BINARY_MUL: return zipRows(BINARY_MUL, mode, a, b, y, rows, cols, aRow, bRow)
    case BINARY_DIV: return zipRows(BINARY_DIV, mode, a, b, y, rows, cols, aRow, bRow)
    case BINARY_MAX: return zipRows(BINARY_MAX, mode, a, b, y, rows, cols, aRow, bRow)
    case BINARY_MIN: return zipRows(BINARY_MIN, mode, a, b, y, rows, cols, aRow, bRow)
    case BINARY_SQUARED_DIFFERENCE:
      return zipRows(BINARY_SQUARED_DIFFERENCE, mode, a, b, y, rows, cols, aRow, bRow)
    default: powRows(mode, a, b, y, rows, cols, aRow, bRow)
  }
}

/** As `binary`; y holds one byte per element, 1 for true. */
export function compare(
  op: i32, mode: i32, a: usize, b: usize, y: usize, rows: i32, cols: i32, aRow: usize, bRow: usize,
): void {
  switch (op) {
    case COMPARE_EQUAL: return compareRows(COMPARE_EQUAL, mode, a, b, y, rows, cols, aRow, bRow)
    case COMPARE_NOT_EQUAL: return compareRows(COMPARE_NOT_EQUAL, mode, a, b, y, rows, cols, aRow, bRow)
    case COMPARE_LESS: return compareRows(COMPARE_LESS, mode, a, b, y, rows, cols, aRow, bRow)
    case COMPARE_LESS_EQUAL: return compareRows(COMPARE_LESS_EQUAL, mode, a, b, y, rows, cols, aRow, bRow)
    case COMPARE_GREATER: return compareRows(COMPARE_GREATER, mode, a, b, y, rows, cols, aRow, bRow)
    default: compareRows(COMPARE_GREATER_EQUAL, mode, a, b, y, rows, cols, aRow, bRow)
  }
}

/** dx[n] = the gradient of an activation with output y[n]. */
export function activationGradient(op: i32, dy: usize, y: usize, dx: usize, n: i32): void {
  switch (op) {
    case GRADIENT_RELU: return gradientLoop(GRADIENT_RELU, dy, y, dx, n)
    case GRADIENT_TANH: return gradientLoop(GRADIENT_TANH, dy, y, dx, n)
    case GRADIENT_SIGMOID: return gradientLoop(GRADIENT_SIGMOID, dy, y, dx, n)
    default: gradientLoop(GRADIENT_ELU, dy, y, dx, n)
  }
}

/** y[n] = a[n] op b[n] on booleans of one byte, 0 or 1; `b` is not read by LOGICAL_NOT. */
export function logical(op: i32, a: usize, b: usize, y: usize, n: i32): void {
  for (let i: usize = 0, end = <usize>n; i < end; i++) {
    const x = load<u8>(a + i)
    if (op == LOGICAL_NOT) store<u8>(y + i, x ^ 1)
    else store<u8>(y + i, op == LOGICAL_AND ? x & load<u8>(b + i) : x | load<u8>(b + i))
  }
}

/** y[n] = condition[n] (one byte) ? a[n] : b[n]. */
export function select(condition: usize, a: usize, b: usize, y: usize, n: i32): void {
  for (; n >= 4; n -= 4, condition += 4, a += 16, b += 16, y += 16) {
    v128.store(y, selectBytes(condition, a, b))
  }
  if (n) storeLanes(y, selectBytes(condition, a, b), n)
}

/** y[n] = 1 or 0 as float32 for booleans of one byte. */
export function boolToFloat(x: usize, y: usize, n: i32): void {
  for (; n >= 4; n -= 4, x += 4, y += 16) v128.store(y, f32x4.convert_i32x4_s(widen(x)))
  if (n) storeLanes(y, f32x4.convert_i32x4_s(widen(x)), n)
}

/** y[n] = x[n], int32 to float32. */
export function intToFloat(x: usize, y: usize, n: i32): void {
  for (; n >= 4; n -= 4, x += 16, y += 16) v128.store(y, f32x4.convert_i32x4_s(v128.load(x)))
  if (n) storeLanes(y, f32x4.convert_i32x4_s(v128.load(x)), n)
}

// ---- unary ----

@inline function map(op: i32, x: usize, y: usize, n: i32, p: f32, q: f32): void {
  if (op < UNARY_EXP) {
    for (; n >= 16; n -= 16, x += 64, y += 64) {
      const r0 = apply(op, v128.load(x), p, q)
      const r1 = apply(op, v128.load(x, 16), p, q)
      const r2 = apply(op, v128.load(x, 32), p, q)
      const r3 = apply(op, v128.load(x, 48), p, q)
      v128.store(y, r0)
      v128.store(y, r1, 16)
      v128.store(y, r2, 32)
      v128.store(y, r3, 48)
    }
  }
  for (; n > 0; n -= 4, x += 16, y += 16) {
    const r = apply(op, v128.load(x), p, q)
    if (n >= 4) v128.store(y, r)
    else storeLanes(y, r, n)
  }
}

@inline function apply(op: i32, x: v128, p: f32, q: f32): v128 {
  if (op == UNARY_RELU) return relu4(x)
  if (op == UNARY_RELU6) return f32x4.pmin(relu4(x), f32x4.splat(6))
  if (op == UNARY_NEG) return f32x4.neg(x)
  if (op == UNARY_ABS) return f32x4.abs(x)
  if (op == UNARY_SQRT) return f32x4.sqrt(x)
  if (op == UNARY_RSQRT) return f32x4.div(f32x4.splat(1), f32x4.sqrt(x))
  if (op == UNARY_SQUARE) return f32x4.mul(x, x)
  if (op == UNARY_RECIPROCAL) return f32x4.div(f32x4.splat(1), x)
  if (op == UNARY_SIGN) return sign4(x)
  if (op == UNARY_FLOOR) return f32x4.floor(x)
  if (op == UNARY_CEIL) return f32x4.ceil(x)
  if (op == UNARY_ROUND) return f32x4.nearest(x)
  if (op == UNARY_STEP) return v128.or(step4(x), v128.and(f32x4.le(x, zero()), f32x4.splat(p)))
  if (op == UNARY_CLIP) return clamp4(x, p, q)
  if (op == UNARY_LEAKY_RELU) return select4(f32x4.lt(x, zero()), f32x4.mul(x, f32x4.splat(p)), x)
  if (op == UNARY_LINEAR) return f32x4.add(f32x4.mul(x, f32x4.splat(p)), f32x4.splat(q))
  if (op == UNARY_EXP) return exp4(x)
  if (op == UNARY_EXPM1) return expm14(x)
  if (op == UNARY_LOG) return log4(x)
  if (op == UNARY_LOG1P) return log1p4(x)
  if (op == UNARY_TANH) return tanh4(x)
  if (op == UNARY_SIGMOID) return sigmoid4(x)
  if (op == UNARY_ELU) return select4(f32x4.ge(x, zero()), x, expm14(x))
  return softplus4(x)
}

@inline function sign4(x: v128): v128 {
  const positive = v128.and(f32x4.gt(x, zero()), f32x4.splat(1))
  return v128.or(positive, v128.and(f32x4.lt(x, zero()), f32x4.splat(-1)))
}

function mapScalars(op: i32, x: usize, y: usize, n: i32): void {
  for (let end = x + <usize>n * F32; x != end; x += F32, y += F32) {
    const value = load<f32>(x)
    if (op == UNARY_SIN) store<f32>(y, <f32>Math.sin(value))
    else if (op == UNARY_COS) store<f32>(y, <f32>Math.cos(value))
    else store<f32>(y, <f32>Math.tan(value))
  }
}

// ---- binary ----

@inline function zipRows(
  op: i32, mode: i32, a: usize, b: usize, y: usize, rows: i32, cols: i32, aRow: usize, bRow: usize,
): void {
  const yRow = <usize>cols * F32
  for (; rows > 0; rows--, a += aRow, b += bRow, y += yRow) {
    if (mode == MODE_VECTOR_VECTOR) zip(op, MODE_VECTOR_VECTOR, a, b, y, cols)
    else if (mode == MODE_VECTOR_SCALAR) zip(op, MODE_VECTOR_SCALAR, a, b, y, cols)
    else zip(op, MODE_SCALAR_VECTOR, a, b, y, cols)
  }
}

@inline function zip(op: i32, mode: i32, a: usize, b: usize, y: usize, n: i32): void {
  // Read before the first store: y may be the scalar's own place.
  const scalar = v128.load32_splat(mode == MODE_SCALAR_VECTOR ? a : b)
  for (; n >= 16; n -= 16, a += 64, b += 64, y += 64) {
    const r0 = pair(op, mode, a, b, scalar)
    const r1 = pair(op, mode, a + 16, b + 16, scalar)
    const r2 = pair(op, mode, a + 32, b + 32, scalar)
    const r3 = pair(op, mode, a + 48, b + 48, scalar)
    v128.store(y, r0)
    v128.store(y, r1, 16)
    v128.store(y, r2, 32)
    v128.store(y, r3, 48)
  }
  for (; n > 0; n -= 4, a += 16, b += 16, y += 16) {
    const r = pair(op, mode, a, b, scalar)
    if (n >= 4) v128.store(y, r)
    else storeLanes(y, r, n)
  }
}

@inline function pair(op: i32, mode: i32, a: usize, b: usize, scalar: v128): v128 {
  if (mode == MODE_VECTOR_SCALAR) return combine(op, v128.load(a), scalar)
  if (mode == MODE_SCALAR_VECTOR) return combine(op, scalar, v128.load(b))
  return combine(op, v128.load(a), v128.load(b))
}

@inline function combine(op: i32, x: v128, y: v128): v128 {
  if (op == BINARY_ADD) return f32x4.add(x, y)
  if (op == BINARY_SUB) return f32x4.sub(x, y)
  if (op == BINARY_MUL) return f32x4.mul(x, y)
  if (op == BINARY_DIV) return f32x4.div(x, y)
  if (op == BINARY_MAX) return f32x4.max(x, y)
  if (op == BINARY_MIN) return f32x4.min(x, y)
  const difference = f32x4.sub(x, y)
  return f32x4.mul(difference, difference)
}

function powRows(
  mode: i32, a: usize, b: usize, y: usize, rows: i32, cols: i32, aRow: usize, bRow: usize,
): void {
  const aStep: usize = mode == MODE_SCALAR_VECTOR ? 0 : F32
  const bStep: usize = mode == MODE_VECTOR_SCALAR ? 0 : F32
  for (; rows > 0; rows--, a += aRow, b += bRow) {
    let x = a, exponent = b
    for (let i = 0; i < cols; i++, x += aStep, exponent += bStep, y += F32) {
      store<f32>(y, pow(load<f32>(x), load<f32>(exponent)))
    }
  }
}

/** JavaScript's pow, where C's knows no NaN: 1 to the NaN, ±1 to the ±Infinity. */
function pow(base: f32, exponent: f32): f32 {
  if (isNaN(exponent) || (abs(base) == 1 && abs(exponent) == Infinity)) return NaN
  return Mathf.pow(base, exponent)
}

// ---- comparisons and gradients ----

@inline function compareRows(
  op: i32, mode: i32, a: usize, b: usize, y: usize, rows: i32, cols: i32, aRow: usize, bRow: usize,
): void {
  const aStep: usize = mode == MODE_SCALAR_VECTOR ? 0 : F32
  const bStep: usize = mode == MODE_VECTOR_SCALAR ? 0 : F32
  for (; rows > 0; rows--, a += aRow, b += bRow) {
    let x = a, z = b, n = cols
    if (mode == MODE_VECTOR_VECTOR) {
      for (; n >= 16; n -= 16, x += 64, z += 64, y += 16) v128.store(y, compare16(op, x, z))
    }
    for (; n > 0; n--, x += aStep, z += bStep, y++) {
      store<u8>(y, <u8>holds(op, load<f32>(x), load<f32>(z)))
    }
  }
}

/** Sixteen comparisons as sixteen bytes of 0 or 1. */
@inline function compare16(op: i32, a: usize, b: usize): v128 {
  const m0 = holds4(op, v128.load(a), v128.load(b))
  const m1 = holds4(op, v128.load(a, 16), v128.load(b, 16))
  const m2 = holds4(op, v128.load(a, 32), v128.load(b, 32))
  const m3 = holds4(op, v128.load(a, 48), v128.load(b, 48))
  const bytes = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(m0, m1), i16x8.narrow_i32x4_s(m2, m3))
  return v128.and(bytes, i8x16.splat(1))
}

@inline function holds4(op: i32, x: v128, y: v128): v128 {
  if (op == COMPARE_EQUAL) return f32x4.eq(x, y)
  if (op == COMPARE_NOT_EQUAL) return f32x4.ne(x, y)
  if (op == COMPARE_LESS) return f32x4.lt(x, y)
  if (op == COMPARE_LESS_EQUAL) return f32x4.le(x, y)
  if (op == COMPARE_GREATER) return f32x4.gt(x, y)
  return f32x4.ge(x, y)
}

@inline function holds(op: i32, x: f32, y: f32): bool {
  if (op == COMPARE_EQUAL) return x == y
  if (op == COMPARE_NOT_EQUAL) return x != y
  if (op == COMPARE_LESS) return x < y
  if (op == COMPARE_LESS_EQUAL) return x <= y
  if (op == COMPARE_GREATER) return x > y
  return x >= y
}

@inline function gradientLoop(op: i32, dy: usize, y: usize, dx: usize, n: i32): void {
  for (; n >= 4; n -= 4, dy += 16, y += 16, dx += 16) {
    v128.store(dx, derive(op, v128.load(dy), v128.load(y)))
  }
  if (n) storeLanes(dx, derive(op, v128.load(dy), v128.load(y)), n)
}

@inline function derive(op: i32, dy: v128, y: v128): v128 {
  const one = f32x4.splat(1)
  if (op == GRADIENT_RELU) return f32x4.mul(dy, step4(y))
  if (op == GRADIENT_TANH) return f32x4.mul(dy, f32x4.sub(one, f32x4.mul(y, y)))
  if (op == GRADIENT_SIGMOID) return f32x4.mul(dy, f32x4.mul(y, f32x4.sub(one, y)))
  return select4(f32x4.ge(y, zero()), dy, f32x4.mul(dy, f32x4.add(y, one)))
}

/** Four booleans of one byte as four int32. */
@inline function widen(x: usize): v128 {
  return i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(x)))
}

@inline function selectBytes(condition: usize, a: usize, b: usize): v128 {
  const mask = i32x4.ne(widen(condition), zero())
  return select4(mask, v128.load(a), v128.load(b))
}
