/**
 * Reductions over the inner or the outer axis of [outer, inner]: sum, mean, product, maximum,
 * minimum, argMax, argMin, all, any; softmax, log-softmax and their gradients.
 *
 * Every result is one chain in ascending order, as in `matmul`, so that a row's sum depends neither
 * on how many rows there are nor on its place. Speed therefore comes from reducing four rows (inner)
 * or sixteen columns (outer) side by side, never from splitting a chain; a full sum is one chain.
 *
 * NaN as in tfjs's cpu backend: it wins a maximum or minimum, and it is ignored by argMax and argMin
 * unless it comes first, where it stays. Softmax is composed of the kernels that eager tfjs would
 * call, in their order, so that it has their bits.
 */
import { BINARY_DIV, BINARY_MUL, BINARY_SUB, MODE_VECTOR_SCALAR, MODE_VECTOR_VECTOR, UNARY_EXP, UNARY_LOG, binary, unary } from './elementwise'
import { F32, interleaveHigh, interleaveLow, joinHigh, joinLow, storeLanes } from './vector'

export const REDUCE_SUM: i32 = 0
export const REDUCE_MEAN: i32 = 1
export const REDUCE_PROD: i32 = 2
export const REDUCE_MAX: i32 = 3
export const REDUCE_MIN: i32 = 4

export const ARG_MAX: i32 = 0
export const ARG_MIN: i32 = 1

export const BOOL_ALL: i32 = 0
export const BOOL_ANY: i32 = 1

/** y[outer] = x[outer, inner] reduced over its inner axis. */
export function reduceInner(op: i32, x: usize, y: usize, outer: i32, inner: i32): void {
  switch (op) {
    case REDUCE_PROD: return foldInner(REDUCE_PROD, x, y, outer, inner)
    case REDUCE_MAX: return foldInner(REDUCE_MAX, x, y, outer, inner)
    case REDUCE_MIN: return foldInner(REDUCE_MIN, x, y, outer, inner)
    default: foldInner(REDUCE_SUM, x, y, outer, inner)
  }
  if (op == REDUCE_MEAN) divide(y, outer, inner)
}

/** y[inner] = x[outer, inner] reduced over its outer axis. */
export function reduceOuter(op: i32, x: usize, y: usize, outer: i32, inner: i32): void {
  switch (op) {
    case REDUCE_PROD: return foldOuter(REDUCE_PROD, x, y, outer, inner)
    case REDUCE_MAX: return foldOuter(REDUCE_MAX, x, y, outer, inner)
    case REDUCE_MIN: return foldOuter(REDUCE_MIN, x, y, outer, inner)
    default: foldOuter(REDUCE_SUM, x, y, outer, inner)
  }
  if (op == REDUCE_MEAN) divide(y, inner, outer)
}

/**
 * y[count] (int32) = the first index of the greatest or least of `length` numbers that lie `step`
 * bytes apart, for vectors that begin `row` bytes apart: either axis.
 */
export function argReduce(op: i32, x: usize, y: usize, count: i32, length: i32, row: usize, step: usize): void {
  for (; count > 0; count--, x += row, y += 4) {
    store<i32>(y, op == ARG_MAX ? argBest(ARG_MAX, x, length, step) : argBest(ARG_MIN, x, length, step))
  }
}

/** y[count] = all or any of `length` booleans of one byte; strides in bytes as in `argReduce`. */
export function boolReduce(op: i32, x: usize, y: usize, count: i32, length: i32, row: usize, step: usize): void {
  for (; count > 0; count--, x += row, y++) {
    let result: u8 = op == BOOL_ALL ? 1 : 0
    for (let i = 0, at = x; i < length; i++, at += step) {
      result = op == BOOL_ALL ? result & load<u8>(at) : result | load<u8>(at)
    }
    store<u8>(y, result)
  }
}

/** y[outer, inner] = softmax over the inner axis. `scratch` has room for [outer]. */
export function softmax(x: usize, y: usize, outer: i32, inner: i32, scratch: usize): void {
  shiftByMaximum(x, y, outer, inner, scratch)
  unary(UNARY_EXP, y, y, outer * inner, 0, 0)
  reduceInner(REDUCE_SUM, y, scratch, outer, inner)
  perRow(BINARY_DIV, y, scratch, outer, inner)
}

/** y[outer, inner] = log of the softmax over the inner axis. `scratch` has room for [outer] and [outer, inner]. */
export function logSoftmax(x: usize, y: usize, outer: i32, inner: i32, scratch: usize): void {
  const exponentials = scratch + <usize>outer * F32
  shiftByMaximum(x, y, outer, inner, scratch)
  unary(UNARY_EXP, y, exponentials, outer * inner, 0, 0)
  reduceInner(REDUCE_SUM, exponentials, scratch, outer, inner)
  unary(UNARY_LOG, scratch, scratch, outer, 0, 0)
  perRow(BINARY_SUB, y, scratch, outer, inner)
}

/** dx = dy y - (Σ dy y) y, for y = softmax. `scratch` has room for [outer]; dx must not be dy or y. */
export function softmaxGradient(dy: usize, y: usize, dx: usize, outer: i32, inner: i32, scratch: usize): void {
  binary(BINARY_MUL, MODE_VECTOR_VECTOR, dy, y, dx, 1, outer * inner, 0, 0)
  reduceInner(REDUCE_SUM, dx, scratch, outer, inner)
  subtractScaled(dx, scratch, y, dx, outer, inner)
}

/** dx = dy - (Σ dy) exp(y), for y = log-softmax. `scratch` has room for [outer]; dx must not be dy. */
export function logSoftmaxGradient(dy: usize, y: usize, dx: usize, outer: i32, inner: i32, scratch: usize): void {
  reduceInner(REDUCE_SUM, dy, scratch, outer, inner)
  unary(UNARY_EXP, y, dx, outer * inner, 0, 0)
  subtractScaled(dy, scratch, dx, dx, outer, inner)
}

// ---- chains ----

@inline function start(op: i32): f32 {
  if (op == REDUCE_PROD) return 1
  if (op == REDUCE_MAX) return -Infinity
  if (op == REDUCE_MIN) return Infinity
  return 0
}

@inline function fold4(op: i32, a: v128, x: v128): v128 {
  if (op == REDUCE_PROD) return f32x4.mul(a, x)
  if (op == REDUCE_MAX) return f32x4.max(a, x)
  if (op == REDUCE_MIN) return f32x4.min(a, x)
  return f32x4.add(a, x)
}

@inline function fold(op: i32, a: f32, x: f32): f32 {
  if (op == REDUCE_PROD) return a * x
  if (op == REDUCE_MAX) return max(a, x)
  if (op == REDUCE_MIN) return min(a, x)
  return a + x
}

@inline function foldInner(op: i32, x: usize, y: usize, outer: i32, inner: i32): void {
  const row = <usize>inner * F32
  for (; outer >= 4; outer -= 4, x += 4 * row, y += 16) v128.store(y, foldFourRows(op, x, row, inner))
  for (; outer > 0; outer--, x += row, y += F32) {
    let a = start(op)
    for (let at = x, end = x + row; at != end; at += F32) a = fold(op, a, load<f32>(at))
    store<f32>(y, a)
  }
}

/** Four rows side by side: a transpose turns four columns into four steps of the chains. */
@inline function foldFourRows(op: i32, x: usize, row: usize, inner: i32): v128 {
  let a = f32x4.splat(start(op))
  let x1 = x + row, x2 = x1 + row, x3 = x2 + row
  let n = inner
  for (; n >= 4; n -= 4, x += 16, x1 += 16, x2 += 16, x3 += 16) {
    const r0 = v128.load(x), r1 = v128.load(x1), r2 = v128.load(x2), r3 = v128.load(x3)
    const low01 = interleaveLow(r0, r1), low23 = interleaveLow(r2, r3)
    const high01 = interleaveHigh(r0, r1), high23 = interleaveHigh(r2, r3)
    a = fold4(op, a, joinLow(low01, low23))
    a = fold4(op, a, joinHigh(low01, low23))
    a = fold4(op, a, joinLow(high01, high23))
    a = fold4(op, a, joinHigh(high01, high23))
  }
  for (; n > 0; n--, x += F32, x1 += F32, x2 += F32, x3 += F32) {
    const column = v128.load32_lane(x2, v128.load32_lane(x1, v128.load32_zero(x), 1), 2)
    a = fold4(op, a, v128.load32_lane(x3, column, 3))
  }
  return a
}

@inline function foldOuter(op: i32, x: usize, y: usize, outer: i32, inner: i32): void {
  const row = <usize>inner * F32
  let n = inner
  for (; n >= 16; n -= 16, x += 64, y += 64) foldSixteenColumns(op, x, y, row, outer)
  for (; n > 0; n -= 4, x += 16, y += 16) {
    let a = f32x4.splat(start(op))
    for (let i = outer, at = x; i > 0; i--, at += row) a = fold4(op, a, v128.load(at))
    if (n >= 4) v128.store(y, a)
    else storeLanes(y, a, n)
  }
}

@inline function foldSixteenColumns(op: i32, x: usize, y: usize, row: usize, outer: i32): void {
  let a0 = f32x4.splat(start(op)), a1 = a0, a2 = a0, a3 = a0
  for (let i = outer; i > 0; i--, x += row) {
    a0 = fold4(op, a0, v128.load(x))
    a1 = fold4(op, a1, v128.load(x, 16))
    a2 = fold4(op, a2, v128.load(x, 32))
    a3 = fold4(op, a3, v128.load(x, 48))
  }
  v128.store(y, a0)
  v128.store(y, a1, 16)
  v128.store(y, a2, 32)
  v128.store(y, a3, 48)
}

function divide(y: usize, n: i32, count: i32): void {
  for (let end = y + <usize>n * F32; y != end; y += F32) store<f32>(y, load<f32>(y) / <f32>count)
}

@inline function argBest(op: i32, x: usize, length: i32, step: usize): i32 {
  let best = load<f32>(x)
  let index = 0
  for (let i = 1; i < length; i++) {
    x += step
    const value = load<f32>(x)
    if (op == ARG_MAX ? value > best : value < best) {
      best = value
      index = i
    }
  }
  return index
}

// ---- softmax ----

/** y = x - max over each row; the maxima are left in `scratch`. */
function shiftByMaximum(x: usize, y: usize, outer: i32, inner: i32, scratch: usize): void {
  reduceInner(REDUCE_MAX, x, scratch, outer, inner)
  binary(BINARY_SUB, MODE_VECTOR_SCALAR, x, scratch, y, outer, inner, <usize>inner * F32, F32)
}

/** y[outer, inner] = y op scalars[outer]. */
function perRow(op: i32, y: usize, scalars: usize, outer: i32, inner: i32): void {
  binary(op, MODE_VECTOR_SCALAR, y, scalars, y, outer, inner, <usize>inner * F32, F32)
}

/** y[outer, inner] = a - scale[outer] b. */
function subtractScaled(a: usize, scale: usize, b: usize, y: usize, outer: i32, inner: i32): void {
  for (; outer > 0; outer--, scale += F32) {
    const s = load<f32>(scale)
    for (let end = y + <usize>inner * F32; y != end; a += F32, b += F32, y += F32) {
      store<f32>(y, load<f32>(a) - s * load<f32>(b))
    }
  }
}
