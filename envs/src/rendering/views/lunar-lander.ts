/** LunarLander as a picture: 600 x 400 as in Gymnasium, 30 pixels to the metre. */

import type { Frame } from '../../frame.ts'
import { Canvas } from '../canvas.ts'
import { scaling, translation } from '../transform.ts'
import type { Transform } from '../transform.ts'
import type { LanderScene, Point } from './box2d-scene.ts'

const WIDTH = 600
const HEIGHT = 400
const SCALE = 30 // pixels per metre
const STARS = 70

export function drawLunarLander(scene: LanderScene): Frame {
  const canvas = Canvas.of(WIDTH, HEIGHT, 0x0b1026, 0x2a2346)
  drawSky(canvas)
  const world = canvas.with(translation(0, HEIGHT), scaling(SCALE, -SCALE))
  drawMoon(world, scene.terrain)
  drawPad(world, scene.helipad)
  const hull = world.with(axesOf(scene.lander))
  drawFlames(hull, scene.main, scene.side)
  for (const leg of scene.legs) {
    world.fill(leg.flat(), 0xb9a45c)
    world.outline(leg.flat(), 0.03, 0x6e5f2e)
  }
  world.fill(scene.lander.flat(), 0x8f86d8)
  world.outline(scene.lander.flat(), 0.07, 0x5a519e)
  hull.circle(0, 0.55, 0.2, 0xbfe6f5)
  hull.circle(-0.06, 0.61, 0.06, 0xffffff, 0.8)
  hull.line([-0.42, 0.12, 0.42, 0.12], 0.06, 0x5a519e)
  return canvas.toFrame()
}

/** Stars that always stand in the same places, and the earth. */
function drawSky(canvas: Canvas): void {
  let seed = 7
  const next = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648
  for (let i = 0; i < STARS; i++) {
    canvas.circle(next() * WIDTH, next() * 300, 0.6 + next() * 0.9, 0xffffff, 0.3 + next() * 0.6)
  }
  canvas.circle(500, 72, 30, 0x3f78b8)
  canvas.ellipse(492, 64, 12, 8, 0x5fa56a)
  canvas.ellipse(510, 84, 9, 6, 0x5fa56a)
  canvas.ellipse(498, 54, 11, 3, 0xf3f6fa, 0.8)
}

function drawMoon(world: Canvas, terrain: readonly Point[]): void {
  const surface = terrain.flat()
  const [first, last] = [terrain[0]![0], terrain.at(-1)![0]]
  world.fill([...surface, last, 0, first, 0], 0xb8b5ae)
  const deeper = surface.map((z, i) => (i % 2 === 0 ? z : z - 0.35))
  world.fill([...deeper, last, 0, first, 0], 0x9a9791)
  world.line(surface, 0.08, 0xdedbd2)
}

function drawPad(world: Canvas, { x1, x2, y }: LanderScene['helipad']): void {
  world.line([x1, y, x2, y], 0.14, 0xe8b923)
  for (const x of [x1, x2]) {
    world.line([x, y, x, y + 1.6], 0.06, 0xf2f2f2)
    world.fill([x, y + 1.65, x + 0.8, y + 1.35, x, y + 1.05], 0xe05a47)
  }
}

/** Axes from the middle of the lander's lowest side, which is its longest: right and up, in metres. */
function axesOf(hull: readonly Point[]): Transform {
  let longest = 0
  let axes: Transform = [1, 0, 0, 1, 0, 0]
  hull.forEach(([x1, y1], i) => {
    const [x0, y0] = hull.at(i - 1)!
    const length = Math.hypot(x1 - x0, y1 - y0)
    if (length <= longest) return
    longest = length
    // The corners go round counterclockwise, so the lowest side leads to the right.
    const [ux, uy] = [(x1 - x0) / length, (y1 - y0) / length]
    axes = [ux, uy, -uy, ux, (x0 + x1) / 2, (y0 + y1) / 2]
  })
  return axes
}

/** @param main power, 0 to 1. @param side negative pushes left, so its flame is on the right. */
function drawFlames(hull: Canvas, main: number, side: number): void {
  if (main > 0) {
    const length = 0.5 + 0.9 * main
    hull.fill(
      [-0.24, 0.05, 0.24, 0.05, 0.1, -0.6 * length, 0, -length, -0.1, -0.6 * length],
      0xf28c38,
    )
    hull.fill([-0.13, 0.05, 0.13, 0.05, 0, -0.6 * length], 0xffe9a0)
  }
  if (side !== 0) {
    const out = -Math.sign(side)
    const length = 0.35 + 0.5 * Math.abs(side)
    const x = out * 0.52
    hull.fill([x, 0.6, x + out * length, 0.72, x, 0.84], 0xf28c38)
    hull.fill([x, 0.66, x + out * 0.5 * length, 0.72, x, 0.78], 0xffe9a0)
  }
}
