/**
 * Weight normalization, w = g v / ‖v‖ with v [rows, cols] and a norm per column (Salimans & Kingma
 * 2016, arXiv 1602.07868): folding, and the gradients of g and v from that of w (its equation 3).
 *
 * A convolution's v [kh, kw, in, out] is a [kh·kw·in, out] here. Sums over a column ascend.
 * A column of zeros has no direction: as the formula says, it folds to NaN; there is no ε.
 */
import { F32, storeUpTo4, zero } from './vector'

/** norm[cols] = ‖v‖ and scale[cols] = g / ‖v‖. */
export function weightNormScale(v: usize, g: usize, norm: usize, scale: usize, rows: i32, cols: i32): void {
  columnDots(v, v, norm, rows, cols, true)
  for (; cols > 0; cols -= 4, g += 16, norm += 16, scale += 16) {
    const length = f32x4.sqrt(v128.load(norm))
    const ratio = f32x4.div(v128.load(g), length)
    storeUpTo4(norm, length, cols)
    storeUpTo4(scale, ratio, cols)
  }
}

/** w[rows,cols] = g v / ‖v‖; leaves norm[cols] and scale[cols] for the backward pass. */
export function weightNormFold(
  v: usize, g: usize, w: usize, norm: usize, scale: usize, rows: i32, cols: i32,
): void {
  weightNormScale(v, g, norm, scale, rows, cols)
  combineColumns(v, scale, w, v, scale, rows, cols, false)
}

/**
 * dg = Σ dw·v / ‖v‖ and dv = (g/‖v‖) dw - (g dg / ‖v‖²) v, with `norm` and `scale` of the forward
 * pass. `scratch` has room for [cols]. dv may be dw.
 */
export function weightNormGradient(
  dw: usize, v: usize, norm: usize, scale: usize, dg: usize, dv: usize, rows: i32, cols: i32, scratch: usize,
): void {
  columnDots(dw, v, dg, rows, cols, false)
  projection(dg, norm, scale, scratch, cols)
  combineColumns(dw, scale, dv, v, scratch, rows, cols, true)
}

// ---- going through a matrix ----

/**
 * Rows that are gone through together, sixteen columns at a time, with what belongs to the columns in registers. All
 * rows where the matrix fits into the caches; else so few that it is read nearly in the order in which it lies, for
 * rows that begin a multiple of 4 KiB apart would drive each other out of the first cache (4 times slower at 512×1024).
 */
@inline function blockOf(rows: i32, cols: i32): i32 {
  return cols <= 256 && rows * cols <= 131072 ? rows : 4
}

/** y[cols] = Σ over rows of a·b; `same` says that b is a. */
function columnDots(a: usize, b: usize, y: usize, rows: i32, cols: i32, same: bool): void {
  const row = <usize>cols * F32
  const block = blockOf(rows, cols)
  let first = true
  do {
    if (same) blockDots(a, a, y, min(rows, block), cols, row, first, true)
    else blockDots(a, b, y, min(rows, block), cols, row, first, false)
    first = false
    rows -= block, a += block * row, b += block * row
  } while (rows > 0)
}

@inline function blockDots(
  a: usize, b: usize, y: usize, rows: i32, cols: i32, row: usize, first: bool, same: bool,
): void {
  for (; cols >= 16; cols -= 16, y += 64) {
    dots16(a, b, y, rows, row, first, same)
    a += 64
    if (!same) b += 64
  }
  for (; cols > 0; cols -= 4, y += 16) {
    dots4(a, same ? a : b, y, rows, row, cols, first)
    a += 16
    if (!same) b += 16
  }
}

/** y[16] ← y (0 at first) + Σ over rows of a·b. Of more than four sums at a time V8 would keep some in memory. */
@inline function dots16(a: usize, b: usize, y: usize, rows: i32, row: usize, first: bool, same: bool): void {
  let s0 = zero(), s1 = zero(), s2 = zero(), s3 = zero()
  if (!first) s0 = v128.load(y), s1 = v128.load(y, 16), s2 = v128.load(y, 32), s3 = v128.load(y, 48)
  for (let i = rows, x = a, z = b; i > 0; i--) {
    const x0 = v128.load(x), x1 = v128.load(x, 16), x2 = v128.load(x, 32), x3 = v128.load(x, 48)
    s0 = plusProduct(s0, x0, same ? x0 : v128.load(z))
    s1 = plusProduct(s1, x1, same ? x1 : v128.load(z, 16))
    s2 = plusProduct(s2, x2, same ? x2 : v128.load(z, 32))
    s3 = plusProduct(s3, x3, same ? x3 : v128.load(z, 48))
    x += row
    if (!same) z += row
  }
  v128.store(y, s0)
  v128.store(y, s1, 16)
  v128.store(y, s2, 32)
  v128.store(y, s3, 48)
}

/** As `dots16` for up to four columns. */
function dots4(a: usize, b: usize, y: usize, rows: i32, row: usize, cols: i32, first: bool): void {
  let sum = first ? zero() : v128.load(y)
  for (; rows > 0; rows--, a += row, b += row) sum = plusProduct(sum, v128.load(a), v128.load(b))
  storeUpTo4(y, sum, cols)
}

@inline function plusProduct(sum: v128, x: v128, y: v128): v128 {
  return f32x4.add(sum, f32x4.mul(x, y))
}

/** y = scale x - factor v, or scale x alone without `minus`; all [rows, cols] and [cols]. y may be x. */
@inline function combineColumns(
  x: usize, scale: usize, y: usize, v: usize, factor: usize, rows: i32, cols: i32, minus: bool,
): void {
  const row = <usize>cols * F32
  if (cols <= 2) {
    const s = repeated(scale, cols), f = repeated(factor, cols)
    for (let n = rows * cols; n > 0; n -= 4, x += 16, v += 16, y += 16) storeUpTo4(y, combined(x, s, v, f, minus), n)
    return
  }
  const block = blockOf(rows, cols)
  for (; rows > 0; rows -= block, x += block * row, v += block * row, y += block * row) {
    const count = min(rows, block)
    let at: usize = 0, left = cols
    for (; left >= 16; left -= 16, at += 64) {
      combine16(x + at, scale + at, y + at, v + at, factor + at, count, row, minus)
    }
    for (; left > 0; left -= 4, at += 16) {
      combine4(x + at, scale + at, y + at, v + at, factor + at, count, row, left, minus)
    }
  }
}

@inline function combine16(
  x: usize, scale: usize, y: usize, v: usize, factor: usize, rows: i32, row: usize, minus: bool,
): void {
  const s0 = v128.load(scale), s1 = v128.load(scale, 16), s2 = v128.load(scale, 32), s3 = v128.load(scale, 48)
  const f0 = v128.load(factor), f1 = v128.load(factor, 16), f2 = v128.load(factor, 32), f3 = v128.load(factor, 48)
  for (let i = rows, source = x, target = y, z = v; i > 0; i--) {
    const y0 = f32x4.mul(v128.load(source), s0), y1 = f32x4.mul(v128.load(source, 16), s1)
    const y2 = f32x4.mul(v128.load(source, 32), s2), y3 = f32x4.mul(v128.load(source, 48), s3)
    v128.store(target, minus ? f32x4.sub(y0, f32x4.mul(v128.load(z), f0)) : y0)
    v128.store(target, minus ? f32x4.sub(y1, f32x4.mul(v128.load(z, 16), f1)) : y1, 16)
    v128.store(target, minus ? f32x4.sub(y2, f32x4.mul(v128.load(z, 32), f2)) : y2, 32)
    v128.store(target, minus ? f32x4.sub(y3, f32x4.mul(v128.load(z, 48), f3)) : y3, 48)
    source += row, target += row
    if (minus) z += row
  }
}

/** As `combine16` for up to four columns. */
@inline function combine4(
  x: usize, scale: usize, y: usize, v: usize, factor: usize, rows: i32, row: usize, cols: i32, minus: bool,
): void {
  const s = v128.load(scale), f = v128.load(factor)
  for (let at: usize = 0; rows > 0; rows--, at += row) {
    storeUpTo4(y + at, combined(x + at, s, v + at, f, minus), cols)
  }
}

@inline function combined(x: usize, scale: v128, v: usize, factor: v128, minus: bool): v128 {
  const product = f32x4.mul(v128.load(x), scale)
  return minus ? f32x4.sub(product, f32x4.mul(v128.load(v), factor)) : product
}

/** One or two numbers, as often as they fit. */
@inline function repeated(x: usize, count: i32): v128 {
  return count == 1 ? v128.load32_splat(x) : v128.load64_splat(x)
}

/** dg ← dg / ‖v‖ and factor[cols] = g dg / ‖v‖², v's coefficient in dv. */
function projection(dg: usize, norm: usize, scale: usize, factor: usize, cols: i32): void {
  for (; cols > 0; cols -= 4, dg += 16, norm += 16, scale += 16, factor += 16) {
    const length = v128.load(norm)
    const gradient = f32x4.div(v128.load(dg), length)
    const coefficient = f32x4.div(f32x4.mul(v128.load(scale), gradient), length)
    storeUpTo4(dg, gradient, cols)
    storeUpTo4(factor, coefficient, cols)
  }
}
