/** BipedalWalker as a picture: 600 x 400 as in Gymnasium, 30 pixels to the metre, scrolling along. */

import type { Frame } from '../../frame.ts'
import { Canvas } from '../canvas.ts'
import { scaling, translation } from '../transform.ts'
import type { Point, WalkerScene } from './box2d-scene.ts'

const WIDTH = 600
const HEIGHT = 400
const SCALE = 30 // pixels per metre
const FAR_LEG = [0x8a6aa8, 0x6f5389] as const
const NEAR_LEG = [0xb48ad6, 0x9a6fc0] as const

export function drawBipedalWalker(scene: WalkerScene): Frame {
  const canvas = Canvas.of(WIDTH, HEIGHT, 0xbcd9f5, 0xeef3ea)
  const behind = canvas.with(
    translation(-scene.scroll * SCALE * 0.5, HEIGHT),
    scaling(SCALE, -SCALE),
  )
  for (const cloud of scene.clouds) behind.fill(cloud.flat(), 0xffffff, 0.5)
  const world = canvas.with(translation(-scene.scroll * SCALE, HEIGHT), scaling(SCALE, -SCALE))
  drawGround(world, scene.terrain)
  for (const obstacle of scene.obstacles) {
    world.fill(obstacle.flat(), 0xd8d2c4)
    world.outline(obstacle.flat(), 0.06, 0x8d8472)
  }
  drawStart(world, scene.terrain)
  for (const { from, to } of scene.lidar) {
    world.line([...from, ...to], 0.025, 0xe05a47, 0.3)
    world.circle(to[0], to[1], 0.05, 0xe05a47, 0.7)
  }
  const [nearUpper, nearLower, farUpper, farLower] = scene.legs
  drawLeg(world, farUpper, farLower, FAR_LEG)
  world.fill(scene.hull.flat(), 0x7f51c4)
  world.outline(scene.hull.flat(), 0.07, 0x563391)
  drawLeg(world, nearUpper, nearLower, NEAR_LEG)
  return canvas.toFrame()
}

function drawGround(world: Canvas, terrain: readonly Point[]): void {
  const surface = terrain.flat()
  const [first, last] = [terrain[0]![0], terrain.at(-1)![0]]
  world.fill([...surface, last, -1, first, -1], 0x6fa85a)
  const deeper = surface.map((z, i) => (i % 2 === 0 ? z : z - 0.4))
  world.fill([...deeper, last, -1, first, -1], 0x86694c)
  world.line(surface, 0.09, 0x4f8340)
}

/** A flag some steps behind the walker's first. */
function drawStart(world: Canvas, terrain: readonly Point[]): void {
  const [x, y] = terrain[3]!
  world.line([x, y, x, y + 1.7], 0.07, 0x5d4634)
  world.fill([x, y + 1.75, x + 0.85, y + 1.4, x, y + 1.05], 0xe05a47)
}

function drawLeg(
  world: Canvas,
  upper: readonly Point[] | undefined,
  lower: readonly Point[] | undefined,
  [light, dark]: readonly [number, number],
): void {
  for (const part of [upper, lower]) {
    if (part === undefined) continue
    world.fill(part.flat(), light)
    world.outline(part.flat(), 0.05, dark)
  }
}
