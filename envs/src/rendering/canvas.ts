/**
 * A small software canvas: anti-aliased shapes, lines and text as RGB bytes, through affine maps.
 * Everything is plain arithmetic, so a frame is the same in Node, Deno, Bun and browsers.
 *
 * Written here rather than taken from npm because what there is does not fit: the kept canvases
 * (@napi-rs/canvas, skia-canvas) are native binaries, canvaskit-wasm and resvg-wasm are megabytes
 * of WebAssembly that start asynchronously, and pureimage, the pure JavaScript one, brings font,
 * PNG and JPEG codecs along and takes its arcs from the engine's Math.sin. Left out on purpose:
 * curves beyond polygons, images, blending modes, clipping paths.
 */

import type { Frame } from '../frame.ts'
import type { Contour } from './coverage.ts'
import { glyphsOf, textWidth } from './font.ts'
import { capsule, ellipse } from './shapes.ts'
import { Surface } from './surface.ts'
import type { Color } from './surface.ts'
import { compose, IDENTITY, magnification } from './transform.ts'
import type { Transform } from './transform.ts'

/**
 * @example
 * const canvas = Canvas.of(400, 300, 0xf4f4f4)
 * canvas.with(scaling(100)).circle(2, 1.5, 0.5, 0x3a6ea5) // 1 unit is 100 pixels here
 * return canvas.toFrame()
 */
export class Canvas {
  readonly #surface: Surface
  readonly #transform: Transform

  /** @param transform from the units drawn in to pixels; y points down in pixels. */
  constructor(surface: Surface, transform: Transform = IDENTITY) {
    this.#surface = surface
    this.#transform = transform
  }

  /** An empty picture, washed from `top` to `bottom` or in one colour. Sizes in pixels. */
  static of(width: number, height: number, top: Color, bottom: Color = top): Canvas {
    const surface = new Surface(width, height)
    surface.wash(top, bottom)
    return new Canvas(surface)
  }

  /** The same picture, drawn on in other units: the last transform is applied first. */
  with(...transforms: readonly Transform[]): Canvas {
    return new Canvas(this.#surface, compose(this.#transform, ...transforms))
  }

  /** Fills a contour, or several as one shape, so that opacity counts once. */
  fill(shape: Contour | readonly Contour[], color: Color, opacity = 1): void {
    const path = isPath(shape) ? shape : [shape]
    const mapped = path.map((contour) => map(contour, this.#transform))
    this.#surface.fill(mapped, color, opacity)
  }

  circle(x: number, y: number, radius: number, color: Color, opacity = 1): void {
    this.ellipse(x, y, radius, radius, color, opacity)
  }

  ellipse(x: number, y: number, rx: number, ry: number, color: Color, opacity = 1): void {
    const pixels = Math.max(rx, ry) * magnification(this.#transform)
    // Sides short enough to stay within 1/20 of a pixel of the curve.
    const segments = Math.max(12, Math.ceil(10 * Math.sqrt(pixels)))
    this.fill(ellipse(x, y, rx, ry, segments), color, opacity)
  }

  /**
   * A line through points x0, y0, x1, y1, … with round ends and joints.
   *
   * @param width in the units drawn in.
   */
  line(points: Contour, width: number, color: Color, opacity = 1): void {
    const pieces: Contour[] = []
    for (let i = 0; i + 3 < points.length; i += 2) {
      pieces.push(capsule(points[i]!, points[i + 1]!, points[i + 2]!, points[i + 3]!, width))
    }
    this.fill(pieces, color, opacity)
  }

  /** A closed line around a contour. */
  outline(contour: Contour, width: number, color: Color, opacity = 1): void {
    this.line([...contour, ...contour.slice(0, 2)], width, color, opacity)
  }

  /**
   * Text in capitals, its middle at (x, y).
   *
   * @param size height of the letters, in the units drawn in.
   */
  text(text: string, x: number, y: number, size: number, color: Color, weight = 0.14): void {
    const left = x - (textWidth(text) * size) / 2
    const pieces: Contour[] = []
    for (const stroke of glyphsOf(text)) {
      const at = stroke.map((z, i) => (i % 2 === 0 ? left + z * size : y + (z - 0.5) * size))
      for (let i = 0; i + 3 < at.length; i += 2) {
        pieces.push(capsule(at[i]!, at[i + 1]!, at[i + 2]!, at[i + 3]!, weight * size))
      }
    }
    this.fill(pieces, color)
  }

  /** The picture; it goes on being drawn on, so take it last. */
  toFrame(): Frame {
    return this.#surface.toFrame()
  }
}

function isPath(shape: Contour | readonly Contour[]): shape is readonly Contour[] {
  return typeof shape[0] !== 'number'
}

function map(contour: Contour, [a, b, c, d, e, f]: Transform): Contour {
  const mapped: number[] = []
  for (let i = 0; i < contour.length; i += 2) {
    const [x, y] = [contour[i]!, contour[i + 1]!]
    mapped.push(a * x + c * y + e, b * x + d * y + f)
  }
  return mapped
}
