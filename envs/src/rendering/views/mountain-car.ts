/** MountainCar, discrete and continuous, as a picture: 600 x 400, the track from -1.2 to 0.6. */

import type { Frame } from '../../frame.ts'
import { cos, sin } from '../../trig.ts'
import { Canvas } from '../canvas.ts'
import { roundedRectangle } from '../shapes.ts'
import type { Transform } from '../transform.ts'

const WIDTH = 600
const HEIGHT = 400
const LEFT = -1.2
const RIGHT = 0.6
const COLUMNS = 61 // of the text, 0.03 each
const ROWS = 12
const SCALE = WIDTH / (RIGHT - LEFT) // pixels per unit of position

/** @param goal position of the flag. */
export function drawMountainCar(position: number, goal: number): Frame {
  const canvas = Canvas.of(WIDTH, HEIGHT, 0xbfdcef, 0xf4ead8)
  canvas.circle(90, 70, 34, 0xfff3c4)
  ridge(canvas, 0xa9c4cf, (x) => 215 + 45 * sin(x / 70 + 1) + 14 * sin(x / 23))
  const hill: number[] = []
  for (let x = 0; x <= WIDTH; x += 4) hill.push(x, heightAt(LEFT + x / SCALE))
  canvas.fill([...hill, WIDTH, HEIGHT, 0, HEIGHT], 0x8a6f52)
  canvas.fill([...hill, ...lowered(hill, 16)], 0x6d9a4a)
  canvas.line(hill, 3, 0x4f7a35)
  drawFlag(canvas, (goal - LEFT) * SCALE, heightAt(goal))
  drawCar(canvas.with(onSlope(position)))
  return canvas.toFrame()
}

/** The hill as a line of text, the car on it, the flag, and the numbers. */
export function mountainCarText(position: number, velocity: number, goal: number): string {
  const rows = Array.from({ length: ROWS }, () => new Array<string>(COLUMNS).fill(' '))
  const rowOf = (x: number) => Math.round(((1 - sin(3 * x)) / 2) * (ROWS - 2)) + 1
  const columnOf = (x: number) => Math.round(((x - LEFT) / (RIGHT - LEFT)) * (COLUMNS - 1))
  for (let column = 0; column < COLUMNS; column++) {
    rows[rowOf(LEFT + (column / (COLUMNS - 1)) * (RIGHT - LEFT))]![column] = '.'
  }
  rows[rowOf(goal) - 1]![columnOf(goal)] = 'P'
  rows[rowOf(position)]![columnOf(position)] = '#'
  const lines = rows.map((row) => row.join('').trimEnd())
  return `${lines.join('\n')}\nposition ${position.toFixed(3)}, velocity ${velocity.toFixed(4)}`
}

/** The y of the ground, in pixels: Gymnasium's hill, 0.55 + 0.45 sin(3 x). */
function heightAt(position: number): number {
  return HEIGHT - (sin(3 * position) * 0.45 + 0.55) * SCALE
}

/** The same line further down, walked backwards, to close a band. */
function lowered(line: readonly number[], by: number): number[] {
  const back: number[] = []
  for (let i = line.length - 2; i >= 0; i -= 2) back.push(line[i]!, line[i + 1]! + by)
  return back
}

function ridge(canvas: Canvas, color: number, y: (x: number) => number): void {
  const line: number[] = []
  for (let x = 0; x <= WIDTH; x += 8) line.push(x, y(x))
  canvas.fill([...line, WIDTH, HEIGHT, 0, HEIGHT], color)
}

/** Axes along and across the hill where the car stands. */
function onSlope(position: number): Transform {
  const rise = -1.35 * cos(3 * position) // dy/dx in pixels
  const along = Math.hypot(1, rise)
  const [ux, uy] = [1 / along, rise / along]
  return [ux, uy, -uy, ux, (position - LEFT) * SCALE, heightAt(position)]
}

function drawFlag(canvas: Canvas, x: number, y: number): void {
  canvas.line([x, y, x, y - 56], 3, 0x5d4634)
  canvas.fill([x + 1, y - 56, x + 31, y - 46, x + 1, y - 36], 0xd64541)
}

/** Its wheels stand on y = 0. */
function drawCar(car: Canvas): void {
  car.fill([-13, -22, -8, -31, 8, -31, 15, -22], 0x2f5d8a)
  car.fill([-9, -22, -6, -28.5, -0.5, -28.5, -0.5, -22], 0xd9ecf7)
  car.fill([1.5, -22, 1.5, -28.5, 7, -28.5, 11, -22], 0xd9ecf7)
  car.fill(roundedRectangle(-22, -23, 44, 14, 5), 0x3f7cb5)
  car.fill(roundedRectangle(18, -19, 4, 4, 2), 0xffe08a)
  for (const wheel of [-12, 12]) {
    car.circle(wheel, -7, 7.5, 0x2a2a2e)
    car.circle(wheel, -7, 3, 0xb9bcc2)
  }
}
