/** CartPole as a picture: 600 x 400 as in Gymnasium, the track 4.8 m wide. */

import type { Frame } from '../../frame.ts'
import { Canvas } from '../canvas.ts'
import { rectangle, roundedRectangle } from '../shapes.ts'
import { rotation, scaling, translation } from '../transform.ts'

const WIDTH = 600
const HEIGHT = 400
const SCALE = WIDTH / 4.8 // pixels per metre
const AXLE_Y = 290 // of the pole's foot, in pixels
const TRACK_Y = 314
const POLE_LENGTH = 1 // m

/** @param state [4] x (m), x_dot, theta (rad, clockwise), theta_dot. */
export function drawCartPole(state: ArrayLike<number>): Frame {
  const [x, theta] = [state[0]!, state[2]!]
  const canvas = Canvas.of(WIDTH, HEIGHT, 0xf7f4ec, 0xe9e4d6)
  drawTrack(canvas)
  const cart = canvas.with(translation(WIDTH / 2 + x * SCALE, AXLE_Y))
  drawCart(cart)
  const pole = cart.with(rotation(theta))
  pole.line([0, 0, 0, -POLE_LENGTH * SCALE], 11, 0xb4632d)
  pole.line([-1.5, 0, -1.5, -POLE_LENGTH * SCALE], 4, 0xd98b4f)
  cart.circle(0, 0, 7, 0x2b3a4a)
  cart.circle(0, 0, 3, 0xe9e4d6)
  return canvas.toFrame()
}

/** The rail, with a mark every 0.4 m and posts at ±2.4 m, where the episode ends. */
function drawTrack(canvas: Canvas): void {
  canvas.fill(rectangle(0, TRACK_Y + 4, WIDTH, HEIGHT - TRACK_Y), 0xd6cfbd)
  canvas.fill(rectangle(0, TRACK_Y, WIDTH, 4), 0x5b6470)
  const track = canvas.with(translation(WIDTH / 2, TRACK_Y), scaling(SCALE, 1))
  for (let mark = -5; mark <= 5; mark++) {
    track.fill(rectangle(mark * 0.4 - 0.006, 10, 0.012, mark === 0 ? 16 : 9), 0x9a927e)
  }
  for (const edge of [-2.4, 2.36]) track.fill(rectangle(edge, -26, 0.04, 30), 0xc0443c)
}

/** Around (0, 0), the pole's axle. */
function drawCart(cart: Canvas): void {
  cart.ellipse(0, TRACK_Y - AXLE_Y + 5, 42, 4, 0x000000, 0.15)
  cart.fill(roundedRectangle(-36, -9, 72, 24, 6), 0x33475b)
  cart.fill(roundedRectangle(-36, -9, 72, 8, 4), 0x47617b)
  for (const wheel of [-22, 22]) {
    cart.circle(wheel, 16, 8, 0x1f2a35)
    cart.circle(wheel, 16, 3, 0x9aa7b4)
  }
}

const COLUMNS = 49 // of the track from -2.4 m to 2.4 m, 0.1 m each
const POLE_ROWS = 4
const LEAN_AT_END = 12 // degrees

/** The cart on its track, the pole above it (its lean exaggerated to fit text), and the numbers. */
export function cartPoleText(state: ArrayLike<number>): string {
  const x = state[0]!
  const degrees = (state[2]! * 180) / Math.PI
  const column = Math.round((COLUMNS - 1) / 2 + x * 10)
  const lean = degrees / LEAN_AT_END
  const rows: string[] = []
  for (let row = POLE_ROWS; row >= 1; row--) rows.push(mark(column + Math.round(lean * row), '|'))
  rows.push(mark(column, '#'), '-'.repeat(COLUMNS))
  rows.push(`x ${x.toFixed(3)} m, theta ${degrees.toFixed(1)} deg`)
  return rows.join('\n')
}

function mark(column: number, symbol: string): string {
  return column < 0 || column >= COLUMNS ? '' : ' '.repeat(column) + symbol
}
