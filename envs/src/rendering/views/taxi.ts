/** Taxi as a picture: 550 x 350 as in Gymnasium, each of the 5 x 5 cells 100 x 50. */

import type { Frame } from '../../frame.ts'
import { Canvas } from '../canvas.ts'
import { rectangle, roundedRectangle } from '../shapes.ts'
import { scaling, translation } from '../transform.ts'
import { drawFlag, drawPerson } from './figures.ts'

const WIDTH = 550
const HEIGHT = 350
const LEFT = 25
const TOP = 50
const CELL_WIDTH = 100
const CELL_HEIGHT = 50
const COLORS = [0xd9534f, 0x4caf6d, 0xe8b923, 0x4a7fc1] // red, green, yellow, blue
const ABOARD = 4

/** A cell, rows and columns from 0 at the top left. */
export interface Cell {
  readonly row: number
  readonly column: number
}

export interface TaxiScene {
  /** Rows of text, cell (r, c) at line r + 1, column 2 c + 1, walls as |. */
  readonly map: readonly string[]
  /** Red, green, yellow, blue. */
  readonly places: readonly Cell[]
  readonly taxi: Cell
  /** The place where the passenger waits, or 4 in the taxi. */
  readonly passenger: number
  readonly destination: number
  /** 0 down, 1 up, 2 right, 3 left; others look to the right. */
  readonly lastAction: number
}

export function drawTaxi({ map, places, ...scene }: TaxiScene): Frame {
  const canvas = Canvas.of(WIDTH, HEIGHT, 0x7fa865)
  canvas.fill(roundedRectangle(LEFT - 8, TOP - 8, 516, 266, 14), 0xc9c4b8)
  canvas.fill(rectangle(LEFT, TOP, 500, 250), 0x6a6f78)
  drawLanes(canvas)
  places.forEach((place, i) => {
    const pad = canvas.with(middleOf(place))
    pad.fill(roundedRectangle(-45, -21, 90, 42, 8), COLORS[i]!, 0.85)
    pad.fill(roundedRectangle(-41, -17, 82, 34, 6), 0xffffff, 0.25)
  })
  drawWalls(canvas, map)
  const goal = canvas.with(middleOf(places[scene.destination]!))
  drawFlag(goal.with(translation(30, 18), scaling(36)), 0xffffff)
  const waiting = places[scene.passenger]
  if (waiting !== undefined) {
    drawPerson(canvas.with(middleOf(waiting), translation(-30, 19), scaling(36)), 0x7b4b94)
  }
  const loaded = scene.passenger === ABOARD
  drawCar(canvas.with(middleOf(scene.taxi), scaling(scene.lastAction === 3 ? -1 : 1, 1)), loaded)
  return canvas.toFrame()
}

function middleOf({ row, column }: Cell) {
  return translation(LEFT + (column + 0.5) * CELL_WIDTH, TOP + (row + 0.5) * CELL_HEIGHT)
}

function drawLanes(canvas: Canvas): void {
  for (let row = 1; row < 5; row++) {
    const y = TOP + row * CELL_HEIGHT
    for (let x = 6; x < 500; x += 25) canvas.fill(rectangle(LEFT + x, y - 1, 12, 2), 0x8b9099)
  }
  for (let column = 1; column < 5; column++) {
    const x = LEFT + column * CELL_WIDTH
    for (let y = 5; y < 250; y += 25) canvas.fill(rectangle(x - 1, TOP + y, 2, 12), 0x8b9099)
  }
}

/** Hedges where the map has a | between two cells. */
function drawWalls(canvas: Canvas, map: readonly string[]): void {
  for (let row = 0; row < 5; row++) {
    for (let column = 1; column < 5; column++) {
      if (map[row + 1]![2 * column] !== '|') continue
      const x = LEFT + column * CELL_WIDTH
      const y = TOP + row * CELL_HEIGHT
      canvas.fill(roundedRectangle(x - 6, y - 2, 12, CELL_HEIGHT + 4, 6), 0x3f6b35)
      for (let leaf = 0; leaf < 5; leaf++) {
        canvas.circle(x + (leaf % 2 === 0 ? -2 : 2.5), y + 5 + leaf * 10, 3.2, 0x5a8f4a)
      }
    }
  }
}

/** Heading right, about (0, 0); with its passenger in the window. */
function drawCar(car: Canvas, loaded: boolean): void {
  car.ellipse(0, 15, 30, 4, 0x000000, 0.25)
  car.fill([-17, -3, -11, -15, 10, -15, 18, -3], 0xf4bd2c)
  car.fill([-13, -4, -9, -12.5, -1.5, -12.5, -1.5, -4], 0xdff0f8)
  car.fill([1, -4, 1, -12.5, 9, -12.5, 14, -4], 0xdff0f8)
  if (loaded) {
    car.circle(-6, -8, 3.2, 0xeec39a)
    car.fill(rectangle(-9.5, -5.6, 7, 1.8), 0x7b4b94)
  }
  car.fill(roundedRectangle(-27, -5, 54, 16, 6), 0xf4bd2c)
  for (let i = 0; i < 8; i++)
    car.fill(rectangle(-20 + i * 5, i % 2 === 0 ? 1 : 3.5, 5, 2.5), 0x2b2b2b)
  car.fill(roundedRectangle(-5, -20, 10, 5, 2), 0xfff6d6)
  car.fill(roundedRectangle(24, -2, 3, 5, 1.5), 0xfff6d6)
  for (const wheel of [-15, 15]) {
    car.circle(wheel, 11, 6, 0x26282c)
    car.circle(wheel, 11, 2.4, 0xb9bcc2)
  }
}
