/** Pictures: what `render` may return, and the one form that everything which shows them takes. */

import { isObject } from './contract.ts'
import { describe } from './names.ts'

/** A picture: `data` is [height, width, 3], RGB, one byte per channel. */
export interface Frame {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

/**
 * A picture as an environment may give it: a `Frame`, or `data` of [height, width, 4], RGBA, such as the ImageData of a
 * canvas has it. What shows through is white.
 */
export interface Picture {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array | Uint8ClampedArray
}

/** Why what render() returned is no picture. */
export function explainPicture(value: unknown): string | undefined {
  if (!isObject(value)) return `it returns ${describe(value)}`
  const { width, height, data } = value
  if (!isCount(width) || !isCount(height)) {
    return `width is ${describe(width)}, height is ${describe(height)}`
  }
  if (isBytes(data) && channelsOf({ width, height, data }) !== undefined) return undefined
  const pixels = width * height
  return `data is ${describe(data)} where ${width} x ${height} pixels take ${3 * pixels} bytes of RGB, or ${4 * pixels} of RGBA`
}

/**
 * The picture as a `Frame`: itself if it is one.
 *
 * @param what names it in the error
 * @throws TypeError for what is no picture
 */
export function frameOf(picture: unknown, what: string): Frame {
  const fault = explainPicture(picture)
  if (fault === undefined) return opaque(picture as Picture) as Frame
  throw new TypeError(
    `${what}: ${fault}; give { width, height, data } with bytes of RGB, or of RGBA as in ImageData`,
  )
}

/** RGB of RGBA; what is neither stays as it is, for others to refuse. */
export function opaque(picture: Picture | string | undefined): Frame | string | undefined {
  if (!isObject(picture) || !isBytes(picture.data)) return picture as string | undefined
  const { width, height, data } = picture as Picture
  const channels = channelsOf({ width, height, data })
  if (channels === 4) return { width, height, data: overWhite(data) }
  if (channels !== 3 || data instanceof Uint8Array) return picture as Frame
  return { width, height, data: new Uint8Array(data.buffer, data.byteOffset, data.length) }
}

function overWhite(rgba: Picture['data']): Uint8Array {
  const rgb = new Uint8Array((rgba.length / 4) * 3)
  for (let from = 0, to = 0; from < rgba.length; from += 4) {
    const alpha = rgba[from + 3]! / 255
    for (let i = 0; i < 3; i++) rgb[to++] = Math.round(255 + (rgba[from + i]! - 255) * alpha)
  }
  return rgb
}

function channelsOf({ width, height, data }: Picture): 3 | 4 | undefined {
  const channels = data.length / (width * height)
  return channels === 3 || channels === 4 ? channels : undefined
}

function isBytes(data: unknown): data is Picture['data'] {
  return data instanceof Uint8Array || data instanceof Uint8ClampedArray
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 1
}
