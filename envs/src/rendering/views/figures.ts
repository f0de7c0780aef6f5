/** Figures that several views show; each stands on (0, 0) and is about 1 high. */

import type { Canvas } from '../canvas.ts'
import { roundedRectangle } from '../shapes.ts'
import type { Color } from '../surface.ts'

/** @param look where it looks: -1 left, 0 at us, 1 right. */
export function drawPenguin(canvas: Canvas, look: -1 | 0 | 1): void {
  canvas.ellipse(0, 0, 0.34, 0.07, 0x000000, 0.15)
  for (const foot of [-0.13, 0.13]) canvas.ellipse(foot, -0.04, 0.12, 0.06, 0xf0932b)
  canvas.ellipse(0, -0.42, 0.32, 0.4, 0x2c3440)
  canvas.ellipse(0, -0.36, 0.22, 0.3, 0xf8f6f0)
  drawPenguinHead(canvas, look)
}

/** Where it is on a standing penguin. */
export function drawPenguinHead(canvas: Canvas, look: -1 | 0 | 1): void {
  canvas.circle(0, -0.75, 0.23, 0x2c3440)
  const shift = look * 0.07
  canvas.ellipse(shift, -0.7, 0.16, 0.13, 0xf8f6f0)
  for (const eye of [-0.07, 0.07]) canvas.circle(eye + shift, -0.77, 0.035, 0x14181e)
  canvas.fill([shift - 0.07, -0.69, shift + 0.07, -0.69, shift * 1.8, -0.58], 0xf0932b)
}

export function drawPerson(canvas: Canvas, coat: Color): void {
  canvas.ellipse(0, 0, 0.28, 0.06, 0x000000, 0.15)
  canvas.line([-0.09, -0.3, -0.1, -0.06], 0.13, 0x39404d)
  canvas.line([0.09, -0.3, 0.1, -0.06], 0.13, 0x39404d)
  canvas.fill(roundedRectangle(-0.21, -0.68, 0.42, 0.44, 0.15), coat)
  canvas.circle(0, -0.8, 0.17, 0xeec39a)
  canvas.fill(roundedRectangle(-0.18, -0.99, 0.36, 0.15, 0.07), 0x5b4030)
}

export function drawFlag(canvas: Canvas, color: Color): void {
  canvas.ellipse(0, 0, 0.2, 0.05, 0x000000, 0.15)
  canvas.line([-0.15, 0, -0.15, -0.9], 0.07, 0x5d4634)
  canvas.fill([-0.12, -0.92, 0.35, -0.74, -0.12, -0.54], color)
}
