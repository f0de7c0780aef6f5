/**
 * Matrix products: C[M,N] = epilogue(op(A)·op(B)), all four transposes, float32.
 *
 * Determinism contract: every element of C is one chain, start 0, k ascending, multiply then add,
 * epilogue after. No tile, tail, packing or transpose changes that order, so a row of C has the same
 * bits in a batch of any size and at any place in it, and equals a scalar `Math.fround` loop.
 *
 * One kernel serves A and Aᵀ: it takes A's row stride and k stride. B's columns must be contiguous;
 * Bᵀ is packed into panels of 16 columns first. The tiles are those of tiles.ts. Epilogues are compiled
 * into the store: the generic bodies below are inlined with a constant `epilogue`.
 *
 * Left out on purpose: relaxed (fused) multiply-add, whose bits differ between machines; threads;
 * blocking over k, which networks of reinforcement learning are too small to need.
 */
import {
  EPILOGUE_ACCUMULATE, EPILOGUE_BIAS, EPILOGUE_BIAS_RELU, EPILOGUE_NONE, EPILOGUE_RELU_GRADIENT,
} from './epilogue'
import { ONE_RUN, strip16, strip4, strip8, tile1x24 } from './tiles'
import { F32, interleaveHigh, interleaveLow, joinHigh, joinLow } from './vector'

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
      tile1x24(a, aStep, b, bStep, k, c, epilogue, aux)
    }
  }
  for (; n >= 16; n -= 16, b += 64, c += 64, aux += 64) {
    strip16(a, aRow, aStep, 0, b, bStep, 0, ONE_RUN, k, c, cRow, m, epilogue, aux, auxRow)
  }
  if (n >= 8) {
    strip8(a, aRow, aStep, b, bStep, k, c, cRow, m, epilogue, aux, auxRow)
    n -= 8, b += 32, c += 32, aux += 32
  }
  for (; n > 0; n -= 4, b += 16, c += 16, aux += 16) {
    strip4(a, aRow, aStep, 0, b, bStep, 0, ONE_RUN, k, c, cRow, m, n, epilogue, aux, auxRow)
  }
}
