/**
 * Weight normalization, w = g v / ‖v‖ with v [rows, cols] and a norm per column (Salimans & Kingma
 * 2016, arXiv 1602.07868): folding, and the gradients of g and v from that of w (its equation 3).
 *
 * A convolution's v [kh, kw, in, out] is a [kh·kw·in, out] here. For large layers w need not be
 * formed: with s = g / ‖v‖ a layer is y = (x·v)·s + b, which `scaleBias` computes from the raw
 * product t = x·v, and dg = Σ dY·t / ‖v‖ is `columnDots` over the batch. Sums over a column ascend.
 * A column of zeros has no direction: as the formula says, it folds to NaN; there is no ε.
 */
import { F32, relu4, storeLanes, storeUpTo4, zero } from './vector'

/** y[cols] = Σ over rows of a·b. */
export function columnDots(a: usize, b: usize, y: usize, rows: i32, cols: i32): void {
  const row = <usize>cols * F32
  for (; cols >= 16; cols -= 16, a += 64, b += 64, y += 64) sixteenDots(a, b, y, row, rows)
  for (; cols > 0; cols -= 4, a += 16, b += 16, y += 16) {
    let sum = zero()
    for (let i = rows, offset: usize = 0; i > 0; i--, offset += row) sum = addProduct(sum, a + offset, b + offset)
    storeUpTo4(y, sum, cols)
  }
}

/** norm[cols] = ‖v‖ and scale[cols] = g / ‖v‖. */
export function weightNormScale(v: usize, g: usize, norm: usize, scale: usize, rows: i32, cols: i32): void {
  columnDots(v, v, norm, rows, cols)
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
  const row = <usize>cols * F32
  for (; rows > 0; rows--, v += row, w += row) {
    let at: usize = 0, left = cols
    for (; left >= 4; left -= 4, at += 16) v128.store(w + at, scaled(v + at, scale + at))
    if (left) storeLanes(w + at, scaled(v + at, scale + at), left)
  }
}

/**
 * dg = Σ dw·v / ‖v‖ and dv = (g/‖v‖) dw - (g dg / ‖v‖²) v, with `norm` and `scale` of the forward
 * pass. `scratch` has room for [cols]. dv may be dw.
 */
export function weightNormGradient(
  dw: usize, v: usize, norm: usize, scale: usize, dg: usize, dv: usize, rows: i32, cols: i32, scratch: usize,
): void {
  columnDots(dw, v, dg, rows, cols)
  projection(dg, norm, scale, scratch, cols)
  const row = <usize>cols * F32
  for (; rows > 0; rows--, v += row, dw += row, dv += row) {
    let at: usize = 0, left = cols
    for (; left >= 4; left -= 4, at += 16) {
      v128.store(dv + at, f32x4.sub(scaled(dw + at, scale + at), scaled(v + at, scratch + at)))
    }
    if (left) storeLanes(dv + at, f32x4.sub(scaled(dw + at, scale + at), scaled(v + at, scratch + at)), left)
  }
}

/** y[rows,cols] = t·scale[cols] + bias[cols], then ReLU if `relu`. */
export function scaleBias(t: usize, scale: usize, bias: usize, y: usize, rows: i32, cols: i32, relu: bool): void {
  const row = <usize>cols * F32
  for (; rows > 0; rows--, t += row, y += row) {
    for (let at: usize = 0, left = cols; left > 0; left -= 4, at += 16) {
      const sum = f32x4.add(scaled(t + at, scale + at), v128.load(bias + at))
      storeUpTo4(y + at, relu ? relu4(sum) : sum, left)
    }
  }
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

@inline function sixteenDots(a: usize, b: usize, y: usize, row: usize, rows: i32): void {
  let s0 = zero(), s1 = zero(), s2 = zero(), s3 = zero()
  for (let i = rows; i > 0; i--, a += row, b += row) {
    s0 = addProduct(s0, a, b)
    s1 = addProduct(s1, a + 16, b + 16)
    s2 = addProduct(s2, a + 32, b + 32)
    s3 = addProduct(s3, a + 48, b + 48)
  }
  v128.store(y, s0)
  v128.store(y, s1, 16)
  v128.store(y, s2, 32)
  v128.store(y, s3, 48)
}

@inline function scaled(x: usize, scale: usize): v128 {
  return f32x4.mul(v128.load(x), v128.load(scale))
}

@inline function addProduct(sum: v128, a: usize, b: usize): v128 {
  return f32x4.add(sum, f32x4.mul(v128.load(a), v128.load(b)))
}
