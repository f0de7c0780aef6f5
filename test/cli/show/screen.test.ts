/** What `wn-rl play` sends to a terminal. */
import type { Frame } from 'gymnasium-js'
import { describe, expect, test } from 'vitest'
import {
  colourScreen,
  halfBlocks,
  plainScreen,
  wantsColour,
  withoutColour,
} from '../../../cli/show/screen.ts'

const ESC = '\u001B'

function frame(width: number, height: number, bytes: readonly number[]): Frame {
  return { width, height, data: Uint8Array.from(bytes) }
}

/** An output that remembers. */
function terminal(size: { columns?: number; rows?: number } = {}) {
  const written: string[] = []
  return { ...size, written, write: (text: string) => written.push(text) }
}

describe('half blocks', () => {
  test('one character shows two pixels, the upper as its colour, the lower as its background', () => {
    expect(halfBlocks(frame(1, 2, [1, 2, 3, 4, 5, 6]), 80, 24)).toBe(
      `${ESC}[38;2;1;2;3m${ESC}[48;2;4;5;6m▀${ESC}[0m`,
    )
  })

  test('colours are told again only where they change', () => {
    const grey = new Array(2 * 2 * 3).fill(7)
    expect(halfBlocks(frame(2, 2, grey), 80, 24)).toBe(
      `${ESC}[38;2;7;7;7m${ESC}[48;2;7;7;7m▀▀${ESC}[0m`,
    )
  })

  test('a frame is shrunk to fit, its pixels averaged, its shape kept', () => {
    const wide = frame(
      4,
      4,
      [0, 2].flatMap((row) => Array.from({ length: 24 }, (_, i) => (i % 2) + row)),
    )
    const lines = halfBlocks(wide, 2, 24).split('\n')
    expect(lines).toHaveLength(1)
    expect(lines[0]!.split('▀')).toHaveLength(3)
    const big = halfBlocks(frame(600, 400, new Array(600 * 400 * 3).fill(9)), 80, 22).split('\n')
    expect(big).toHaveLength(22)
    expect(big[0]!.split('▀').length - 1).toBe(66) // 44 pixels high, so 66 wide
  })

  test('averages the pixels that fall together', () => {
    const four = frame(
      2,
      4,
      [0, 10, 20, 30, 100, 110, 120, 130].flatMap((v) => [v, v, v]),
    )
    expect(halfBlocks(four, 1, 24)).toBe(`${ESC}[38;2;15;15;15m${ESC}[48;2;115;115;115m▀${ESC}[0m`)
  })
})

describe('screens', () => {
  test('the colour screen hides the cursor, draws over the last picture, and gives the cursor back', async () => {
    const output = terminal({ columns: 10, rows: 5 })
    const screen = colourScreen(output, 50)
    await screen.show(frame(1, 2, [0, 0, 0, 0, 0, 0]), 'one')
    await screen.show(frame(1, 2, [0, 0, 0, 0, 0, 0]), 'two')
    screen.close()
    expect(output.written[0]).toContain(`${ESC}[?25l`)
    expect(output.written.filter((text) => text.startsWith(`${ESC}[H`))).toHaveLength(2)
    expect(output.written.at(-1)).toContain(`${ESC}[?25h`)
  })

  test('a terminal that tells no size is taken for one of 80 x 24', async () => {
    for (const output of [terminal(), terminal({ columns: 0, rows: 0 })]) {
      const screen = colourScreen(output, 50)
      await screen.show(frame(200, 200, new Array(200 * 200 * 3).fill(9)), 'caption')
      expect(output.written[1]!.split('▀').length - 1).toBe(44 * 22)
    }
  })

  test('the plain screen writes text as it is, without colours', async () => {
    const output = terminal()
    await plainScreen(output).show(`S${ESC}[41mF${ESC}[0m`, 'caption')
    expect(output.written).toEqual(['S@\ncaption\n\n'])
  })
})

test('plain text marks where the player is, and drops all other colours', () => {
  expect(withoutColour(`a${ESC}[1;34mR${ESC}[0mb`)).toBe('aRb')
  expect(withoutColour(`${ESC}[35m${ESC}[43mR${ESC}[0m${ESC}[0m`)).toBe('@')
})

test.each([
  [true, {}, true],
  [false, {}, false],
  [true, { NO_COLOR: '1' }, false],
  [true, { NO_COLOR: '' }, true],
  [true, { TERM: 'dumb' }, false],
  [false, { FORCE_COLOR: '1' }, true],
  [false, { FORCE_COLOR: '0' }, false],
])('on a terminal: %s, with %o, colours are wanted: %s', (isTTY, env, wanted) => {
  expect(wantsColour(isTTY, env)).toBe(wanted)
})
