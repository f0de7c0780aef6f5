/** Acrobot as a picture: 500 x 500, two links of 1 m each, the line to reach 1 m above the axle. */

import type { Frame } from '../../frame.ts'
import { cos, sin } from '../../trig.ts'
import { Canvas } from '../canvas.ts'
import { degrees, plot } from '../plot.ts'
import { scaling, translation } from '../transform.ts'

const SIZE = 500
const SCALE = SIZE / 4.4 // pixels per metre
const GOAL = 1 // m above the axle

/**
 * @param theta1 rad, of the first link, counterclockwise from hanging down.
 * @param theta2 rad, of the second link against the first.
 */
export function drawAcrobot(theta1: number, theta2: number): Frame {
  const canvas = Canvas.of(SIZE, SIZE, 0xf2f4f7, 0xdfe4ea)
  const world = canvas.with(translation(SIZE / 2, SIZE / 2), scaling(SCALE, -SCALE))
  for (let x = -2.1; x < 2.1; x += 0.2) world.line([x, GOAL, x + 0.1, GOAL], 0.02, 0x3c8d5a)
  const elbow = [sin(theta1), -cos(theta1)] as const
  const hand = [elbow[0] + sin(theta1 + theta2), elbow[1] - cos(theta1 + theta2)] as const
  const reached = hand[1] > GOAL
  world.line([0.04, -0.05, elbow[0] + 0.04, elbow[1] - 0.05], 0.18, 0x000000, 0.08)
  world.line([0, 0, ...elbow], 0.18, 0x27677f)
  world.line([0, 0, ...elbow], 0.11, 0x3f8fab)
  world.line([...elbow, ...hand], 0.18, 0x1f7a6d)
  world.line([...elbow, ...hand], 0.11, 0x3aa898)
  for (const [x, y] of [[0, 0] as const, elbow]) {
    world.circle(x, y, 0.1, 0xf0b429)
    world.circle(x, y, 0.04, 0x7a5a10)
  }
  world.circle(...hand, 0.06, reached ? 0x3c8d5a : 0xf2f4f7)
  return canvas.toFrame()
}

/** Both links in text, the line to reach, and the numbers. */
export function acrobotText(theta1: number, theta2: number): string {
  const [x, y] = [sin(theta1), -cos(theta1)]
  const [dx, dy] = [sin(theta1 + theta2), -cos(theta1 + theta2)]
  const links = [0.25, 0.5, 0.75].flatMap((r) => [
    [r * x, r * y, '*'] as const,
    [x + r * dx, y + r * dy, '*'] as const,
  ])
  const line = Array.from({ length: 21 }, (_, i) => [i / 5 - 2, GOAL, '-'] as const)
  const ends = [[0, 0, '+'] as const, [x, y, 'o'] as const, [x + dx, y + dy, 'O'] as const]
  const drawing = plot([...line, ...links, ...ends], 2)
  return `${drawing}\ntheta1 ${degrees(theta1)} deg, theta2 ${degrees(theta2)} deg`
}
