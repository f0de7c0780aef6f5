/**
 * The MinAtar games as pictures: 10 x 10 cells of 50 pixels, every channel in a colour of its own.
 * A channel lies over those before it; trails are small, and gauges as large as their cells.
 */

import type { Frame } from '../../frame.ts'
import { Canvas } from '../canvas.ts'
import { rectangle, roundedRectangle } from '../shapes.ts'
import { scaling, translation } from '../transform.ts'

const GRID = 10
const SIZE = 500 // pixels

type Shape = 'block' | 'tile' | 'disc' | 'dot' | 'pellet'

/** By a channel's name, in whichever game. */
const LOOKS = new Map<string, readonly [color: number, shape: Shape]>([
  ['player', [0x5ad1a0, 'block']],
  ['enemy', [0xe2574c, 'block']],
  ['gold', [0xf5c542, 'disc']],
  ['trail', [0x7d8799, 'dot']],
  ['paddle', [0x5ad1a0, 'tile']],
  ['ball', [0xf7f3e8, 'disc']],
  ['brick', [0xd9774a, 'tile']],
  ['chicken', [0xf5c542, 'block']],
  ['car', [0xe2574c, 'block']],
  ['speed1', [0x4fb3d9, 'dot']],
  ['speed2', [0x5f94e0, 'dot']],
  ['speed3', [0x7a76e0, 'dot']],
  ['speed4', [0x9a62d6, 'dot']],
  ['speed5', [0xc054c4, 'dot']],
  ['sub_front', [0x5ad1a0, 'block']],
  ['sub_back', [0x3f9c78, 'block']],
  ['friendly_bullet', [0xf7f3e8, 'pellet']],
  ['enemy_bullet', [0xff8f6b, 'pellet']],
  ['enemy_fish', [0xe2574c, 'disc']],
  ['enemy_sub', [0xb04ad0, 'block']],
  ['oxygen_guage', [0x6fc3ef, 'tile']],
  ['diver_guage', [0xf5c542, 'tile']],
  ['diver', [0xf5c542, 'disc']],
  ['cannon', [0x5ad1a0, 'block']],
  ['alien', [0xe2574c, 'block']],
  ['alien_left', [0xffd2a6, 'dot']],
  ['alien_right', [0x9be0ff, 'dot']],
])

/**
 * @param channels names of the C channels.
 * @param obs [10, 10, C] of 0 and 1.
 */
export function drawMinAtar(channels: readonly string[], obs: ArrayLike<number>): Frame {
  const canvas = Canvas.of(SIZE, SIZE, 0x1b2030, 0x141824)
  const grid = canvas.with(scaling(SIZE / GRID))
  for (let line = 0; line < GRID * GRID; line++) {
    const [x, y] = [line % GRID, Math.floor(line / GRID)]
    if ((x + y) % 2 === 0) grid.fill(rectangle(x, y, 1, 1), 0xffffff, 0.025)
  }
  channels.forEach((name, channel) => {
    const [color, shape] = LOOKS.get(name) ?? [0xb8bfcc, 'block']
    for (let cell = 0; cell < GRID * GRID; cell++) {
      if (obs[cell * channels.length + channel] !== 1) continue
      const at = translation((cell % GRID) + 0.5, Math.floor(cell / GRID) + 0.5)
      drawThing(grid.with(at), shape, color)
    }
  })
  return canvas.toFrame()
}

/** About (0, 0), in the square of side 1. */
function drawThing(cell: Canvas, shape: Shape, color: number): void {
  switch (shape) {
    case 'block':
      cell.fill(roundedRectangle(-0.44, -0.44, 0.88, 0.88, 0.16), color)
      cell.fill(roundedRectangle(-0.36, -0.38, 0.72, 0.2, 0.1), 0xffffff, 0.22)
      return
    case 'tile':
      cell.fill(roundedRectangle(-0.48, -0.46, 0.96, 0.92, 0.06), color)
      cell.fill(rectangle(-0.48, 0.3, 0.96, 0.16), 0x000000, 0.15)
      return
    case 'disc':
      cell.circle(0, 0, 0.4, color)
      cell.circle(-0.1, -0.12, 0.14, 0xffffff, 0.35)
      return
    case 'dot':
      cell.circle(0, 0, 0.16, color)
      return
    case 'pellet':
      cell.circle(0, 0, 0.27, color, 0.35)
      cell.circle(0, 0, 0.19, color)
  }
}

/** One character per cell, the number of its last channel that is set, and what they mean. */
export function minAtarText(channels: readonly string[], obs: Uint8Array): string {
  const size = channels.length
  let text = ''
  for (let cell = 0; cell < GRID * GRID; cell++) {
    const channel = obs.subarray(cell * size, (cell + 1) * size).lastIndexOf(1)
    text += channel < 0 ? '.' : String(channel)
    text += cell % GRID === GRID - 1 ? '\n' : ' '
  }
  return text + channels.map((name, channel) => `${channel} ${name}`).join(', ')
}
