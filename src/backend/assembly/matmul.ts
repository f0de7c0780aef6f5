/**
 * Matrix products: C[M,N] = epilogue(op(A)·op(B)), all four transposes, float32.
 *
 * Determinism contract: every element of C is one chain, start 0, k ascending, multiply then add,
 * epilogue after. No tile, tail, packing or transpose changes that order, so a row of C has the same
 * bits in a batch of any size and at any place in it, and equals a scalar `Math.fround` loop.
 *
 * One kernel serves A and Aᵀ: it takes A's row stride and k stride. B's columns must be contiguous;
 * Bᵀ is packed into panels of 16 columns first. Tiles hold eight accumulators (2×16, 4×8), a single
 * row's six (1×24): with more, or with k unrolled by hand, V8 spills them and speed halves. Epilogues
 * are compiled into the store: the generic bodies below are inlined with a constant `epilogue`.
 *
 * Left out on purpose: relaxed (fused) multiply-add, whose bits differ between machines; threads;
 * blocking over k, which networks of reinforcement learning are too small to need.
 */
import {
  EPILOGUE_ACCUMULATE, EPILOGUE_BIAS, EPILOGUE_BIAS_RELU, EPILOGUE_NONE, EPILOGUE_RELU_GRADIENT, finish, store16, store8,
} from './epilogue'
import { F32, interleaveHigh, interleaveLow, joinHigh, joinLow, storeUpTo4, zero } from './vector'

/** `flags`: which operand is stored transposed. */
const TRANSPOSE_A: i32 = 1
const TRANSPOSE_B: i32 = 2

/** Columns of a packed panel of B, rows of a packed block of A. */
const PANEL: i32 = 16
const PANEL_BYTES: usize = 64
/** A stride that is a multiple of this puts every k into the same set of the L1 cache. */
const CACHE_SET_STRIDE: usize = 4096
/** More k than the cache has ways (12 on Zen 5, 8 to 12 elsewhere): such a stride then thrashes. */
const CACHE_WAYS: i32 = 8
/** Fewer rows do not repay the packing of B. */
const MIN_ROWS_TO_PACK: i32 = 8
/** Aᵀ·B with at most this many columns is computed as Bᵀ·A and transposed: full tiles, not slivers. */
const NARROW: i32 = 4
/** What the narrow path needs to be worth it. */
const MIN_ROWS_IF_NARROW: i32 = 16

/** Bytes of scratch that `matmul` and `matmulBatch` may use for one product of this size. */
export function matmulScratchBytes(m: i32, k: i32): usize {
  const packed = <usize>k * PANEL_BYTES * 2
  const narrow = <usize>m * <usize>NARROW * F32
  return max(packed, narrow)
}

/**
 * C[M,N] = epilogue(op(A)·op(B)), all row-major and dense.
 *
 * `aux` is the epilogue's operand: a bias [N], or the ReLU's output [M,N]; 0 where there is none.
 * `scratch` has `matmulScratchBytes(m, k)` bytes. C must overlap none of the others.
 */
export function matmul(
  a: usize, b: usize, c: usize, m: i32, n: i32, k: i32, flags: i32,
  epilogue: i32, aux: usize, scratch: usize,
): void {
  const aRow = flags & TRANSPOSE_A ? F32 : <usize>k * F32
  const aStep = flags & TRANSPOSE_A ? <usize>m * F32 : F32
  const cRow = <usize>n * F32
  const auxRow = epilogue == EPILOGUE_RELU_GRADIENT ? cRow : 0
  if (flags & TRANSPOSE_B) {
    multiplyTransposedB(a, aRow, aStep, b, c, cRow, m, n, k, epilogue, aux, auxRow, scratch)
  } else if (flags & TRANSPOSE_A && n <= NARROW && m >= MIN_ROWS_IF_NARROW && epilogue == EPILOGUE_NONE) {
    multiplyNarrow(a, b, c, m, n, k, scratch)
  } else if (flags & TRANSPOSE_A && aStep % CACHE_SET_STRIDE == 0 && k > CACHE_WAYS) {
    multiplyPackedA(a, aStep, b, c, cRow, m, n, k, epilogue, aux, auxRow, scratch)
  } else if (cRow % CACHE_SET_STRIDE == 0 && k > CACHE_WAYS && m >= MIN_ROWS_TO_PACK) {
    multiplyPackedB(a, aRow, aStep, b, c, cRow, m, n, k, epilogue, aux, auxRow, scratch)
  } else {
    multiply(a, aRow, aStep, b, cRow, c, cRow, m, n, k, epilogue, aux, auxRow)
  }
}

/** `matmul` for each of `batch` matrices; `aBytes`, `bBytes` (0 broadcasts one matrix) and `cBytes` lead to the next. */
export function matmulBatch(
  a: usize, b: usize, c: usize, m: i32, n: i32, k: i32, flags: i32, scratch: usize,
  batch: i32, aBytes: usize, bBytes: usize, cBytes: usize,
): void {
  for (let i = 0; i < batch; i++) {
    matmul(a, b, c, m, n, k, flags, EPILOGUE_NONE, 0, scratch)
    a += aBytes
    b += bBytes
    c += cBytes
  }
}

/**
 * C = epilogue(A·B) with free strides: element (m, k) of A is at `a + m·aRow + k·aStep`, element
 * (k, n) of B at `b + k·bStep + 4n`.
 */
function multiply(
  a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, c: usize, cRow: usize,
  m: i32, n: i32, k: i32, epilogue: i32, aux: usize, auxRow: usize,
): void {
  switch (epilogue) {
    case EPILOGUE_BIAS: return multiplyBias(a, aRow, aStep, b, bStep, c, cRow, m, n, k, aux, auxRow)
    case EPILOGUE_BIAS_RELU: return multiplyBiasRelu(a, aRow, aStep, b, bStep, c, cRow, m, n, k, aux, auxRow)
    case EPILOGUE_ACCUMULATE: return multiplyAccumulate(a, aRow, aStep, b, bStep, c, cRow, m, n, k, aux, auxRow)
    case EPILOGUE_RELU_GRADIENT: return multiplyReluGradient(a, aRow, aStep, b, bStep, c, cRow, m, n, k, aux, auxRow)
    default: multiplyPlain(a, aRow, aStep, b, bStep, c, cRow, m, n, k, aux, auxRow)
  }
}

// ---- preparing operands ----

/** A·Bᵀ: B is [N,K]; 16 of its rows at a time become a panel [K,16] that stays in the L1 cache. */
function multiplyTransposedB(
  a: usize, aRow: usize, aStep: usize, b: usize, c: usize, cRow: usize,
  m: i32, n: i32, k: i32, epilogue: i32, aux: usize, auxRow: usize, scratch: usize,
): void {
  for (let j = 0; j < n; j += PANEL) {
    const width = min(PANEL, n - j)
    const column = <usize>j * F32
    packTransposed(b + <usize>j * <usize>k * F32, width, k, scratch)
    multiply(a, aRow, aStep, scratch, PANEL_BYTES, c + column, cRow, m, width, k, epilogue, aux + column, auxRow)
  }
}

/** A·B where B's row stride thrashes the cache: 16 columns at a time are copied together. */
function multiplyPackedB(
  a: usize, aRow: usize, aStep: usize, b: usize, c: usize, cRow: usize,
  m: i32, n: i32, k: i32, epilogue: i32, aux: usize, auxRow: usize, scratch: usize,
): void {
  for (let j = 0; j < n; j += PANEL) {
    const width = min(PANEL, n - j)
    const column = <usize>j * F32
    packColumns(b + column, cRow, k, scratch)
    multiply(a, aRow, aStep, scratch, PANEL_BYTES, c + column, cRow, m, width, k, epilogue, aux + column, auxRow)
  }
}

/** Aᵀ·B where A's k stride thrashes the cache: 16 of C's rows at a time are copied together. */
function multiplyPackedA(
  a: usize, aStep: usize, b: usize, c: usize, cRow: usize,
  m: i32, n: i32, k: i32, epilogue: i32, aux: usize, auxRow: usize, scratch: usize,
): void {
  for (let i = 0; i < m; i += PANEL) {
    packColumns(a + <usize>i * F32, aStep, k, scratch)
    multiply(scratch, F32, PANEL_BYTES, b, cRow, c, cRow, min(PANEL, m - i), n, k, epilogue, aux, auxRow)
    c += <usize>PANEL * cRow
    aux += <usize>PANEL * auxRow
  }
}

/** Aᵀ·B for a B of few columns: (Bᵀ·A)ᵀ has the same products and sums, in full tiles. */
function multiplyNarrow(a: usize, b: usize, c: usize, m: i32, n: i32, k: i32, scratch: usize): void {
  const row = <usize>m * F32
  multiplyPlain(b, F32, <usize>n * F32, a, row, scratch, row, n, m, k, 0, 0)
  for (let i = 0; i < m; i++) {
    for (let source = scratch, end = scratch + <usize>n * row; source != end; source += row) {
      store<f32>(c, load<f32>(source))
      c += F32
    }
    scratch += F32
  }
}

/** panel[k,16] = 16 columns of a matrix of the given row stride. Columns past the last hold what lies there. */
function packColumns(source: usize, row: usize, k: i32, panel: usize): void {
  for (let i = 0; i < k; i++) {
    v128.store(panel, v128.load(source))
    v128.store(panel, v128.load(source, 16), 16)
    v128.store(panel, v128.load(source, 32), 32)
    v128.store(panel, v128.load(source, 48), 48)
    source += row
    panel += PANEL_BYTES
  }
}

/**
 * panel[k,16] = the transpose of `width` rows [width,K]. Four k at a time over all columns, so that
 * a panel's 64-byte lines are finished one after the other. Columns past `width` are not written.
 */
function packTransposed(source: usize, width: i32, k: i32, panel: usize): void {
  const row = <usize>k * F32
  let i = 0
  for (; i + 4 <= k; i += 4) {
    let j = 0
    for (let at = source; j + 4 <= width; j += 4, at += 4 * row) transpose4x4(at, row, panel + <usize>j * F32)
    for (; j < width; j++) packScalars(source + <usize>j * row, 4, panel + <usize>j * F32)
    source += 16
    panel += 4 * PANEL_BYTES
  }
  for (let j = 0; j < width; j++) packScalars(source + <usize>j * row, k - i, panel + <usize>j * F32)
}

/** Four rows of four become four columns of a panel. */
@inline function transpose4x4(source: usize, row: usize, panel: usize): void {
  const r0 = v128.load(source)
  const r1 = v128.load(source + row)
  const r2 = v128.load(source + 2 * row)
  const r3 = v128.load(source + 3 * row)
  const low01 = interleaveLow(r0, r1)
  const low23 = interleaveLow(r2, r3)
  const high01 = interleaveHigh(r0, r1)
  const high23 = interleaveHigh(r2, r3)
  v128.store(panel, joinLow(low01, low23))
  v128.store(panel, joinHigh(low01, low23), 64)
  v128.store(panel, joinLow(high01, high23), 128)
  v128.store(panel, joinHigh(high01, high23), 192)
}

/** `count` neighbours become one column of a panel. */
@inline function packScalars(source: usize, count: i32, panel: usize): void {
  for (let i = 0; i < count; i++) {
    store<f32>(panel, load<f32>(source))
    source += F32
    panel += PANEL_BYTES
  }
}

// ---- one compiled copy of the strips per epilogue ----

function multiplyPlain(
  a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, c: usize, cRow: usize,
  m: i32, n: i32, k: i32, aux: usize, auxRow: usize,
): void {
  strips(a, aRow, aStep, b, bStep, c, cRow, m, n, k, aux, auxRow, EPILOGUE_NONE)
}

function multiplyBias(
  a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, c: usize, cRow: usize,
  m: i32, n: i32, k: i32, aux: usize, auxRow: usize,
): void {
  strips(a, aRow, aStep, b, bStep, c, cRow, m, n, k, aux, auxRow, EPILOGUE_BIAS)
}

function multiplyBiasRelu(
  a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, c: usize, cRow: usize,
  m: i32, n: i32, k: i32, aux: usize, auxRow: usize,
): void {
  strips(a, aRow, aStep, b, bStep, c, cRow, m, n, k, aux, auxRow, EPILOGUE_BIAS_RELU)
}

function multiplyAccumulate(
  a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, c: usize, cRow: usize,
  m: i32, n: i32, k: i32, aux: usize, auxRow: usize,
): void {
  strips(a, aRow, aStep, b, bStep, c, cRow, m, n, k, aux, auxRow, EPILOGUE_ACCUMULATE)
}

function multiplyReluGradient(
  a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, c: usize, cRow: usize,
  m: i32, n: i32, k: i32, aux: usize, auxRow: usize,
): void {
  strips(a, aRow, aStep, b, bStep, c, cRow, m, n, k, aux, auxRow, EPILOGUE_RELU_GRADIENT)
}

/** Covers C with column strips of 16 (24 for a single row), then 8, then 4, then what is left. */
@inline function strips(
  a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, c: usize, cRow: usize,
  m: i32, n: i32, k: i32, aux: usize, auxRow: usize, epilogue: i32,
): void {
  if (m == 1) {
    for (; n >= 24; n -= 24, b += 96, c += 96, aux += 96) {
      tile1x24(a, aStep, b, bStep, k, c, aux, epilogue)
    }
  }
  for (; n >= 16; n -= 16, b += 64, c += 64, aux += 64) {
    strip16(a, aRow, aStep, b, bStep, c, cRow, m, k, aux, auxRow, epilogue)
  }
  if (n >= 8) {
    strip8(a, aRow, aStep, b, bStep, c, cRow, m, k, aux, auxRow, epilogue)
    n -= 8, b += 32, c += 32, aux += 32
  }
  for (; n > 0; n -= 4, b += 16, c += 16, aux += 16) {
    strip4(a, aRow, aStep, b, bStep, c, cRow, m, n, k, aux, auxRow, epilogue)
  }
}

/** M rows of 16 columns: tiles of two rows, then one. */
@inline function strip16(
  a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, c: usize, cRow: usize,
  m: i32, k: i32, aux: usize, auxRow: usize, epilogue: i32,
): void {
  for (; m >= 2; m -= 2, a += 2 * aRow, c += 2 * cRow, aux += 2 * auxRow) {
    tile2x16(a, aRow, aStep, b, bStep, k, c, cRow, aux, auxRow, epilogue)
  }
  if (m) tile1x16(a, aStep, b, bStep, k, c, aux, epilogue)
}

/** M rows of 8 columns: tiles of four rows, then single ones. */
@inline function strip8(
  a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, c: usize, cRow: usize,
  m: i32, k: i32, aux: usize, auxRow: usize, epilogue: i32,
): void {
  for (; m >= 4; m -= 4, a += 4 * aRow, c += 4 * cRow, aux += 4 * auxRow) {
    tile4x8(a, aRow, aStep, b, bStep, k, c, cRow, aux, auxRow, epilogue)
  }
  for (; m > 0; m--, a += aRow, c += cRow, aux += auxRow) {
    tile1x8(a, aStep, b, bStep, k, c, aux, epilogue)
  }
}

/** M rows of up to four columns: tiles of four rows, then single ones. */
@inline function strip4(
  a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, c: usize, cRow: usize,
  m: i32, width: i32, k: i32, aux: usize, auxRow: usize, epilogue: i32,
): void {
  for (; m >= 4; m -= 4, a += 4 * aRow, c += 4 * cRow, aux += 4 * auxRow) {
    tile4x4(a, aRow, aStep, b, bStep, k, c, cRow, width, aux, auxRow, epilogue)
  }
  for (; m > 0; m--, a += aRow, c += cRow, aux += auxRow) {
    tile1x4(a, aStep, b, bStep, k, c, width, aux, epilogue)
  }
}

// ---- tiles: everything stays in registers until the store ----

@inline function tile2x16(
  a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, k: i32,
  c: usize, cRow: usize, aux: usize, auxRow: usize, epilogue: i32,
): void {
  let s0 = zero(), s1 = zero(), s2 = zero(), s3 = zero()
  let t0 = zero(), t1 = zero(), t2 = zero(), t3 = zero()
  let a1 = a + aRow
  for (let i = k; i > 0; i--) {
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
  store16(c, s0, s1, s2, s3, aux, epilogue)
  store16(c + cRow, t0, t1, t2, t3, aux + auxRow, epilogue)
}

@inline function tile1x16(
  a: usize, aStep: usize, b: usize, bStep: usize, k: i32, c: usize, aux: usize, epilogue: i32,
): void {
  let s0 = zero(), s1 = zero(), s2 = zero(), s3 = zero()
  for (let i = k; i > 0; i--) {
    const x = v128.load32_splat(a)
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(b)))
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(b, 16)))
    s2 = f32x4.add(s2, f32x4.mul(x, v128.load(b, 32)))
    s3 = f32x4.add(s3, f32x4.mul(x, v128.load(b, 48)))
    a += aStep
    b += bStep
  }
  store16(c, s0, s1, s2, s3, aux, epilogue)
}

/** For acting on one observation: six chains. Four wait for the adder, eight spill (V8 loads all of B first). */
@inline function tile1x24(
  a: usize, aStep: usize, b: usize, bStep: usize, k: i32, c: usize, aux: usize, epilogue: i32,
): void {
  let s0 = zero(), s1 = zero(), s2 = zero()
  let s3 = zero(), s4 = zero(), s5 = zero()
  for (let i = k; i > 0; i--) {
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
  a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, k: i32,
  c: usize, cRow: usize, aux: usize, auxRow: usize, epilogue: i32,
): void {
  let s0 = zero(), s1 = zero(), t0 = zero(), t1 = zero()
  let u0 = zero(), u1 = zero(), v0 = zero(), v1 = zero()
  let a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow
  for (let i = k; i > 0; i--) {
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
  a: usize, aStep: usize, b: usize, bStep: usize, k: i32, c: usize, aux: usize, epilogue: i32,
): void {
  let s0 = zero(), s1 = zero()
  for (let i = k; i > 0; i--) {
    const x = v128.load32_splat(a)
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(b)))
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(b, 16)))
    a += aStep
    b += bStep
  }
  store8(c, s0, s1, aux, epilogue)
}

@inline function tile4x4(
  a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, k: i32,
  c: usize, cRow: usize, width: i32, aux: usize, auxRow: usize, epilogue: i32,
): void {
  let s = zero(), t = zero(), u = zero(), v = zero()
  let a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow
  for (let i = k; i > 0; i--) {
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
  storeUpTo4(c, finish(s, c, aux, epilogue), width)
  storeUpTo4(c + cRow, finish(t, c + cRow, aux + auxRow, epilogue), width)
  storeUpTo4(c + 2 * cRow, finish(u, c + 2 * cRow, aux + 2 * auxRow, epilogue), width)
  storeUpTo4(c + 3 * cRow, finish(v, c + 3 * cRow, aux + 3 * auxRow, epilogue), width)
}

@inline function tile1x4(
  a: usize, aStep: usize, b: usize, bStep: usize, k: i32, c: usize, width: i32, aux: usize, epilogue: i32,
): void {
  let s = zero()
  for (let i = k; i > 0; i--) {
    s = f32x4.add(s, f32x4.mul(v128.load32_splat(a), v128.load(b)))
    a += aStep
    b += bStep
  }
  storeUpTo4(c, finish(s, c, aux, epilogue), width)
}
