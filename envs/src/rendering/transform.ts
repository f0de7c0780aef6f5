/**
 * Affine maps of the plane, for views that draw in an environment's own units: (x, y) goes to
 * (a x + c y + e, b x + d y + f), as in SVG and the canvas of browsers. Angles are radians, sines
 * come from trig.ts, so a frame is the same on every engine.
 */

import { cos, sin } from '../trig.ts'

/** [a, b, c, d, e, f] */
export type Transform = readonly [number, number, number, number, number, number]

export const IDENTITY: Transform = [1, 0, 0, 1, 0, 0]

export function translation(x: number, y: number): Transform {
  return [1, 0, 0, 1, x, y]
}

/** Turns the x axis towards the y axis: clockwise on screen, counterclockwise where y points up. */
export function rotation(angle: number): Transform {
  const [c, s] = [cos(angle), sin(angle)]
  return [c, s, -s, c, 0, 0]
}

/** A negative `y` makes the axis point up. */
export function scaling(x: number, y: number = x): Transform {
  return [x, 0, 0, y, 0, 0]
}

/** The map that applies the last one first: `compose(camera, body)` shows a body to a camera. */
export function compose(...transforms: readonly Transform[]): Transform {
  return transforms.reduce(after, IDENTITY)
}

function after(outer: Transform, inner: Transform): Transform {
  const [a, b, c, d, e, f] = outer
  return [
    a * inner[0] + c * inner[1],
    b * inner[0] + d * inner[1],
    a * inner[2] + c * inner[3],
    b * inner[2] + d * inner[3],
    a * inner[4] + c * inner[5] + e,
    b * inner[4] + d * inner[5] + f,
  ]
}

/** How much longer lengths become: the square root of how much larger areas do. */
export function magnification([a, b, c, d]: Transform): number {
  return Math.sqrt(Math.abs(a * d - b * c))
}
