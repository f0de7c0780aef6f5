/** Where an episode is shown: on a terminal in colour, as lines of plain text, or in a GIF. */
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Frame, RenderMode } from 'gymnasium-js'
import { GifEncoder } from 'gymnasium-js/rendering'
import { UsageError } from '../../src/errors.ts'
import { messageOf } from '../../runs/errors.ts'
import { shown } from '../../src/shown.ts'

export interface Screen {
  /** What the environment has to draw. */
  readonly mode: RenderMode
  /** Shows a picture with a line below it; resolves when the next one is due. */
  show(picture: Frame | string, caption: string): Promise<void>
  /** Leaves the terminal as it was, or writes the file. @throws Error if it cannot be written */
  close(): void
}

/** What a screen needs of a terminal; a test gives it one of its own. */
export interface Output {
  readonly columns?: number | undefined
  readonly rows?: number | undefined
  write(text: string): unknown
}

const ESC = '\u001B'
/** One character on a background of its own, and any change of colours. */
const ON_BACKGROUND = new RegExp(`${ESC}\\[4\\dm.${ESC}\\[0m`, 'g')
const COLOUR = new RegExp(`${ESC}\\[[\\d;]*m`, 'g')
const HOME = '\u001B[H'
const CLEAR = '\u001B[2J'
const CLEAR_LINE = '\u001B[K'
const HIDE_CURSOR = '\u001B[?25l'
const SHOW_CURSOR = '\u001B[?25h'
const RESET = '\u001B[0m'
/** Of an output that does not tell its size. */
const USUAL = { columns: 80, rows: 24 }

/** Draws over the last picture, at most `fps` times a second. */
export function colourScreen(output: Output, fps: number): Screen {
  let started = false
  let due = performance.now()
  return {
    mode: 'rgb_array',
    async show(picture, caption) {
      if (!started) output.write(HIDE_CURSOR + CLEAR)
      started = true
      // A pseudo-terminal without a size tells 0.
      const columns = output.columns || USUAL.columns
      const rows = output.rows || USUAL.rows
      const text =
        typeof picture === 'string' ? shownText(picture) : halfBlocks(picture, columns, rows - 2)
      output.write(`${HOME}${text}\n${shown(caption)}${CLEAR_LINE}`)
      // From when it was due, not from now, so that delays do not add up.
      due = Math.max(due + 1000 / fps, performance.now())
      await setTimeout(Math.max(0, due - performance.now()))
    },
    close() {
      if (started) output.write(`${RESET}\n${SHOW_CURSOR}`)
    },
  }
}

/** One picture after the other, without colours and without waiting. */
export function plainScreen(output: Output): Screen {
  return {
    mode: 'ansi',
    show(picture, caption) {
      if (typeof picture !== 'string')
        throw new Error("render() gives a frame in render mode 'ansi'")
      output.write(`${shownText(picture)}\n${shown(caption)}\n\n`)
      return Promise.resolve()
    },
    close() {
      // Every line is written already.
    },
  }
}

/** @throws UsageError if there can be no such file */
export function gifScreen(path: string, fps: number): Screen {
  const folder = dirname(path)
  if (!existsSync(folder)) throw new UsageError(`--gif: there is no folder ${folder}`)
  if (existsSync(path) && !statSync(path).isFile())
    throw new UsageError(`--gif: ${path} is no file`)
  const gif = new GifEncoder({ fps })
  return {
    mode: 'rgb_array',
    show(picture) {
      if (typeof picture === 'string')
        throw new Error("render() gives text in render mode 'rgb_array', and a GIF needs frames")
      gif.add(picture)
      return Promise.resolve()
    },
    close() {
      if (gif.count > 0) writeGif(path, gif.finish())
    },
  }
}

function writeGif(path: string, bytes: Uint8Array): void {
  try {
    writeFileSync(path, bytes)
  } catch (error) {
    throw new UsageError(`--gif: ${path} cannot be written: ${messageOf(error)}`, { cause: error })
  }
}

/**
 * A frame as text: an upper half block per two pixels, its colour the upper one's, its background
 * the lower one's, the frame shrunk to fit and its pixels averaged.
 */
export function halfBlocks(frame: Frame, columns: number, rows: number): string {
  const scale = Math.max(1, frame.width / columns, frame.height / (2 * rows))
  const width = Math.max(1, Math.round(frame.width / scale))
  const height = 2 * Math.max(1, Math.round(frame.height / scale / 2))
  const lines: string[] = []
  for (let y = 0; y < height; y += 2) {
    let line = ''
    let last = ''
    for (let x = 0; x < width; x++) {
      const upper = average(frame, x / width, y / height, 1 / width, 1 / height)
      const lower = average(frame, x / width, (y + 1) / height, 1 / width, 1 / height)
      const colours = `\u001B[38;2;${upper}m\u001B[48;2;${lower}m`
      line += colours === last ? '▀' : `${colours}▀`
      last = colours
    }
    lines.push(line + RESET)
  }
  return lines.join('\n')
}

/** Mean colour of a part of the frame, given in fractions of it, as `r;g;b`. */
function average(frame: Frame, x: number, y: number, width: number, height: number): string {
  const left = Math.floor(x * frame.width)
  const top = Math.floor(y * frame.height)
  const right = Math.max(left + 1, Math.floor((x + width) * frame.width))
  const bottom = Math.max(top + 1, Math.floor((y + height) * frame.height))
  const sums = [0, 0, 0] as [number, number, number]
  for (let row = top; row < bottom; row++) {
    for (let i = 3 * (row * frame.width + left); i < 3 * (row * frame.width + right); i += 3) {
      sums[0] += frame.data[i]!
      sums[1] += frame.data[i + 1]!
      sums[2] += frame.data[i + 2]!
    }
  }
  const pixels = (right - left) * (bottom - top)
  return sums.map((sum) => Math.round(sum / pixels)).join(';')
}

/** Grids mark where the player is by a background colour: in plain text by an @. */
export function withoutColour(text: string): string {
  return text.replace(ON_BACKGROUND, '@').replace(COLOUR, '')
}

/** What an environment draws as text: its lines, without colours, and nothing else that a terminal would obey. */
function shownText(text: string): string {
  return withoutColour(text).split('\n').map(shown).join('\n')
}

/** Whether to send colours: to terminals, unless the user says no (no-color.org, force-color.org). */
export function wantsColour(
  isTTY: boolean,
  { FORCE_COLOR, NO_COLOR, TERM }: NodeJS.ProcessEnv,
): boolean {
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '' && FORCE_COLOR !== '0') return true
  return isTTY && (NO_COLOR === undefined || NO_COLOR === '') && TERM !== 'dumb'
}
