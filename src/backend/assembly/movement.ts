/** Kernels that move numbers without computing: fill, one-hot, transposition of a matrix. Four-byte elements. */

/** x[n] = value. */
export function fill(x: usize, n: i32, value: f32): void {
  const four = f32x4.splat(value)
  for (; n >= 4; n -= 4, x += 16) v128.store(x, four)
  for (let end = x + (<usize>n << 2); x < end; x += 4) store<f32>(x, value)
}

/** y[n, depth] = `on` at indices[n], `off` elsewhere and where an index is out of range; both by their bits. */
export function oneHot(indices: usize, y: usize, n: i32, depth: i32, on: i32, off: i32): void {
  const rowBytes = <usize>depth << 2
  fill(y, n * depth, reinterpret<f32>(off))
  for (; n > 0; n--, indices += 4, y += rowBytes) {
    const index = load<i32>(indices)
    if (<u32>index < <u32>depth) store<i32>(y + (<usize>index << 2), on)
  }
}

/** y[cols, rows] = x[rows, cols] transposed. */
export function transpose(x: usize, y: usize, rows: i32, cols: i32): void {
  const xRow = <usize>cols << 2
  for (let c: usize = 0; c < xRow; c += 4) {
    for (let r: i32 = 0, at = x + c; r < rows; r++, at += xRow, y += 4) store<i32>(y, load<i32>(at))
  }
}
