import { describe, expect, test } from 'vitest'
import type { Frame } from '../../../envs/src/frame.ts'
import { Canvas } from '../../../envs/src/rendering/canvas.ts'
import { rectangle, roundedRectangle, star } from '../../../envs/src/rendering/shapes.ts'
import { mix } from '../../../envs/src/rendering/surface.ts'
import { compose, rotation, scaling, translation } from '../../../envs/src/rendering/transform.ts'

/** Red of every pixel, row by row: enough for pictures in grey. */
function reds({ data }: Frame): number[] {
  return Array.from({ length: data.length / 3 }, (_, i) => data[3 * i]!)
}

/** Pixels' worth of black on white. */
function ink(canvas: Canvas): number {
  return reds(canvas.toFrame()).reduce((sum, red) => sum + (255 - red) / 255, 0)
}

describe('Canvas', () => {
  test('writes colours as red, green, blue', () => {
    const canvas = Canvas.of(2, 1, 0x102030)
    canvas.fill(rectangle(1, 0, 1, 1), 0xa0b0c0)
    expect(canvas.toFrame()).toEqual({
      width: 2,
      height: 1,
      data: Uint8Array.of(0x10, 0x20, 0x30, 0xa0, 0xb0, 0xc0),
    })
  })

  test('washes from the upper colour to the lower, every row to its end', () => {
    const { data } = Canvas.of(5, 3, 0x000000, 0x0000c8).toFrame()
    expect([...data.subarray(0, 15)]).toEqual(new Array(15).fill(0))
    expect([...data.subarray(15, 30)]).toEqual([
      0, 0, 100, 0, 0, 100, 0, 0, 100, 0, 0, 100, 0, 0, 100,
    ])
    expect([...data.subarray(42)]).toEqual([0, 0, 200])
  })

  test('lays a colour over by coverage times opacity', () => {
    const canvas = Canvas.of(3, 1, 0xffffff)
    canvas.fill(rectangle(0, 0, 1, 1), 0x000000, 0.5) // 255 / 2, rounded up
    canvas.fill(rectangle(1, 0, 0.5, 1), 0x000000) // half covered
    canvas.fill(rectangle(2, 0, 0.5, 1), 0x000000, 0.5) // 3 / 4 of 255 is 191.25
    expect(reds(canvas.toFrame())).toEqual([128, 128, 191])
  })

  test('counts opacity once where the parts of one shape overlap', () => {
    const canvas = Canvas.of(3, 1, 0xffffff)
    canvas.fill([rectangle(0, 0, 2, 1), rectangle(1, 0, 2, 1)], 0x000000, 0.5)
    expect(reds(canvas.toFrame())).toEqual([128, 128, 128])
  })

  test('draws through the last transform first', () => {
    const canvas = Canvas.of(3, 3, 0xffffff)
    // Turned by a quarter clockwise on screen, [0, 1] x [0, 2] comes to lie on [-2, 0] x [0, 1].
    const turned = canvas.with(translation(2, 1)).with(rotation(Math.PI / 2))
    turned.fill(rectangle(0, 0, 1, 2), 0x000000)
    expect(reds(canvas.toFrame())).toEqual([255, 255, 255, 0, 0, 255, 255, 255, 255])
  })

  test('a circle has its area, at any scale', () => {
    const canvas = Canvas.of(60, 60, 0xffffff)
    canvas.circle(30, 30, 20, 0x000000)
    expect(Math.abs(ink(canvas) - Math.PI * 400)).toBeLessThan(126 / 20) // of its circumference
    const scaled = Canvas.of(60, 60, 0xffffff)
    scaled.with(scaling(60)).circle(0.5, 0.5, 1 / 3, 0x000000)
    expect(Math.abs(ink(scaled) - Math.PI * 400)).toBeLessThan(126 / 20)
  })

  test('a line has round ends and no thickening at its joints', () => {
    const canvas = Canvas.of(40, 20, 0xffffff)
    canvas.line([10, 10, 20, 10, 30, 10], 6, 0x000000)
    expect(Math.abs(ink(canvas) - (20 * 6 + Math.PI * 9))).toBeLessThan(1)
  })

  test('a line to its own start is a dot', () => {
    const canvas = Canvas.of(20, 20, 0xffffff)
    canvas.line([10, 10, 10, 10], 8, 0x000000)
    expect(Math.abs(ink(canvas) - Math.PI * 16)).toBeLessThan(1)
  })

  test('a rounded rectangle lacks its corners', () => {
    const canvas = Canvas.of(30, 30, 0xffffff)
    canvas.fill(roundedRectangle(5, 5, 20, 20, 6), 0x000000)
    expect(Math.abs(ink(canvas) - (400 - (4 - Math.PI) * 36))).toBeLessThan(2)
  })

  test('a star of n tips has 2 n corners', () => {
    expect(star(0, 0, 2, 1, 5)).toHaveLength(20)
  })

  test('text is drawn about its middle, and signs without a glyph are blank', () => {
    const canvas = Canvas.of(60, 20, 0xffffff)
    canvas.text('H', 30, 10, 12, 0x000000)
    const columns = Array.from({ length: 60 }, (_, x) =>
      Array.from({ length: 20 }, (__, y) => reds(canvas.toFrame())[y * 60 + x]!),
    )
    const inked = columns.flatMap((column, x) => (column.some((red) => red < 255) ? [x] : []))
    expect(inked[0]! + inked.at(-1)!).toBe(59)
    const blank = Canvas.of(60, 20, 0xffffff)
    blank.text('\u0001 \u0001', 30, 10, 12, 0x000000)
    expect(ink(blank)).toBe(0)
  })

  test('drawing outside changes nothing', () => {
    const canvas = Canvas.of(10, 10, 0xffffff)
    canvas.circle(-30, 5, 20, 0x000000)
    canvas.line([0, -9, 10, -9], 4, 0x000000)
    canvas.text('OUT', 5, 40, 8, 0x000000)
    expect(ink(canvas)).toBe(0)
  })
})

test('compose applies the last first', () => {
  expect(compose(translation(5, 0), scaling(2))).toEqual([2, 0, 0, 2, 5, 0])
  expect(compose(scaling(2), translation(5, 0))).toEqual([2, 0, 0, 2, 10, 0])
})

test('mix goes from one colour to the other, channel by channel', () => {
  expect(mix(0x000000, 0xff8040, 0)).toBe(0x000000)
  expect(mix(0x000000, 0xff8040, 1)).toBe(0xff8040)
  expect(mix(0x000000, 0xc88040, 0.5)).toBe(0x644020)
})
