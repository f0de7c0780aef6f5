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
  if (cols <= 2) {
    const factors = repeated(scale, cols)
    for (let n = rows * cols; n > 0; n -= 4, v += 16, w += 16) storeUpTo4(w, f32x4.mul(v128.load(v), factors), n)
    return
  }
  const row = <usize>cols * F32
  for (; rows > 0; rows--, v += row, w += row) {
    let at: usize = 0, left = cols
    for (; left >= 16; left -= 16, at += 64) {
      v128.store(w + at, scaled(v + at, scale + at))
      v128.store(w + at, scaled(v + at + 16, scale + at + 16), 16)
      v128.store(w + at, scaled(v + at + 32, scale + at + 32), 32)
      v128.store(w + at, scaled(v + at + 48, scale + at + 48), 48)
    }
    for (; left > 0; left -= 4, at += 16) storeUpTo4(w + at, scaled(v + at, scale + at), left)
  }
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
  if (cols <= 2) {
    const s = repeated(scale, cols), f = repeated(scratch, cols)
    for (let n = rows * cols; n > 0; n -= 4, v += 16, dw += 16, dv += 16) {
      storeUpTo4(dv, directionGradient(dw, v, s, f), n)
    }
    return
  }
  const row = <usize>cols * F32
  for (; rows >= 4; rows -= 4, v += 4 * row, dw += 4 * row, dv += 4 * row) {
    gradientRows(dw, v, scale, scratch, dv, row, cols, true)
  }
  for (; rows > 0; rows--, v += row, dw += row, dv += row) {
    gradientRows(dw, v, scale, scratch, dv, row, cols, false)
  }
}

// ---- sums over columns ----

/**
 * y[cols] = Σ over rows of a·b; `same` says that b is a. Columns in eights are summed in memory, four rows a turn, so
 * that a and b are read in the order in which they lie; the last ones in a register.
 */
function columnDots(a: usize, b: usize, y: usize, rows: i32, cols: i32, same: bool): void {
  const row = <usize>cols * F32
  memory.fill(y, 0, row)
  if (cols >= 8) {
    if (same) rowProducts(a, a, y, rows, cols, true)
    else rowProducts(a, b, y, rows, cols, false)
  }
  for (let at: usize = <usize>(cols & ~7) * F32, rest = cols & 7; rest > 0; rest -= 4, at += 16) {
    let sum = zero(), x = a + at, z = b + at
    for (let i = rows; i > 0; i--, x += row, z += row) sum = addProduct(sum, x, z, false)
    storeUpTo4(y + at, sum, rest)
  }
}

@inline function rowProducts(a: usize, b: usize, y: usize, rows: i32, cols: i32, same: bool): void {
  const row = <usize>cols * F32
  for (; rows >= 4; rows -= 4, a += 4 * row, b += 4 * row) addRowProducts(a, b, y, row, cols, true, same)
  for (; rows > 0; rows--, a += row, b += row) addRowProducts(a, b, y, row, cols, false, same)
}

/** y[cols] ← y + the products of four rows, in ascending order, or of one. */
@inline function addRowProducts(
  a: usize, b: usize, y: usize, row: usize, cols: i32, four: bool, same: bool,
): void {
  for (; cols >= 8; cols -= 8, a += 32, b += 32, y += 32) {
    const first = plusProducts(v128.load(y), a, b, row, four, same)
    const second = plusProducts(v128.load(y, 16), a + 16, b + 16, row, four, same)
    v128.store(y, first)
    v128.store(y, second, 16)
  }
}

@inline function plusProducts(sum: v128, a: usize, b: usize, row: usize, four: bool, same: bool): v128 {
  const one = addProduct(sum, a, b, same)
  if (!four) return one
  const two = addProduct(one, a + row, b + row, same)
  const three = addProduct(two, a + 2 * row, b + 2 * row, same)
  return addProduct(three, a + 3 * row, b + 3 * row, same)
}

@inline function addProduct(sum: v128, a: usize, b: usize, same: bool): v128 {
  const x = v128.load(a)
  return f32x4.add(sum, f32x4.mul(x, same ? x : v128.load(b)))
}

// ---- gradients ----

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

/** Four rows of dv = scale dw - factor v, or one. */
@inline function gradientRows(
  dw: usize, v: usize, scale: usize, factor: usize, dv: usize, row: usize, cols: i32, four: bool,
): void {
  for (; cols > 0; cols -= 4, dw += 16, v += 16, dv += 16, scale += 16, factor += 16) {
    const s = v128.load(scale), f = v128.load(factor)
    storeUpTo4(dv, directionGradient(dw, v, s, f), cols)
    if (four) {
      storeUpTo4(dv + row, directionGradient(dw + row, v + row, s, f), cols)
      storeUpTo4(dv + 2 * row, directionGradient(dw + 2 * row, v + 2 * row, s, f), cols)
      storeUpTo4(dv + 3 * row, directionGradient(dw + 3 * row, v + 3 * row, s, f), cols)
    }
  }
}

@inline function directionGradient(dw: usize, v: usize, scale: v128, factor: v128): v128 {
  return f32x4.sub(f32x4.mul(v128.load(dw), scale), f32x4.mul(v128.load(v), factor))
}

@inline function scaled(x: usize, scale: usize): v128 {
  return f32x4.mul(v128.load(x), v128.load(scale))
}

/** One or two numbers, as often as they fit. */
@inline function repeated(x: usize, count: i32): v128 {
  return count == 1 ? v128.load32_splat(x) : v128.load64_splat(x)
}
