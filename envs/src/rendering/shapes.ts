/** Contours of simple shapes, for `Canvas.fill`: x0, y0, x1, y1, …, all turning the same way. */

import { cos, sin } from '../trig.ts'
import type { Contour } from './coverage.ts'

/** (x, y) is the corner with the smallest coordinates. */
export function rectangle(x: number, y: number, width: number, height: number): Contour {
  return [x, y, x + width, y, x + width, y + height, x, y + height]
}

export function roundedRectangle(
  x: number,
  y: number,
  width: number,
  height: number,
  radius: number,
): Contour {
  const r = Math.min(radius, width / 2, height / 2)
  const quarter = Math.PI / 2
  const centres = [
    [x + width - r, y + height - r],
    [x + r, y + height - r],
    [x + r, y + r],
    [x + width - r, y + r],
  ] as const
  return centres.flatMap(([cx, cy], i) => arc(cx, cy, r, i * quarter, (i + 1) * quarter, 6))
}

/** `segments + 1` points from angle `from` to `to`, both included. */
export function arc(
  x: number,
  y: number,
  radius: number,
  from: number,
  to: number,
  segments = 24,
): Contour {
  const points: number[] = []
  for (let i = 0; i <= segments; i++) {
    const angle = from + ((to - from) * i) / segments
    points.push(x + radius * cos(angle), y + radius * sin(angle))
  }
  return points
}

export function ellipse(
  x: number,
  y: number,
  radiusX: number,
  radiusY: number,
  segments = 48,
): Contour {
  return arc(0, 0, 1, 0, 2 * Math.PI, segments)
    .slice(0, -2)
    .map((z, i) => (i % 2 === 0 ? x + radiusX * z : y + radiusY * z))
}

/** A line of some width from one point to the other, with round ends. */
export function capsule(x0: number, y0: number, x1: number, y1: number, width: number): Contour {
  const along = Math.hypot(x1 - x0, y1 - y0)
  if (along === 0) return ellipse(x0, y0, width / 2, width / 2, 24)
  const [ux, uy] = [(x1 - x0) / along, (y1 - y0) / along]
  // Half a turn about each end, written in the axes along and across the line.
  const end = arc(0, 0, width / 2, -Math.PI / 2, Math.PI / 2, CAP_SEGMENTS)
  const place = (x: number, y: number, sign: 1 | -1): number[] => {
    const points: number[] = []
    for (let i = 0; i < end.length; i += 2) {
      const [p, q] = [sign * end[i]!, sign * end[i + 1]!]
      points.push(x + p * ux - q * uy, y + p * uy + q * ux)
    }
    return points
  }
  return [...place(x1, y1, 1), ...place(x0, y0, -1)]
}

const CAP_SEGMENTS = 12

/** A star, or with `inner` = `outer` a regular polygon of twice as many corners. */
export function star(
  x: number,
  y: number,
  outer: number,
  inner: number,
  tips: number,
  turn = -Math.PI / 2,
): Contour {
  const points: number[] = []
  for (let i = 0; i < 2 * tips; i++) {
    const radius = i % 2 === 0 ? outer : inner
    const angle = turn + (i * Math.PI) / tips
    points.push(x + radius * cos(angle), y + radius * sin(angle))
  }
  return points
}
