/** The pixels under a canvas: RGB bytes that colours are laid over, with coverage and opacity. */

import type { Frame } from '../frame.ts'
import { Coverage } from './coverage.ts'
import type { Contour } from './coverage.ts'

/** 0xRRGGBB */
export type Color = number

export class Surface {
  readonly width: number
  readonly height: number
  /** [height, width, 3] */
  readonly data: Uint8Array
  readonly #coverage: Coverage

  constructor(width: number, height: number) {
    this.width = width
    this.height = height
    this.data = new Uint8Array(width * height * 3)
    this.#coverage = new Coverage(width, height)
  }

  /** Colours from `top` at the upper edge to `bottom` at the lower, over everything. */
  wash(top: Color, bottom: Color): void {
    const stride = this.width * 3
    for (let y = 0; y < this.height; y++) {
      const color = mix(top, bottom, this.height > 1 ? y / (this.height - 1) : 0)
      const start = y * stride
      this.data[start] = color >> 16
      this.data[start + 1] = (color >> 8) & 0xff
      this.data[start + 2] = color & 0xff
      // Doubles what is there until the row is full.
      for (let filled = 3; filled < stride; filled *= 2) {
        this.data.copyWithin(start + filled, start, start + Math.min(filled, stride - filled))
      }
    }
  }

  /** @param path in pixels. @param opacity 0 to 1. */
  fill(path: readonly Contour[], color: Color, opacity: number): void {
    const data = this.data
    const [red, green, blue] = [color >> 16, (color >> 8) & 0xff, color & 0xff]
    this.#coverage.visit(path, (pixel, coverage) => {
      const weight = coverage * opacity
      const i = pixel * 3
      data[i] = blend(data[i]!, red, weight)
      data[i + 1] = blend(data[i + 1]!, green, weight)
      data[i + 2] = blend(data[i + 2]!, blue, weight)
    })
  }

  toFrame(): Frame {
    return { width: this.width, height: this.height, data: this.data }
  }
}

/** A colour between two: `a` at 0, `b` at 1. */
export function mix(a: Color, b: Color, share: number): Color {
  const channel = (shift: number) => blend((a >> shift) & 0xff, (b >> shift) & 0xff, share) << shift
  return channel(16) | channel(8) | channel(0)
}

function blend(under: number, over: number, weight: number): number {
  return Math.floor(under + (over - under) * weight + 0.5)
}
