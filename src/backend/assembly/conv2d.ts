/**
 * Two-dimensional convolution, NHWC, any stride, zero padding given as numbers, dilation 1: forward,
 * gradient of the input, gradient of the filter.
 *
 * No im2col: a convolution is a matrix product that reads the image in place. Its sum over k falls
 * into `runs` of `length` steps, a run being a stretch of memory (forward: the kW·inC numbers under
 * one row of the kernel), with a jump of A and B between runs. Neighbouring pixels are A's rows.
 * Pixels whose window sticks out of the image get shorter or fewer runs, so padding is never
 * multiplied (0 · Infinity would be NaN).
 *
 * Chains ascend as in `matmul`: forward over (kernel row, kernel column, channel), the input's
 * gradient over (output row, output column, channel), the filter's gradient over (image, output row,
 * output column). A pixel's bits do not depend on the batch.
 */
import { EPILOGUE_BIAS, EPILOGUE_BIAS_RELU, EPILOGUE_NONE, EPILOGUE_RELU_GRADIENT } from './epilogue'
import { CONTINUE, strip16, strip4 } from './tiles'
import { F32 } from './vector'

const STRIP: i32 = 16

/** A convolution's sizes, as 13 int32 in memory. */
@unmanaged class Shape {
  batch: i32
  inHeight: i32
  inWidth: i32
  inChannels: i32
  outHeight: i32
  outWidth: i32
  outChannels: i32
  kernelHeight: i32
  kernelWidth: i32
  strideHeight: i32
  strideWidth: i32
  padTop: i32
  padLeft: i32
}

/** Bytes of a shape; `conv2dInputGradient` keeps one of its own at the head of its scratch. */
export const CONV_SHAPE_BYTES: i32 = 64

/** Where the pixels of an output lie: the strides of images, rows and pixels in bytes. */
@unmanaged class Layout {
  image: usize
  row: usize
  pixel: usize
}

/** Bytes that the scratch of `conv2dInputGradient` needs before the filter's copy: a shape, a layout. */
const SCRATCH_HEAD: usize = 96

/** Bytes of scratch for the convolution of this shape: `conv2d` and `conv2dInputGradient`. */
export function conv2dScratchBytes(shape: usize): usize {
  const s = changetype<Shape>(shape)
  return SCRATCH_HEAD + <usize>(s.kernelHeight * s.kernelWidth * s.inChannels * s.outChannels) * F32
}

/**
 * y[N,OH,OW,O] = epilogue(x[N,H,W,C] * w[KH,KW,C,O]). `shape` points to a Shape; `epilogue` is
 * none, bias, bias + ReLU or ReLU gradient, `aux` its operand, as in `matmul`.
 */
export function conv2d(
  x: usize, w: usize, y: usize, shape: usize, epilogue: i32, aux: usize, scratch: usize,
): void {
  const s = changetype<Shape>(shape)
  const layout = changetype<Layout>(scratch)
  layout.pixel = <usize>s.outChannels * F32
  layout.row = <usize>s.outWidth * layout.pixel
  layout.image = <usize>s.outHeight * layout.row
  convolve(x, w, y, s, layout, epilogue, aux)
}

/**
 * dx[N,H,W,C] from dy[N,OH,OW,O] and w: for each phase of the stride a convolution of dy, stride 1,
 * with that phase's part of the filter, turned around and transposed. `epilogue` may be none or the
 * ReLU gradient, with `aux` the ReLU's output [N,H,W,C].
 */
export function conv2dInputGradient(
  dy: usize, w: usize, dx: usize, shape: usize, epilogue: i32, aux: usize, scratch: usize,
): void {
  const s = changetype<Shape>(shape)
  const part = changetype<Shape>(scratch)
  const layout = changetype<Layout>(scratch + <usize>CONV_SHAPE_BYTES)
  const pixel = <usize>s.inChannels * F32
  const row = <usize>s.inWidth * pixel
  layout.pixel = <usize>s.strideWidth * pixel
  layout.row = <usize>s.strideHeight * row
  layout.image = <usize>s.inHeight * row
  for (let top = 0; top < min(s.strideHeight, s.inHeight); top++) {
    for (let left = 0; left < min(s.strideWidth, s.inWidth); left++) {
      const offset = <usize>top * row + <usize>left * pixel
      shapeOfPhase(s, part, top, left)
      packFilter(w, s, part, (top + s.padTop) % s.strideHeight, (left + s.padLeft) % s.strideWidth, scratch + SCRATCH_HEAD)
      convolve(dy, scratch + SCRATCH_HEAD, dx + offset, part, layout, epilogue, aux + offset)
    }
  }
}

/** dw[KH,KW,C,O] from x[N,H,W,C] and dy[N,OH,OW,O], one continued chain over the images. */
export function conv2dFilterGradient(x: usize, dy: usize, dw: usize, shape: usize): void {
  const s = changetype<Shape>(shape)
  const image = <usize>(s.inHeight * s.inWidth * s.inChannels) * F32
  const outImage = <usize>(s.outHeight * s.outWidth * s.outChannels) * F32
  memory.fill(dw, 0, <usize>(s.kernelHeight * s.kernelWidth * s.inChannels * s.outChannels) * F32)
  for (let i = 0; i < s.batch; i++, x += image, dy += outImage) {
    for (let ky = 0; ky < s.kernelHeight; ky++) filterRowGradient(x, dy, dw, s, ky)
  }
}

// ---- forward ----

/** Strips of 16 output channels outermost: a strip of the filter stays in the L1 cache. */
function convolve(x: usize, w: usize, y: usize, s: Shape, layout: Layout, epilogue: i32, aux: usize): void {
  const image = <usize>(s.inHeight * s.inWidth * s.inChannels) * F32
  const auxFollows: usize = epilogue == EPILOGUE_RELU_GRADIENT ? 1 : 0
  for (let o = 0; o < s.outChannels; o += STRIP) {
    const column = <usize>o * F32
    for (let i = 0; i < s.batch; i++) {
      for (let oy = 0; oy < s.outHeight; oy++) {
        const offset = <usize>i * layout.image + <usize>oy * layout.row + column
        const auxAt = aux + (auxFollows ? offset : column)
        convolveRow(x + <usize>i * image, w + column, y + offset, s, layout, oy, min(STRIP, s.outChannels - o), epilogue, auxAt)
      }
    }
  }
}

/** One row of output pixels: those left of the inner part, the inner part in one go, those right of it. */
function convolveRow(
  x: usize, w: usize, y: usize, s: Shape, layout: Layout, oy: i32, width: i32, epilogue: i32, aux: usize,
): void {
  const first = min(s.outWidth, ceilDivide(max(s.padLeft, 0), s.strideWidth))
  const fitting = s.inWidth - s.kernelWidth + s.padLeft
  const last = fitting < 0 ? first : max(first, min(s.outWidth, fitting / s.strideWidth + 1))
  for (let ox = 0; ox < first; ox++) convolvePixels(x, w, y, s, layout, oy, ox, 1, width, epilogue, aux)
  if (last > first) convolvePixels(x, w, y, s, layout, oy, first, last - first, width, epilogue, aux)
  for (let ox = last; ox < s.outWidth; ox++) convolvePixels(x, w, y, s, layout, oy, ox, 1, width, epilogue, aux)
}

/** `count` output pixels from `ox` on, whose windows stick out of the image alike. */
function convolvePixels(
  x: usize, w: usize, y: usize, s: Shape, layout: Layout, oy: i32, ox: i32, count: i32, width: i32,
  epilogue: i32, aux: usize,
): void {
  const iy = oy * s.strideHeight - s.padTop
  const ix = ox * s.strideWidth - s.padLeft
  const ky = max(0, -iy)
  const kx = max(0, -ix)
  const runs = max(0, min(s.kernelHeight, s.inHeight - iy) - ky)
  const length = max(0, min(s.kernelWidth, s.inWidth - ix) - kx) * s.inChannels
  const inRow = <usize>(s.inWidth * s.inChannels) * F32
  const bStep = <usize>s.outChannels * F32
  const a = x + <usize>(((iy + ky) * s.inWidth + ix + kx) * s.inChannels) * F32
  const b = w + <usize>((ky * s.kernelWidth + kx) * s.inChannels) * bStep
  const aSkip = inRow - <usize>length * F32
  const bSkip = <usize>(s.kernelWidth * s.inChannels - length) * bStep
  const auxStep = epilogue == EPILOGUE_RELU_GRADIENT ? layout.pixel : 0
  product(
    a, <usize>(s.strideWidth * s.inChannels) * F32, F32, aSkip, b, bStep, bSkip, runs, length,
    y + <usize>ox * layout.pixel, layout.pixel, count, width, epilogue, aux + <usize>ox * auxStep, auxStep,
  )
}

// ---- gradient of the input ----

/** The sizes of the stride-1 convolution that gives dx at rows `top`, top + stride, … and columns `left`, …. */
function shapeOfPhase(s: Shape, part: Shape, top: i32, left: i32): void {
  const down = top + s.padTop
  const right = left + s.padLeft
  part.batch = s.batch
  part.inHeight = s.outHeight
  part.inWidth = s.outWidth
  part.inChannels = s.outChannels
  part.outHeight = ceilDivide(s.inHeight - top, s.strideHeight)
  part.outWidth = ceilDivide(s.inWidth - left, s.strideWidth)
  part.outChannels = s.inChannels
  part.kernelHeight = max(0, ceilDivide(s.kernelHeight - down % s.strideHeight, s.strideHeight))
  part.kernelWidth = max(0, ceilDivide(s.kernelWidth - right % s.strideWidth, s.strideWidth))
  part.strideHeight = 1
  part.strideWidth = 1
  part.padTop = part.kernelHeight - 1 - down / s.strideHeight
  part.padLeft = part.kernelWidth - 1 - right / s.strideWidth
}

/** target[ky',kx',O,C]: every stride-th row and column of the filter from (top, left), last first. */
function packFilter(w: usize, s: Shape, part: Shape, top: i32, left: i32, target: usize): void {
  const tap = <usize>(s.inChannels * s.outChannels) * F32
  for (let i = part.kernelHeight - 1; i >= 0; i--) {
    for (let j = part.kernelWidth - 1; j >= 0; j--) {
      const ky = top + i * s.strideHeight
      const kx = left + j * s.strideWidth
      transpose(w + <usize>(ky * s.kernelWidth + kx) * tap, s.inChannels, s.outChannels, target)
      target += tap
    }
  }
}

/** target[cols,rows] = the transpose of source[rows,cols]. */
function transpose(source: usize, rows: i32, cols: i32, target: usize): void {
  const row = <usize>cols * F32
  for (let j = 0; j < cols; j++, source += F32) {
    for (let i = 0, at = source; i < rows; i++, at += row, target += F32) store<f32>(target, load<f32>(at))
  }
}

// ---- gradient of the filter ----

/** One row of the kernel for one image. Unpadded, its columns and channels are one run of C's rows. */
function filterRowGradient(x: usize, dy: usize, dw: usize, s: Shape, ky: i32): void {
  const from = max(0, ceilDivide(s.padTop - ky, s.strideHeight))
  const to = min(s.outHeight, floorDivide(s.inHeight - 1 + s.padTop - ky, s.strideHeight) + 1)
  const reach = (s.outWidth - 1) * s.strideWidth + s.kernelWidth
  if (to <= from) return
  if (s.padLeft == 0 && reach <= s.inWidth) {
    filterTaps(x, dy, dw, s, ky, 0, s.kernelWidth, from, to, 0, s.outWidth)
    return
  }
  for (let kx = 0; kx < s.kernelWidth; kx++) {
    const left = max(0, ceilDivide(s.padLeft - kx, s.strideWidth))
    const right = min(s.outWidth, floorDivide(s.inWidth - 1 + s.padLeft - kx, s.strideWidth) + 1)
    if (right > left) filterTaps(x, dy, dw, s, ky, kx, 1, from, to, left, right)
  }
}

/** `taps` columns of the kernel from (ky, kx) on, summed over output rows [from, to) and columns [left, right). */
function filterTaps(
  x: usize, dy: usize, dw: usize, s: Shape, ky: i32, kx: i32, taps: i32, from: i32, to: i32, left: i32, right: i32,
): void {
  const length = right - left
  const iy = from * s.strideHeight + ky - s.padTop
  const ix = left * s.strideWidth + kx - s.padLeft
  const inPixel = <usize>s.inChannels * F32
  const outPixel = <usize>s.outChannels * F32
  const a = x + <usize>(iy * s.inWidth + ix) * inPixel
  const aStep = <usize>s.strideWidth * inPixel
  const aSkip = <usize>(s.strideHeight * s.inWidth) * inPixel - <usize>length * aStep
  const b = dy + <usize>(from * s.outWidth + left) * outPixel
  const bSkip = <usize>(s.outWidth - length) * outPixel
  const c = dw + <usize>((ky * s.kernelWidth + kx) * s.inChannels) * outPixel
  for (let o = 0; o < s.outChannels; o += STRIP) {
    const column = <usize>o * F32
    product(
      a, F32, aStep, aSkip, b + column, outPixel, bSkip, to - from, length,
      c + column, outPixel, taps * s.inChannels, min(STRIP, s.outChannels - o), CONTINUE, 0, 0,
    )
  }
}

// ---- the product with a k of several runs ----

/**
 * C[m, up to 16] = epilogue(A·B) where k counts `runs` of `length`: a step moves A by `aStep` and B
 * by `bStep`, the end of a run by `aSkip` and `bSkip` more.
 */
function product(
  a: usize, aRow: usize, aStep: usize, aSkip: usize, b: usize, bStep: usize, bSkip: usize, runs: i32, length: i32,
  c: usize, cRow: usize, m: i32, width: i32, epilogue: i32, aux: usize, auxRow: usize,
): void {
  switch (epilogue) {
    case EPILOGUE_BIAS:
      return strip(a, aRow, aStep, aSkip, b, bStep, bSkip, runs, length, c, cRow, m, width, EPILOGUE_BIAS, aux, auxRow)
    case EPILOGUE_BIAS_RELU:
      return strip(a, aRow, aStep, aSkip, b, bStep, bSkip, runs, length, c, cRow, m, width, EPILOGUE_BIAS_RELU, aux, auxRow)
    case EPILOGUE_RELU_GRADIENT:
      return strip(a, aRow, aStep, aSkip, b, bStep, bSkip, runs, length, c, cRow, m, width, EPILOGUE_RELU_GRADIENT, aux, auxRow)
    case CONTINUE:
      return strip(a, aRow, aStep, aSkip, b, bStep, bSkip, runs, length, c, cRow, m, width, CONTINUE, aux, auxRow)
    default:
      strip(a, aRow, aStep, aSkip, b, bStep, bSkip, runs, length, c, cRow, m, width, EPILOGUE_NONE, aux, auxRow)
  }
}

/** Tiles of two rows by sixteen columns; narrower strips four columns at a time. */
@inline function strip(
  a: usize, aRow: usize, aStep: usize, aSkip: usize, b: usize, bStep: usize, bSkip: usize, runs: i32, length: i32,
  c: usize, cRow: usize, m: i32, width: i32, epilogue: i32, aux: usize, auxRow: usize,
): void {
  if (width == STRIP) {
    strip16(a, aRow, aStep, aSkip, b, bStep, bSkip, runs, length, c, cRow, m, epilogue, aux, auxRow)
    return
  }
  for (; width > 0; width -= 4, b += 16, c += 16, aux += 16) {
    strip4(a, aRow, aStep, aSkip, b, bStep, bSkip, runs, length, c, cRow, m, width, epilogue, aux, auxRow)
  }
}

@inline export function ceilDivide(a: i32, b: i32): i32 {
  return -floorDivide(-a, b)
}

@inline export function floorDivide(a: i32, b: i32): i32 {
  return a >= 0 ? a / b : -((b - 1 - a) / b)
}
