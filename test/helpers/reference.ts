/** The layers and losses again, in plain double-precision arithmetic, to differentiate numerically. */

/** A matrix, flat and row-major: [rows, columns]. */
export type Matrix = ArrayLike<number>

/** x [B, in] · (g v / ‖v‖) + b, with v [in, out]. */
export function denseReference(
  x: Matrix,
  v: Matrix,
  g: ArrayLike<number>,
  b: ArrayLike<number>,
): Float64Array {
  const units = g.length
  const inputs = v.length / units
  const norms = Float64Array.from({ length: units }, (_, o) => {
    let squares = 0
    for (let i = 0; i < inputs; i++) squares += v[i * units + o]! ** 2
    return Math.sqrt(squares)
  })
  return Float64Array.from({ length: (x.length / inputs) * units }, (_, at) => {
    const [row, o] = [Math.floor(at / units), at % units]
    let t = 0
    for (let i = 0; i < inputs; i++) t += x[row * inputs + i]! * v[i * units + o]!
    return (g[o]! * t) / norms[o]! + b[o]!
  })
}

/**
 * Every k×k window of an image [h, w, c] as a row [k·k·c], without padding: a convolution is `denseReference` of it.
 */
export function windows(
  image: ArrayLike<number>,
  [h, w, c]: readonly [number, number, number],
  k: number,
  stride: number,
): number[] {
  const rows: number[] = []
  for (let y = 0; y + k <= h; y += stride) {
    for (let x = 0; x + k <= w; x += stride) {
      for (let dy = 0; dy < k; dy++) {
        for (let dx = 0; dx < k; dx++) {
          for (let channel = 0; channel < c; channel++) {
            rows.push(image[((y + dy) * w + x + dx) * c + channel]!)
          }
        }
      }
    }
  }
  return rows
}

export function huberReference(error: number, delta: number): number {
  const size = Math.abs(error)
  return size <= delta ? error ** 2 / 2 : delta * (size - delta / 2)
}

/** log softmax of one row. */
export function logSoftmax(logits: ArrayLike<number>): number[] {
  const all = Array.from(logits)
  const most = Math.max(...all)
  const logSum = most + Math.log(all.reduce((sum, logit) => sum + Math.exp(logit - most), 0))
  return all.map((logit) => logit - logSum)
}

/** Σ a·b, which makes a scalar of an output and its upstream gradient. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0)
}

/** Central differences of a function of one array. */
export function numericalGradient(
  f: (at: Float64Array) => number,
  at: ArrayLike<number>,
  step = 1e-6,
): Float64Array {
  return Float64Array.from(at, (value, i) => {
    const moved = Float64Array.from(at)
    moved[i] = value + step
    const above = f(moved)
    moved[i] = value - step
    return (above - f(moved)) / (2 * step)
  })
}
