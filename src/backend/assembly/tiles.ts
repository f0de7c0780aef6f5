/**
 * The tiles that matrix products and convolutions are made of: blocks of C whose sums stay in registers until the store.
 *
 * A sum over k falls into `runs` of `length` steps: a step moves A by `aStep` and B by `bStep`, the end of a run by
 * `aSkip` and `bSkip` more. A product is one run: where `runs` is the constant ONE_RUN nothing of the outer loop is
 * left in the compiled code.
 *
 * Tiles hold eight accumulators (2×16, 4×8), a single row's six (1×24): with more, or with k unrolled by hand, V8
 * spills them and speed halves. `epilogue` is a constant where these are inlined, so each compiled kernel holds one.
 *
 * Measured against tiles of their own for products and for convolutions, both modules by turns in one process (AMD EPYC,
 * Node 20, best of 41): products compile to the same loops; convolutions, which compare `runs` once more a run, take
 * 0.99 to 1.01 times as long.
 */
import { finish, store16, store8 } from './epilogue'
import { storeUpTo4, zero } from './vector'

/** Not an epilogue of the caller's: the chain starts at what C holds instead of 0. */
export const CONTINUE: i32 = 5

/** As `runs`: known when it is compiled. */
export const ONE_RUN: i32 = 1

/** M rows of 16 columns: tiles of two rows, then one. */
@inline export function strip16(
  a: usize, aRow: usize, aStep: usize, aSkip: usize, b: usize, bStep: usize, bSkip: usize, runs: i32, length: i32,
  c: usize, cRow: usize, m: i32, epilogue: i32, aux: usize, auxRow: usize,
): void {
  for (; m >= 2; m -= 2, a += 2 * aRow, c += 2 * cRow, aux += 2 * auxRow) {
    tile2x16(a, aRow, aStep, aSkip, b, bStep, bSkip, runs, length, c, cRow, epilogue, aux, auxRow)
  }
  if (m) tile1x16(a, aStep, aSkip, b, bStep, bSkip, runs, length, c, epilogue, aux)
}

/** M rows of 8 columns, one run: tiles of four rows, then single ones. */
@inline export function strip8(
  a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, length: i32,
  c: usize, cRow: usize, m: i32, epilogue: i32, aux: usize, auxRow: usize,
): void {
  for (; m >= 4; m -= 4, a += 4 * aRow, c += 4 * cRow, aux += 4 * auxRow) {
    tile4x8(a, aRow, aStep, b, bStep, length, c, cRow, epilogue, aux, auxRow)
  }
  for (; m > 0; m--, a += aRow, c += cRow, aux += auxRow) {
    tile1x8(a, aStep, b, bStep, length, c, epilogue, aux)
  }
}

/** M rows of up to four columns: tiles of four rows, then single ones. */
@inline export function strip4(
  a: usize, aRow: usize, aStep: usize, aSkip: usize, b: usize, bStep: usize, bSkip: usize, runs: i32, length: i32,
  c: usize, cRow: usize, m: i32, width: i32, epilogue: i32, aux: usize, auxRow: usize,
): void {
  for (; m >= 4; m -= 4, a += 4 * aRow, c += 4 * cRow, aux += 4 * auxRow) {
    tile4x4(a, aRow, aStep, aSkip, b, bStep, bSkip, runs, length, c, cRow, width, epilogue, aux, auxRow)
  }
  for (; m > 0; m--, a += aRow, c += cRow, aux += auxRow) {
    tile1x4(a, aStep, aSkip, b, bStep, bSkip, runs, length, c, width, epilogue, aux)
  }
}

@inline function initial(c: usize, epilogue: i32): v128 {
  return epilogue == CONTINUE ? v128.load(c) : zero()
}

@inline function tile2x16(
  a: usize, aRow: usize, aStep: usize, aSkip: usize, b: usize, bStep: usize, bSkip: usize, runs: i32, length: i32,
  c: usize, cRow: usize, epilogue: i32, aux: usize, auxRow: usize,
): void {
  let s0 = initial(c, epilogue), s1 = initial(c + 16, epilogue)
  let s2 = initial(c + 32, epilogue), s3 = initial(c + 48, epilogue)
  let t0 = initial(c + cRow, epilogue), t1 = initial(c + cRow + 16, epilogue)
  let t2 = initial(c + cRow + 32, epilogue), t3 = initial(c + cRow + 48, epilogue)
  let a1 = a + aRow
  for (let left = runs; left > 0; left--, a += aSkip, a1 += aSkip, b += bSkip) {
    for (let i = length; i > 0; i--) {
      const x = v128.load32_splat(a)
      const y = v128.load32_splat(a1)
      const b0 = v128.load(b)
      s0 = f32x4.add(s0, f32x4.mul(x, b0))
      t0 = f32x4.add(t0, f32x4.mul(y, b0))
      const b1 = v128.load(b, 16)
      s1 = f32x4.add(s1, f32x4.mul(x, b1))
      t1 = f32x4.add(t1, f32x4.mul(y, b1))
      const b2 = v128.load(b, 32)
      s2 = f32x4.add(s2, f32x4.mul(x, b2))
      t2 = f32x4.add(t2, f32x4.mul(y, b2))
      const b3 = v128.load(b, 48)
      s3 = f32x4.add(s3, f32x4.mul(x, b3))
      t3 = f32x4.add(t3, f32x4.mul(y, b3))
      a += aStep
      a1 += aStep
      b += bStep
    }
    if (runs == ONE_RUN) break
  }
  store16(c, s0, s1, s2, s3, aux, epilogue)
  store16(c + cRow, t0, t1, t2, t3, aux + auxRow, epilogue)
}

@inline function tile1x16(
  a: usize, aStep: usize, aSkip: usize, b: usize, bStep: usize, bSkip: usize, runs: i32, length: i32,
  c: usize, epilogue: i32, aux: usize,
): void {
  let s0 = initial(c, epilogue), s1 = initial(c + 16, epilogue)
  let s2 = initial(c + 32, epilogue), s3 = initial(c + 48, epilogue)
  for (let left = runs; left > 0; left--, a += aSkip, b += bSkip) {
    for (let i = length; i > 0; i--) {
      const x = v128.load32_splat(a)
      s0 = f32x4.add(s0, f32x4.mul(x, v128.load(b)))
      s1 = f32x4.add(s1, f32x4.mul(x, v128.load(b, 16)))
      s2 = f32x4.add(s2, f32x4.mul(x, v128.load(b, 32)))
      s3 = f32x4.add(s3, f32x4.mul(x, v128.load(b, 48)))
      a += aStep
      b += bStep
    }
    if (runs == ONE_RUN) break
  }
  store16(c, s0, s1, s2, s3, aux, epilogue)
}

@inline function tile4x4(
  a: usize, aRow: usize, aStep: usize, aSkip: usize, b: usize, bStep: usize, bSkip: usize, runs: i32, length: i32,
  c: usize, cRow: usize, width: i32, epilogue: i32, aux: usize, auxRow: usize,
): void {
  let s = initial(c, epilogue), t = initial(c + cRow, epilogue)
  let u = initial(c + 2 * cRow, epilogue), v = initial(c + 3 * cRow, epilogue)
  let a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow
  for (let left = runs; left > 0; left--, a += aSkip, a1 += aSkip, a2 += aSkip, a3 += aSkip, b += bSkip) {
    for (let i = length; i > 0; i--) {
      const b0 = v128.load(b)
      s = f32x4.add(s, f32x4.mul(v128.load32_splat(a), b0))
      t = f32x4.add(t, f32x4.mul(v128.load32_splat(a1), b0))
      u = f32x4.add(u, f32x4.mul(v128.load32_splat(a2), b0))
      v = f32x4.add(v, f32x4.mul(v128.load32_splat(a3), b0))
      a += aStep
      a1 += aStep
      a2 += aStep
      a3 += aStep
      b += bStep
    }
    if (runs == ONE_RUN) break
  }
  storeUpTo4(c, finish(s, c, aux, epilogue), width)
  storeUpTo4(c + cRow, finish(t, c + cRow, aux + auxRow, epilogue), width)
  storeUpTo4(c + 2 * cRow, finish(u, c + 2 * cRow, aux + 2 * auxRow, epilogue), width)
  storeUpTo4(c + 3 * cRow, finish(v, c + 3 * cRow, aux + 3 * auxRow, epilogue), width)
}

@inline function tile1x4(
  a: usize, aStep: usize, aSkip: usize, b: usize, bStep: usize, bSkip: usize, runs: i32, length: i32,
  c: usize, width: i32, epilogue: i32, aux: usize,
): void {
  let s = initial(c, epilogue)
  for (let left = runs; left > 0; left--, a += aSkip, b += bSkip) {
    for (let i = length; i > 0; i--) {
      s = f32x4.add(s, f32x4.mul(v128.load32_splat(a), v128.load(b)))
      a += aStep
      b += bStep
    }
    if (runs == ONE_RUN) break
  }
  storeUpTo4(c, finish(s, c, aux, epilogue), width)
}

/** For acting on one observation: six chains. Four wait for the adder, eight spill (V8 loads all of B first). */
@inline export function tile1x24(
  a: usize, aStep: usize, b: usize, bStep: usize, length: i32, c: usize, epilogue: i32, aux: usize,
): void {
  let s0 = zero(), s1 = zero(), s2 = zero()
  let s3 = zero(), s4 = zero(), s5 = zero()
  for (let i = length; i > 0; i--) {
    const x = v128.load32_splat(a)
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(b)))
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(b, 16)))
    s2 = f32x4.add(s2, f32x4.mul(x, v128.load(b, 32)))
    s3 = f32x4.add(s3, f32x4.mul(x, v128.load(b, 48)))
    s4 = f32x4.add(s4, f32x4.mul(x, v128.load(b, 64)))
    s5 = f32x4.add(s5, f32x4.mul(x, v128.load(b, 80)))
    a += aStep
    b += bStep
  }
  store16(c, s0, s1, s2, s3, aux, epilogue)
  store8(c + 64, s4, s5, aux + 64, epilogue)
}

@inline function tile4x8(
  a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, length: i32,
  c: usize, cRow: usize, epilogue: i32, aux: usize, auxRow: usize,
): void {
  let s0 = zero(), s1 = zero(), t0 = zero(), t1 = zero()
  let u0 = zero(), u1 = zero(), v0 = zero(), v1 = zero()
  let a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow
  for (let i = length; i > 0; i--) {
    const b0 = v128.load(b)
    const b1 = v128.load(b, 16)
    const x = v128.load32_splat(a)
    s0 = f32x4.add(s0, f32x4.mul(x, b0))
    s1 = f32x4.add(s1, f32x4.mul(x, b1))
    const y = v128.load32_splat(a1)
    t0 = f32x4.add(t0, f32x4.mul(y, b0))
    t1 = f32x4.add(t1, f32x4.mul(y, b1))
    const z = v128.load32_splat(a2)
    u0 = f32x4.add(u0, f32x4.mul(z, b0))
    u1 = f32x4.add(u1, f32x4.mul(z, b1))
    const w = v128.load32_splat(a3)
    v0 = f32x4.add(v0, f32x4.mul(w, b0))
    v1 = f32x4.add(v1, f32x4.mul(w, b1))
    a += aStep
    a1 += aStep
    a2 += aStep
    a3 += aStep
    b += bStep
  }
  store8(c, s0, s1, aux, epilogue)
  store8(c + cRow, t0, t1, aux + auxRow, epilogue)
  store8(c + 2 * cRow, u0, u1, aux + 2 * auxRow, epilogue)
  store8(c + 3 * cRow, v0, v1, aux + 3 * auxRow, epilogue)
}

@inline function tile1x8(
  a: usize, aStep: usize, b: usize, bStep: usize, length: i32, c: usize, epilogue: i32, aux: usize,
): void {
  let s0 = zero(), s1 = zero()
  for (let i = length; i > 0; i--) {
    const x = v128.load32_splat(a)
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(b)))
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(b, 16)))
    a += aStep
    b += bStep
  }
  store8(c, s0, s1, aux, epilogue)
}
