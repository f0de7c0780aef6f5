/** Kernels that move numbers without computing: fill, one-hot, transposition, rows by index. Four-byte elements. */

/** x[n] = value. */
export function fill(x: usize, n: i32, value: f32): void {
  for (let end = x + (<usize>n << 2); x < end; x += 4) store<f32>(x, value)
}

/** y[n, depth] (int32) = 1 at indices[n], 0 elsewhere; an index out of range gives a row of zeros. */
export function oneHot(indices: usize, y: usize, n: i32, depth: i32): void {
  const rowBytes = <usize>depth << 2
  memory.fill(y, 0, <usize>n * rowBytes)
  for (; n > 0; n--, indices += 4, y += rowBytes) {
    const index = load<i32>(indices)
    if (<u32>index < <u32>depth) store<i32>(y + (<usize>index << 2), 1)
  }
}

/** y[cols, rows] = x[rows, cols] transposed. */
export function transpose(x: usize, y: usize, rows: i32, cols: i32): void {
  const xRow = <usize>cols << 2
  for (let c: usize = 0; c < xRow; c += 4) {
    for (let r: i32 = 0, at = x + c; r < rows; r++, at += xRow, y += 4) store<i32>(y, load<i32>(at))
  }
}

/** y[n, size] = the rows of x[rows, size] with indices[n]; an index out of range gives zeros, as tfjs's cpu backend. */
export function gatherRows(x: usize, indices: usize, y: usize, n: i32, rows: i32, size: i32): void {
  const rowBytes = <usize>size << 2
  for (; n > 0; n--, indices += 4, y += rowBytes) {
    const index = load<i32>(indices)
    if (<u32>index < <u32>rows) memory.copy(y, x + <usize>index * rowBytes, rowBytes)
    else memory.fill(y, 0, rowBytes)
  }
}
