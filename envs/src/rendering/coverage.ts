/**
 * How much of every pixel a polygon covers: exact areas, no sampling. Each edge adds to the cells
 * that it crosses the signed area to its right, as a difference along the row; a running sum then
 * gives the coverage. The idea is that of Raph Levien's font-rs and of FreeType's smooth rasterizer.
 *
 * Contours that overlap in one path add up and are cut off at 1 where they turn the same way, and
 * cancel where they turn opposite ways, which makes holes.
 */

/** Corners of a closed polygon: x0, y0, x1, y1, … in pixels; the last is joined to the first. */
export type Contour = readonly number[]

/** The sums of one picture's size, reused from shape to shape; they are zero between two. */
export class Coverage {
  readonly width: number
  readonly height: number
  readonly #sums: Float64Array
  readonly #stride: number

  constructor(width: number, height: number) {
    this.width = width
    this.height = height
    this.#stride = width + 2 // an edge in the last column writes up to two cells further on
    this.#sums = new Float64Array(this.#stride * height)
  }

  /**
   * Calls `paint(index, coverage)` for every pixel that the path covers, row by row; `index` is
   * y * width + x, `coverage` in (0, 1]. What lies outside of the picture is cut off.
   */
  visit(path: readonly Contour[], paint: (index: number, coverage: number) => void): void {
    let [top, bottom, left, right] = [this.height, 0, this.width, 0]
    for (const contour of path) {
      const clipped = clip(contour, this.width, this.height)
      const last = clipped.length - 2
      for (let i = 0, before = last; i <= last; before = i, i += 2) {
        const [x, y] = [clipped[i]!, clipped[i + 1]!]
        this.#addEdge(clipped[before]!, clipped[before + 1]!, x, y)
        top = Math.min(top, Math.floor(y))
        bottom = Math.max(bottom, Math.ceil(y))
        left = Math.min(left, Math.floor(x))
        right = Math.max(right, Math.ceil(x))
      }
    }
    for (let y = top; y < bottom; y++) this.#sweep(y, left, right, paint)
  }

  #sweep(
    y: number,
    left: number,
    right: number,
    paint: (index: number, coverage: number) => void,
  ): void {
    const sums = this.#sums
    const row = y * this.#stride
    let sum = 0
    for (let x = left; x < right; x++) {
      sum += sums[row + x]!
      const coverage = Math.min(1, Math.abs(sum))
      if (coverage > NOTHING) paint(y * this.width + x, coverage)
    }
    sums.fill(0, row + left, row + right + 2)
  }

  #addEdge(x0: number, y0: number, x1: number, y1: number): void {
    if (y0 === y1) return
    const down = y0 < y1
    const [topX, topY, bottomX, bottomY] = down ? [x0, y0, x1, y1] : [x1, y1, x0, y0]
    const slope = (bottomX - topX) / (bottomY - topY)
    const end = Math.ceil(bottomY)
    for (let row = Math.floor(topY); row < end; row++) {
      const from = Math.max(row, topY)
      const to = Math.min(row + 1, bottomY)
      // Inside [topX, bottomX] also after rounding, so that no cell outside is written.
      const enter = between(topX + (from - topY) * slope, topX, bottomX)
      const leave = between(topX + (to - topY) * slope, topX, bottomX)
      const height = down ? to - from : from - to
      this.#addSpan(row * this.#stride, Math.min(enter, leave), Math.max(enter, leave), height)
    }
  }

  /** An edge that crosses one row from `left` to `right` (x), `height` of it, signed. */
  #addSpan(row: number, left: number, right: number, height: number): void {
    const sums = this.#sums
    const first = Math.floor(left)
    const end = Math.ceil(right)
    if (end <= first + 1) {
      const toTheLeft = height * ((left + right) / 2 - first)
      sums[row + first]! += height - toTheLeft
      sums[row + first + 1]! += toTheLeft
      return
    }
    // Area to the right of the edge within the pixels before x is a parabola, then a straight line.
    const perPixel = height / (right - left)
    let before = 0
    let cells = 0
    for (let x = first; x < end; x++) {
      const start = Math.max(left, x)
      const stop = Math.min(right, x + 1)
      const crossed = perPixel * (stop - start)
      const area = before + crossed * (x + 1 - (start + stop) / 2)
      sums[row + x]! += area - cells
      cells = area
      before += crossed
    }
    sums[row + end]! += before - cells
  }
}

const NOTHING = 1e-9 // what the running sum may leave by rounding

function between(x: number, a: number, b: number): number {
  return Math.min(Math.max(x, Math.min(a, b)), Math.max(a, b))
}

/**
 * The part of a polygon inside the picture (Sutherland & Hodgman 1974). A concave polygon leaves
 * edges that run along the border to and fro; their areas cancel.
 */
function clip(contour: Contour, width: number, height: number): Contour {
  const inside = contour.every((z, i) => z >= 0 && z <= (i % 2 === 0 ? width : height))
  if (inside) return contour
  let points = contour
  for (const [axis, sign, limit] of [
    [0, 1, 0],
    [0, -1, width],
    [1, 1, 0],
    [1, -1, height],
  ] as const) {
    points = cut(points, axis, sign, limit)
  }
  return points
}

/** Keeps what has `sign * (z - limit) >= 0`, z being x (axis 0) or y (axis 1). */
function cut(points: Contour, axis: 0 | 1, sign: 1 | -1, limit: number): Contour {
  const kept: number[] = []
  const last = points.length - 2
  for (let i = 0, before = last; i <= last; before = i, i += 2) {
    const a = sign * (points[before + axis]! - limit)
    const b = sign * (points[i + axis]! - limit)
    if (a >= 0 !== b >= 0) {
      const other = 1 - axis
      const t = a / (a - b)
      const z = points[before + other]! + t * (points[i + other]! - points[before + other]!)
      kept.push(...(axis === 0 ? [limit, z] : [z, limit]))
    }
    if (b >= 0) kept.push(points[i]!, points[i + 1]!)
  }
  return kept
}
