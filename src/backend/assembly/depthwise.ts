/**
 * Depthwise convolution, NHWC, any stride, padding given as numbers: forward (with dilation), gradient of the input,
 * gradient of the filter. Every channel has `multiplier` filters of its own; output channel d belongs to input channel
 * d / multiplier. Four channels at a time.
 *
 * Chains ascend as in `conv2d`: forward over (kernel row, kernel column), the input's gradient over (output row, output
 * column, filter), the filter's over (image, output row, output column). Taps outside of the image are left out.
 */
import { ceilDivide, floorDivide } from './conv2d'
import { F32, storeUpTo4, V128, zero } from './vector'

/** Sizes, as 15 int32 in memory. */
@unmanaged class Shape {
  batch: i32
  inHeight: i32
  inWidth: i32
  inChannels: i32
  outHeight: i32
  outWidth: i32
  multiplier: i32
  kernelHeight: i32
  kernelWidth: i32
  strideHeight: i32
  strideWidth: i32
  padTop: i32
  padLeft: i32
  dilationHeight: i32
  dilationWidth: i32
}

/** y[N,OH,OW,C·M] from x[N,H,W,C] and w[KH,KW,C,M]. `shape` points to a Shape. */
export function depthwise(x: usize, w: usize, y: usize, shape: usize): void {
  const s = changetype<Shape>(shape)
  const image = <usize>(s.inHeight * s.inWidth * s.inChannels) * F32
  const outPixel = <usize>(s.inChannels * s.multiplier) * F32
  for (let i = 0; i < s.batch; i++, x += image) {
    for (let oy = 0; oy < s.outHeight; oy++) {
      for (let ox = 0; ox < s.outWidth; ox++, y += outPixel) {
        if (s.multiplier == 1) forwardPixel(x, w, y, s, oy, ox, true)
        else forwardPixel(x, w, y, s, oy, ox, false)
      }
    }
  }
}

/** dx[N,H,W,C] from dy[N,OH,OW,C·M] and w; without dilation. */
export function depthwiseInputGradient(dy: usize, w: usize, dx: usize, shape: usize): void {
  const s = changetype<Shape>(shape)
  const outImage = <usize>(s.outHeight * s.outWidth * s.inChannels * s.multiplier) * F32
  const pixel = <usize>s.inChannels * F32
  for (let i = 0; i < s.batch; i++, dy += outImage) {
    for (let iy = 0; iy < s.inHeight; iy++) {
      for (let ix = 0; ix < s.inWidth; ix++, dx += pixel) {
        if (s.multiplier == 1) inputPixelGradient(dy, w, dx, s, iy, ix, true)
        else inputPixelGradient(dy, w, dx, s, iy, ix, false)
      }
    }
  }
}

/** dw[KH,KW,C,M] from x[N,H,W,C] and dy[N,OH,OW,C·M]; without dilation. */
export function depthwiseFilterGradient(x: usize, dy: usize, dw: usize, shape: usize): void {
  const s = changetype<Shape>(shape)
  const tap = <usize>(s.inChannels * s.multiplier) * F32
  for (let ky = 0; ky < s.kernelHeight; ky++) {
    for (let kx = 0; kx < s.kernelWidth; kx++, dw += tap) {
      if (s.multiplier == 1) tapGradient(x, dy, dw, s, ky, kx, true)
      else tapGradient(x, dy, dw, s, ky, kx, false)
    }
  }
}

/** `isSingle`: the multiplier is 1, and channels lie as they are needed. */
@inline function forwardPixel(x: usize, w: usize, y: usize, s: Shape, oy: i32, ox: i32, isSingle: bool): void {
  const iy = oy * s.strideHeight - s.padTop
  const ix = ox * s.strideWidth - s.padLeft
  const top = max(0, ceilDivide(-iy, s.dilationHeight))
  const bottom = min(s.kernelHeight, ceilDivide(s.inHeight - iy, s.dilationHeight))
  const left = max(0, ceilDivide(-ix, s.dilationWidth))
  const right = min(s.kernelWidth, ceilDivide(s.inWidth - ix, s.dilationWidth))
  const channels = s.inChannels * s.multiplier
  const pixel = <usize>s.inChannels * F32, tap = <usize>channels * F32
  for (let d = 0; d < channels; d += 4, y += V128) {
    const c = isSingle ? d : d / s.multiplier
    const o1 = laneOffset(d + 1, c, s), o2 = laneOffset(d + 2, c, s), o3 = laneOffset(d + 3, c, s)
    let a = zero()
    for (let ky = top; ky < bottom; ky++) {
      const row = (iy + ky * s.dilationHeight) * s.inWidth + ix
      for (let kx = left; kx < right; kx++) {
        const at = x + <usize>(row + kx * s.dilationWidth) * pixel + <usize>c * F32
        const value = isSingle ? v128.load(at) : fourLanes(at, o1, o2, o3)
        a = f32x4.add(a, f32x4.mul(value, v128.load(w + <usize>(ky * s.kernelWidth + kx) * tap + <usize>d * F32)))
      }
    }
    storeUpTo4(y, a, channels - d)
  }
}

@inline function inputPixelGradient(dy: usize, w: usize, dx: usize, s: Shape, iy: i32, ix: i32, isSingle: bool): void {
  const down = iy + s.padTop, across = ix + s.padLeft
  const top = max(0, ceilDivide(down - s.kernelHeight + 1, s.strideHeight))
  const bottom = min(s.outHeight, floorDivide(down, s.strideHeight) + 1)
  const left = max(0, ceilDivide(across - s.kernelWidth + 1, s.strideWidth))
  const right = min(s.outWidth, floorDivide(across, s.strideWidth) + 1)
  const step = <usize>s.multiplier * F32
  const pixel = <usize>s.inChannels * step
  for (let c = 0; c < s.inChannels; c += 4, dx += V128) {
    // Lanes beyond the last channel read the first one's numbers, never beyond the end.
    const o1: usize = c + 1 < s.inChannels ? step : <usize>0, o2: usize = c + 2 < s.inChannels ? 2 * step : <usize>0
    const o3: usize = c + 3 < s.inChannels ? 3 * step : <usize>0
    let a = zero()
    for (let oy = top; oy < bottom; oy++) {
      const ky = down - oy * s.strideHeight
      for (let ox = left; ox < right; ox++) {
        const kx = across - ox * s.strideWidth
        let from = dy + <usize>(oy * s.outWidth + ox) * pixel + <usize>c * step
        let weight = w + <usize>(ky * s.kernelWidth + kx) * pixel + <usize>c * step
        if (isSingle) {
          a = f32x4.add(a, f32x4.mul(v128.load(from), v128.load(weight)))
          continue
        }
        for (let m = s.multiplier; m > 0; m--, from += F32, weight += F32) {
          a = f32x4.add(a, f32x4.mul(fourLanes(from, o1, o2, o3), fourLanes(weight, o1, o2, o3)))
        }
      }
    }
    storeUpTo4(dx, a, s.inChannels - c)
  }
}

@inline function tapGradient(x: usize, dy: usize, dw: usize, s: Shape, ky: i32, kx: i32, isSingle: bool): void {
  const top = max(0, ceilDivide(s.padTop - ky, s.strideHeight))
  const bottom = min(s.outHeight, floorDivide(s.inHeight - 1 + s.padTop - ky, s.strideHeight) + 1)
  const left = max(0, ceilDivide(s.padLeft - kx, s.strideWidth))
  const right = min(s.outWidth, floorDivide(s.inWidth - 1 + s.padLeft - kx, s.strideWidth) + 1)
  const channels = s.inChannels * s.multiplier
  const pixel = <usize>s.inChannels * F32, outPixel = <usize>channels * F32
  const image = <usize>(s.inHeight * s.inWidth) * pixel, outImage = <usize>(s.outHeight * s.outWidth) * outPixel
  for (let d = 0; d < channels; d += 4, dw += V128) {
    const c = isSingle ? d : d / s.multiplier
    const o1 = laneOffset(d + 1, c, s), o2 = laneOffset(d + 2, c, s), o3 = laneOffset(d + 3, c, s)
    let a = zero()
    for (let i = 0; i < s.batch; i++) {
      for (let oy = top; oy < bottom; oy++) {
        const iy = oy * s.strideHeight + ky - s.padTop
        const ix = left * s.strideWidth + kx - s.padLeft
        let from = x + <usize>i * image + <usize>(iy * s.inWidth + ix) * pixel + <usize>c * F32
        let at = dy + <usize>i * outImage + <usize>(oy * s.outWidth + left) * outPixel + <usize>d * F32
        for (let ox = left; ox < right; ox++, from += <usize>s.strideWidth * pixel, at += outPixel) {
          a = f32x4.add(a, f32x4.mul(isSingle ? v128.load(from) : fourLanes(from, o1, o2, o3), v128.load(at)))
        }
      }
    }
    storeUpTo4(dw, a, channels - d)
  }
}

/** How many bytes after channel c's number that of output channel d is; beyond the last channel at most 12 too many. */
@inline function laneOffset(d: i32, c: i32, s: Shape): usize {
  return <usize>(d / s.multiplier - c) * F32
}

@inline function fourLanes(at: usize, o1: usize, o2: usize, o3: usize): v128 {
  const three = v128.load32_lane(at + o2, v128.load32_lane(at + o1, v128.load32_zero(at), 1), 2)
  return v128.load32_lane(at + o3, three, 3)
}
