/** Pendulum as a picture: 500 x 500, the rod 1 m of 4.4 m. */

import type { Frame } from '../../frame.ts'
import { cos, sin } from '../../trig.ts'
import { Canvas } from '../canvas.ts'
import { degrees, plot } from '../plot.ts'
import { scaling, translation } from '../transform.ts'

const SIZE = 500
const SCALE = SIZE / 4.4 // pixels per metre

/** @param theta rad, counterclockwise from upright. */
export function drawPendulum(theta: number): Frame {
  const canvas = Canvas.of(SIZE, SIZE, 0xf6f3ee, 0xe5e0d8)
  const world = canvas.with(translation(SIZE / 2, SIZE / 2), scaling(SCALE, -SCALE))
  for (let tick = 0; tick < 24; tick++) {
    const angle = (tick * Math.PI) / 12
    const [x, y] = [sin(angle), cos(angle)]
    const [from, width] = tick === 0 ? [1.2, 0.04] : [1.28, 0.015]
    world.line([from * x, from * y, 1.35 * x, 1.35 * y], width, 0xb9b0a2)
  }
  const [tipX, tipY] = [-sin(theta), cos(theta)]
  world.line([0.04, -0.05, tipX + 0.04, tipY - 0.05], 0.2, 0x000000, 0.1) // its shadow
  world.line([0, 0, tipX, tipY], 0.2, 0xb8443f)
  world.line([0, 0, tipX, tipY], 0.12, 0xd4625a)
  world.circle(tipX, tipY, 0.1, 0xb8443f)
  world.circle(0, 0, 0.075, 0x2f3540)
  world.circle(0, 0, 0.03, 0xe5e0d8)
  return canvas.toFrame()
}

/** The rod in text, as on a clock whose 12 is upright, and the numbers. */
export function pendulumText(theta: number, thetaDot: number): string {
  const rod = [0.2, 0.4, 0.6, 0.8].map((r) => [-r * sin(theta), r * cos(theta), '*'] as const)
  const drawing = plot([[0, 0, '+'], ...rod, [-sin(theta), cos(theta), 'O']], 1)
  return `${drawing}\ntheta ${degrees(theta)} deg, theta_dot ${thetaDot.toFixed(3)} rad/s`
}
