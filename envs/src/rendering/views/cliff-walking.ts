/** CliffWalking as a picture: 4 x 12 cells of 60 pixels, as in Gymnasium. */

import type { Frame } from '../../frame.ts'
import { Canvas } from '../canvas.ts'
import { rectangle, roundedRectangle } from '../shapes.ts'
import { scaling, translation } from '../transform.ts'
import { drawFlag, drawPerson } from './figures.ts'

const ROWS = 4
const COLUMNS = 12
const CELL = 60 // pixels

/** @param state row * 12 + column of the walker. */
export function drawCliffWalking(state: number): Frame {
  const canvas = Canvas.of(COLUMNS * CELL, ROWS * CELL, 0x9cc46c)
  const grid = canvas.with(scaling(CELL))
  for (let row = 0; row < ROWS; row++) {
    for (let column = 0; column < COLUMNS; column++) {
      drawMeadow(grid.with(translation(column, row)), row, column)
    }
  }
  drawCliff(grid)
  grid.fill(roundedRectangle(0.12, 3.12, 0.76, 0.76, 0.12), 0xe9d6a5)
  grid.text('S', 0.5, 3.5, 0.3, 0x9a7b3c)
  drawFlag(grid.with(translation(11.5, 3.86), scaling(0.85)), 0xd64550)
  const [row, column] = [Math.floor(state / COLUMNS), state % COLUMNS]
  drawPerson(grid.with(translation(column + 0.5, row + 0.9), scaling(0.8)), 0x3a6ea5)
  return canvas.toFrame()
}

/** A cell of grass with a few blades, a little different from cell to cell. */
function drawMeadow(cell: Canvas, row: number, column: number): void {
  const even = (row + column) % 2 === 0
  cell.fill(rectangle(0, 0, 1, 1), even ? 0xa6cc76 : 0x9cc46c)
  const spot = (5 * row + 3 * column) % 7
  const [x, y] = [0.15 + 0.1 * spot, 0.3 + ((spot * 3) % 5) * 0.12]
  cell.line([x, y, x - 0.04, y - 0.12], 0.03, 0x7fae50)
  cell.line([x + 0.02, y, x + 0.06, y - 0.14], 0.03, 0x7fae50)
  if (spot === 3) cell.circle(0.7, 0.65, 0.045, 0xfff2a8)
}

/** Between start and goal the ground breaks off. */
function drawCliff(grid: Canvas): void {
  const edge: number[] = []
  for (let i = 0; i <= 40; i++) edge.push(1 + i / 4, 3.08 + [0, 0.05, 0.02, 0.08, 0.03][i % 5]!)
  grid.fill([1, 2.98, 11, 2.98, 11, 4, 1, 4], 0x6b5138)
  grid.fill([...edge, 11, 4, 1, 4], 0x3d2f27)
  grid.fill(rectangle(1, 3.72, 10, 0.28), 0x241d1c)
  for (let i = 0; i < 20; i++) {
    const x = 1.25 + i / 2
    const depth = 3.35 + ((i * 7) % 5) * 0.08
    grid.fill([x - 0.12, 3.2, x + 0.14, 3.2, x + 0.02, depth], 0x57432f)
  }
  for (let i = 0; i < 10; i++) grid.fill([1.2 + i, 4, 1.5 + i, 3.78, 1.8 + i, 4], 0x6d2f26)
}
