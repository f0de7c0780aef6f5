/**
 * Pooling over windows of an image, NHWC, any stride, padding given as numbers: maximum, mean, and their gradients.
 * Four channels at a time.
 *
 * As in tfjs's cpu backend: NaN never becomes a maximum, the first of equal maxima gets the gradient, the mean counts
 * what lies in the image, and its gradient divides by the whole window. A pixel's gradient is summed over the windows
 * that hold it in ascending order (window row, window column).
 */
import { F32, storeUpTo4, V128, zero } from './vector'

const MAX: i32 = 0
const MEAN: i32 = 1

/** Sizes, as 12 int32 in memory. */
@unmanaged class Pool {
  batch: i32
  inHeight: i32
  inWidth: i32
  channels: i32
  outHeight: i32
  outWidth: i32
  height: i32
  width: i32
  strideHeight: i32
  strideWidth: i32
  padTop: i32
  padLeft: i32
}

/** y[N,OH,OW,C] = the greatest number of each window of x[N,H,W,C]. `shape` points to a Pool. */
export function maxPool(x: usize, y: usize, shape: usize): void {
  pool(MAX, x, y, changetype<Pool>(shape))
}

/** y[N,OH,OW,C] = the mean of each window of x[N,H,W,C]. */
export function meanPool(x: usize, y: usize, shape: usize): void {
  pool(MEAN, x, y, changetype<Pool>(shape))
}

/** dx[N,H,W,C]: each dy[N,OH,OW,C] goes to where its window of x has the greatest number. */
export function maxPoolGradient(dy: usize, x: usize, dx: usize, shape: usize): void {
  const s = changetype<Pool>(shape)
  const pixel = <usize>s.channels * F32, row = <usize>s.inWidth * pixel, image = <usize>s.inHeight * row
  memory.fill(dx, 0, <usize>s.batch * image)
  for (let i = 0; i < s.batch; i++, x += image, dx += image) {
    for (let oy = 0; oy < s.outHeight; oy++) {
      const top = oy * s.strideHeight - s.padTop
      const from = max(0, top), to = min(s.inHeight, top + s.height)
      for (let ox = 0; ox < s.outWidth; ox++, dy += pixel) {
        const left = ox * s.strideWidth - s.padLeft
        const first = max(0, left), columns = min(s.inWidth, left + s.width) - first
        const corner = <usize>from * row + <usize>first * pixel
        toGreatest(dy, x, dx, corner, to - from, columns, row, pixel, s.channels)
      }
    }
  }
}

/** dx[N,H,W,C]: each dy[N,OH,OW,C] in equal parts to its window. */
export function meanPoolGradient(dy: usize, dx: usize, shape: usize): void {
  const s = changetype<Pool>(shape)
  const pixel = <usize>s.channels * F32, row = <usize>s.inWidth * pixel, image = <usize>s.inHeight * row
  memory.fill(dx, 0, <usize>s.batch * image)
  for (let i = 0, target = dx; i < s.batch; i++, target += image) {
    for (let oy = 0; oy < s.outHeight; oy++) {
      const top = oy * s.strideHeight - s.padTop
      const from = max(0, top), to = min(s.inHeight, top + s.height)
      for (let ox = 0; ox < s.outWidth; ox++, dy += pixel) {
        const left = ox * s.strideWidth - s.padLeft
        const first = max(0, left), last = min(s.inWidth, left + s.width)
        for (let iy = from; iy < to; iy++) {
          for (let ix = first; ix < last; ix++) addPixel(dy, target + <usize>iy * row + <usize>ix * pixel, s.channels)
        }
      }
    }
  }
  const count = f32x4.splat(<f32>(s.height * s.width))
  for (let n = s.batch * s.inHeight * s.inWidth * s.channels; n > 0; n -= 4, dx += V128) {
    storeUpTo4(dx, f32x4.div(v128.load(dx), count), n)
  }
}

@inline function pool(op: i32, x: usize, y: usize, s: Pool): void {
  const pixel = <usize>s.channels * F32, row = <usize>s.inWidth * pixel, image = <usize>s.inHeight * row
  for (let i = 0; i < s.batch; i++, x += image) {
    for (let oy = 0; oy < s.outHeight; oy++) {
      const top = oy * s.strideHeight - s.padTop
      const from = max(0, top), rows = max(0, min(s.inHeight, top + s.height) - from)
      for (let ox = 0; ox < s.outWidth; ox++, y += pixel) {
        const left = ox * s.strideWidth - s.padLeft
        const first = max(0, left), columns = max(0, min(s.inWidth, left + s.width) - first)
        poolWindow(op, x + <usize>from * row + <usize>first * pixel, y, rows, columns, row, pixel, s.channels)
      }
    }
  }
}

/** y[C] from the window whose first pixel is at x. */
@inline function poolWindow(
  op: i32, x: usize, y: usize, rows: i32, columns: i32, row: usize, pixel: usize, channels: i32,
): void {
  const count = f32x4.splat(<f32>(rows * columns))
  for (; channels > 0; channels -= 4, x += V128, y += V128) {
    let a = op == MAX ? f32x4.splat(-Infinity) : zero()
    for (let i = rows, line = x; i > 0; i--, line += row) {
      for (let j = columns, at = line; j > 0; j--, at += pixel) {
        a = op == MAX ? f32x4.pmax(a, v128.load(at)) : f32x4.add(a, v128.load(at))
      }
    }
    storeUpTo4(y, op == MAX ? a : f32x4.div(a, count), channels)
  }
}

/** Adds dy[C] to dx where x has the window's maximum, `corner` bytes and more after both images' beginning. */
function toGreatest(
  dy: usize, x: usize, dx: usize, corner: usize, rows: i32, columns: i32, row: usize, pixel: usize, channels: i32,
): void {
  for (; channels > 0; channels -= 4, dy += V128, corner += V128) {
    let best = f32x4.splat(-Infinity)
    let where = i32x4.splat(-1)
    for (let i = rows, line = corner; i > 0; i--, line += row) {
      for (let j = columns, at = line; j > 0; j--, at += pixel) {
        const value = v128.load(x + at)
        const isGreater = f32x4.gt(value, best)
        best = v128.bitselect(value, best, isGreater)
        where = v128.bitselect(i32x4.splat(<i32>at), where, isGreater)
      }
    }
    addTo(dx, i32x4.extract_lane(where, 0), dy)
    if (channels > 1) addTo(dx + 4, i32x4.extract_lane(where, 1), dy + 4)
    if (channels > 2) addTo(dx + 8, i32x4.extract_lane(where, 2), dy + 8)
    if (channels > 3) addTo(dx + 12, i32x4.extract_lane(where, 3), dy + 12)
  }
}

@inline function addTo(dx: usize, offset: i32, dy: usize): void {
  if (offset >= 0) store<f32>(dx + <usize>offset, load<f32>(dx + <usize>offset) + load<f32>(dy))
}

/** dx[C] += dy[C] */
function addPixel(dy: usize, dx: usize, channels: i32): void {
  for (; channels > 0; channels -= 4, dy += V128, dx += V128) {
    storeUpTo4(dx, f32x4.add(v128.load(dx), v128.load(dy)), channels)
  }
}
