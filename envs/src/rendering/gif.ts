/**
 * Frames as an animated GIF, encoded as they come, so that no frame is kept. A pixel that has not
 * changed is left transparent over the frame before, which keeps files small and backgrounds still;
 * a frame whose changes have up to 255 colours is exact.
 *
 * Encoded by gifenc (MIT, 9 kB, no dependencies). Its last release is some years old, as is the
 * format; modern-gif, which is released more often, is asynchronous, keeps every frame as RGBA
 * until the end and took five times as long on 50 frames of 600 x 400.
 */

import * as module from 'gifenc'
import type { Gifenc, Palette } from 'gifenc'
import { type Frame, frameOf, type Picture } from '../frame.ts'

// Node takes gifenc's CommonJS file, whose exports are all in the default; bundlers its ES module.
const gifenc: Gifenc = { ...module, ...module.default }

/** Browsers slow down pictures that are shown for less than 1/50 s. */
export const MAX_GIF_FPS = 50
/** Its header has 16 bits for each. */
const MAX_GIF_SIDE = 0xffff
const MAX_COLORS = 255 // and one that is transparent
const AREA = 1 / 2000 // share of the pixels that makes a colour that of an area
const MAX_AREAS = 224 // colours kept for areas

/**
 * @example
 * const gif = new GifEncoder({ fps: 30 })
 * gif.add(frame)
 * await writeFile('video.gif', gif.finish())
 */
export class GifEncoder {
  readonly fps: number
  readonly #encoder = gifenc.GIFEncoder()
  #count = 0
  #last: Frame | undefined

  /**
   * @param options.fps pictures per second, more than 0 and at most 50.
   * @throws RangeError on another rate.
   */
  constructor({ fps }: { fps: number }) {
    if (!(fps > 0 && fps <= MAX_GIF_FPS)) {
      throw new RangeError(
        `GifEncoder: fps is ${fps}; pass pictures per second, more than 0 and at most ${MAX_GIF_FPS}`,
      )
    }
    this.fps = fps
  }

  /** How many frames were added. */
  get count(): number {
    return this.#count
  }

  /**
   * Encodes the next frame, which is copied.
   *
   * @throws TypeError when it is none; RangeError when its size is another, or too large.
   */
  add(picture: Picture): void {
    const { width, height, data } = frameOf(picture, 'GifEncoder.add')
    if (Math.max(width, height) > MAX_GIF_SIDE) {
      throw new RangeError(
        `GifEncoder: a frame is ${width} x ${height}; a GIF has ${MAX_GIF_SIDE} pixels a side at most`,
      )
    }
    const last = this.#last
    if (last !== undefined && (last.width !== width || last.height !== height)) {
      throw new RangeError(
        `GifEncoder: a frame is ${width} x ${height}, the first was ${last.width} x ${last.height}; ` +
          'pass frames of one size',
      )
    }
    const changed = changedPixels(data, last?.data)
    const [palette, indices] = paletteOf(data, changed)
    const transparentIndex = palette.length
    const index = new Uint8Array(width * height).fill(transparentIndex)
    for (const pixel of changed) index[pixel] = indices.get(colorAt(data, pixel))!
    this.#encoder.writeFrame(index, width, height, {
      palette: [...palette, [0, 0, 0]],
      delay: this.#delay(),
      transparent: true,
      transparentIndex,
      dispose: 1,
      repeat: 0,
    })
    this.#last = { width, height, data: data.slice() }
    this.#count += 1
  }

  /** The file; after that nothing can be added. @throws RangeError without frames. */
  finish(): Uint8Array {
    if (this.#count === 0) throw new RangeError('GifEncoder: no frames; add one before finish()')
    this.#encoder.finish()
    return this.#encoder.bytes()
  }

  /** ms, in GIF's steps of 10: rounded so that the sum keeps the time. */
  #delay(): number {
    const end = (frames: number) => Math.round((100 * frames) / this.fps)
    return 10 * (end(this.#count + 1) - end(this.#count))
  }
}

/** Numbers of the pixels that differ; without a frame before, all of them. */
function changedPixels(data: Uint8Array, last: Uint8Array | undefined): Uint32Array {
  const pixels = new Uint32Array(data.length / 3)
  let count = 0
  for (let i = 0; i < data.length; i += 3) {
    const same =
      last !== undefined &&
      data[i] === last[i] &&
      data[i + 1] === last[i + 1] &&
      data[i + 2] === last[i + 2]
    if (!same) pixels[count++] = i / 3
  }
  return pixels.subarray(0, count)
}

/**
 * A palette, and the index into it of every colour. Where there are too many, those of whole areas
 * stay as they are, so that nothing is left behind where a thing has moved on; gifenc makes the
 * rest of the palette from the rest of the colours, which are mostly those of smooth edges.
 */
function paletteOf(data: Uint8Array, pixels: Uint32Array): [Palette, Map<number, number>] {
  const counts = countColors(data, pixels)
  const colors = [...counts.keys()]
  if (colors.length <= MAX_COLORS) return [colors.map(toRgb), indexOf(colors)]
  const enough = pixels.length * AREA
  const areas = colors
    .filter((color) => counts.get(color)! >= enough)
    .sort((a, b) => counts.get(b)! - counts.get(a)!)
    .slice(0, MAX_AREAS)
  const indices = indexOf(areas)
  const rest = colors.filter((color) => !indices.has(color))
  const rgba = Uint8Array.from(rest.flatMap((color) => [...toRgb(color), 0xff]))
  const palette = [...areas.map(toRgb), ...gifenc.quantize(rgba, MAX_COLORS - areas.length)]
  gifenc.applyPalette(rgba, palette).forEach((index, i) => indices.set(rest[i]!, index))
  return [palette, indices]
}

function countColors(data: Uint8Array, pixels: Uint32Array): Map<number, number> {
  const counts = new Map<number, number>()
  for (const pixel of pixels) {
    const color = colorAt(data, pixel)
    counts.set(color, (counts.get(color) ?? 0) + 1)
  }
  return counts
}

/** 0xRRGGBB */
function colorAt(data: Uint8Array, pixel: number): number {
  const i = 3 * pixel
  return (data[i]! << 16) | (data[i + 1]! << 8) | data[i + 2]!
}

function toRgb(color: number): [number, number, number] {
  return [color >> 16, (color >> 8) & 0xff, color & 0xff]
}

function indexOf(colors: readonly number[]): Map<number, number> {
  return new Map(colors.map((color, index) => [color, index]))
}
