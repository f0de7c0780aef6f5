/** FrozenLake as a picture: tiles of 64 pixels, smaller on maps of more than 8, as in Gymnasium. */

import type { Frame } from '../../frame.ts'
import { Canvas } from '../canvas.ts'
import { arc, rectangle, roundedRectangle, star } from '../shapes.ts'
import { scaling, translation } from '../transform.ts'
import { drawPenguin, drawPenguinHead } from './figures.ts'

const TILE = 64 // pixels
const LARGEST = 512 // pixels of a side

/**
 * @param map rows of S, F, H and G.
 * @param state row * columns + column of the penguin.
 * @param look where it looks: -1 left, 0 at us, 1 right.
 */
export function drawFrozenLake(map: readonly string[], state: number, look: -1 | 0 | 1): Frame {
  const columns = map[0]!.length
  const width = Math.min(TILE * columns, LARGEST)
  const height = Math.min(TILE * map.length, LARGEST)
  const canvas = Canvas.of(width, height, 0xcfe7f3, 0xbfdcec)
  const tiles = canvas.with(scaling(width / columns, height / map.length))
  map.forEach((line, row) => {
    Array.from(line).forEach((tile, column) => {
      drawTile(tiles.with(translation(column, row)), tile, (7 * row + 3 * column) % 4)
    })
  })
  const [row, column] = [Math.floor(state / columns), state % columns]
  const fallen = map[row]![column] === 'H'
  const here = tiles.with(translation(column + 0.5, row + 0.5))
  if (fallen) drawSplash(here)
  else drawPenguin(here.with(translation(0, 0.36), scaling(0.78)), look)
  return canvas.toFrame()
}

/** On the square from (0, 0) to (1, 1). */
function drawTile(tile: Canvas, kind: string, variant: number): void {
  tile.fill(roundedRectangle(0.02, 0.02, 0.96, 0.96, 0.08), 0xe6f4fa)
  tile.fill(roundedRectangle(0.02, 0.06, 0.96, 0.92, 0.08), 0xdbeef7)
  if (kind === 'H') drawHole(tile)
  else drawScratches(tile, variant)
  if (kind === 'S') {
    tile.fill(roundedRectangle(0.14, 0.14, 0.72, 0.72, 0.12), 0xf2d9a6, 0.75)
    tile.text('S', 0.5, 0.5, 0.3, 0xb98f45)
  }
  if (kind === 'G') drawGift(tile)
}

function drawHole(tile: Canvas): void {
  tile.ellipse(0.5, 0.53, 0.41, 0.36, 0x9cc6dc)
  tile.ellipse(0.5, 0.55, 0.38, 0.32, 0x2a6186)
  tile.ellipse(0.5, 0.6, 0.32, 0.24, 0x1d4a6a)
  tile.line([0.32, 0.48, 0.46, 0.45], 0.025, 0x6fa8c7)
}

/** The marks of skates, a little different from tile to tile. */
function drawScratches(tile: Canvas, variant: number): void {
  const y = 0.2 + 0.15 * variant
  tile.line([0.18, y + 0.1, 0.4, y], 0.02, 0xb9dcec)
  tile.line([0.55, 0.95 - y, 0.85, 0.82 - y], 0.02, 0xb9dcec)
  tile.line([0.62, 0.99 - y, 0.76, 0.93 - y], 0.015, 0xf7fcff)
}

function drawGift(tile: Canvas): void {
  tile.fill(star(0.5, 0.5, 0.44, 0.36, 12), 0xfff2b8, 0.8)
  tile.fill(rectangle(0.27, 0.44, 0.46, 0.36), 0xd64550)
  tile.fill(rectangle(0.24, 0.36, 0.52, 0.11), 0xe8616a)
  tile.fill(rectangle(0.46, 0.36, 0.08, 0.44), 0xffe9a8)
  tile.ellipse(0.42, 0.3, 0.09, 0.055, 0xffe9a8)
  tile.ellipse(0.58, 0.3, 0.09, 0.055, 0xffe9a8)
}

/** The penguin in the hole: its head, and rings on the water. */
function drawSplash(tile: Canvas): void {
  for (const ring of [0.36, 0.3]) tile.ellipse(0, 0.1, ring, ring * 0.62, 0x8fc3de, 0.35)
  drawPenguinHead(tile.with(translation(0, 0.52), scaling(0.72)), 0)
  tile.line(
    arc(0, 0, 1, 0.5, Math.PI - 0.5).map((z, i) => (i % 2 === 0 ? z * 0.22 : 0.02 + z * 0.15)),
    0.05,
    0x8fc3de,
  )
}
