/**
 * The ground that BipedalWalker walks on: 200 points, 14/30 m apart, of gently random grass; in
 * hardcore mode stretches of grass alternate with stumps, stairs and pits. Also the clouds, which
 * only decorate but take their draws.
 */

import type { Point } from '../../rendering/views/box2d-scene.ts'
import { uniform } from '../../rng.ts'
import type { RandomSource } from '../../rng.ts'
import { cos, sin } from '../../trig.ts'
import { HEIGHT, SCALE } from './bodies.ts'

/** Distance of the ground's points in m. */
export const TERRAIN_STEP = 14 / SCALE
/** Number of points. */
export const TERRAIN_LENGTH = 200
/** Height of the flat ground at the start in m. */
export const GROUND_Y = HEIGHT / 4

const START_PAD = 20 // flat points at the start
const STRETCH = [5, 10] as const // points of a stretch of grass, the second excluded
const DEPTH = 4 // steps that a pit goes down
const STAIR_WIDTH = 4 // steps

export interface Terrain {
  /** [200] m, the ground at x = 0, 14/30, … m. */
  readonly heights: readonly number[]
  /** Obstacles, corners in the order top left, top right, bottom right, bottom left. */
  readonly obstacles: readonly (readonly Point[])[]
}

/** What the ground is doing at a point: the rest of a stretch. */
interface Stretch {
  kind: 'grass' | 'stump' | 'stairs' | 'pit'
  /** Points left, this one included before it is counted down. */
  counter: number
  /** Height where an obstacle began, in m. */
  base: number
  /** Stairs: 1 up, -1 down. */
  direction: 1 | -1
  /** Stairs: number of steps. */
  steps: number
}

/**
 * Draws the ground. At the end of a stretch its successor's length is drawn, then in hardcore
 * mode, after grass, an obstacle's kind and measures.
 */
export function drawTerrain(source: RandomSource, hardcore: boolean): Terrain {
  const heights: number[] = []
  const obstacles: Point[][] = []
  const now: Stretch = { kind: 'grass', counter: START_PAD, base: 0, direction: 1, steps: 0 }
  let first = false // of a stretch; the start's flat ground has none
  let slope = 0
  let y = GROUND_Y
  for (let i = 0; i < TERRAIN_LENGTH; i++) {
    const x = i * TERRAIN_STEP
    if (first) {
      obstacles.push(...startObstacle(source, now, x, y))
    } else if (now.kind === 'grass') {
      slope = 0.8 * slope + 0.01 * Math.sign(GROUND_Y - y)
      if (i > START_PAD) slope += uniform(source, -1, 1) / SCALE
      y += slope
    } else {
      y = obstacleHeight(now, y)
    }
    first = false
    heights.push(y)
    now.counter--
    if (now.counter > 0) continue
    now.counter = source.randInt(...STRETCH)
    now.kind = now.kind === 'grass' && hardcore ? drawKind(source) : 'grass'
    first = true
  }
  return { heights, obstacles }
}

function drawKind(source: RandomSource): Stretch['kind'] {
  const kind = source.randInt(1, 4)
  return kind === 1 ? 'stump' : kind === 2 ? 'stairs' : 'pit'
}

/** Draws an obstacle that begins at (x, y), sets how long it goes on, and gives its polygons. */
function startObstacle(source: RandomSource, now: Stretch, x: number, y: number): Point[][] {
  if (now.kind === 'grass') return []
  now.base = y
  if (now.kind === 'stump') {
    const size = source.randInt(1, 3)
    now.counter = size
    return [quad(x, y + size * TERRAIN_STEP, size, size)]
  }
  if (now.kind === 'pit') {
    const width = source.randInt(3, 5)
    now.counter = width + 2
    return [quad(x, y, 1, DEPTH), quad(x + TERRAIN_STEP * width, y, 1, DEPTH)]
  }
  now.direction = source.random() > 0.5 ? 1 : -1
  const width = source.randInt(STAIR_WIDTH, STAIR_WIDTH + 1) // no choice, but a draw
  now.steps = source.randInt(3, 5)
  now.counter = now.steps * width
  return Array.from({ length: now.steps }, (_, step) => {
    const top = y + step * now.direction * TERRAIN_STEP
    return quad(x + step * width * TERRAIN_STEP, top, width, 1)
  })
}

/** The ground's height at an obstacle's present point. */
function obstacleHeight(now: Stretch, y: number): number {
  if (now.kind === 'pit') return now.counter > 1 ? now.base - DEPTH * TERRAIN_STEP : now.base
  if (now.kind !== 'stairs') return y
  const into = now.steps * STAIR_WIDTH - now.counter - now.direction
  return now.base + (into / STAIR_WIDTH) * now.direction * TERRAIN_STEP
}

/** A rectangle by its top left corner in m and its size in steps. */
function quad(x: number, top: number, width: number, height: number): Point[] {
  const right = x + width * TERRAIN_STEP
  const bottom = top - height * TERRAIN_STEP
  return [
    [x, top],
    [right, top],
    [right, bottom],
    [x, bottom],
  ]
}

const CLOUDS = 10
const CLOUD_CORNERS = 5

/** Draws ten clouds, 11 draws each: where it is, then each corner's offset. */
export function drawClouds(source: RandomSource): Point[][] {
  return Array.from({ length: CLOUDS }, () => {
    const x = source.random() * TERRAIN_LENGTH * TERRAIN_STEP
    const y = HEIGHT * 0.75
    return Array.from({ length: CLOUD_CORNERS }, (_, corner): Point => {
      const angle = (2 * Math.PI * corner) / CLOUD_CORNERS
      const dx = source.random() * 5 * TERRAIN_STEP
      const dy = source.random() * 5 * TERRAIN_STEP
      return [x + 15 * TERRAIN_STEP * sin(angle) + dx, y + 5 * TERRAIN_STEP * cos(angle) + dy]
    })
  })
}
