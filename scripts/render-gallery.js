/**
 * `npm run -s gallery -- FOLDER`: a PNG of every registered environment after 20 random steps of
 * seed 1, and `contact-sheet.png` with all of them.
 */
import { encode } from 'fast-png'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withBundle } from './bundle.js'

const STEPS = 20
const COLUMNS = 5
const CELL = { width: 300, height: 250 } // pixels of the contact sheet
const MARGIN = 10
const BACKGROUND = 0xf4

const [folder] = process.argv.slice(2)
if (folder === undefined) {
  console.error('usage: npm run -s gallery -- FOLDER')
  process.exit(2)
}
mkdirSync(folder, { recursive: true })
const pictures = await withBundle('envs/src/index.ts', { tfjs: 'installed' }, draw)
for (const { id, frame } of pictures) save(`${id.replace('/', '-')}.png`, frame)
save('contact-sheet.png', sheet(pictures.map(({ frame }) => frame)))
console.log(`${pictures.length} pictures and contact-sheet.png in ${folder}`)

function draw({ make, registeredSpecs, Rng }) {
  return registeredSpecs().map(({ id }) => {
    const env = make(id, { renderMode: 'rgb_array' })
    const rng = new Rng(1)
    env.reset({ seed: 1 })
    for (let step = 0; step < STEPS; step++) {
      const { terminated, truncated } = env.step(env.actionSpace.sample(rng))
      if (terminated || truncated) env.reset()
    }
    const frame = env.render()
    env.close()
    return { id, frame }
  })
}

function save(name, { width, height, data }) {
  writeFileSync(join(folder, name), encode({ width, height, data, channels: 3 }))
}

function sheet(frames) {
  const width = COLUMNS * (CELL.width + MARGIN) + MARGIN
  const rows = Math.ceil(frames.length / COLUMNS)
  const height = rows * (CELL.height + MARGIN) + MARGIN
  const page = { width, height, data: new Uint8Array(width * height * 3).fill(BACKGROUND) }
  frames.forEach((frame, i) => {
    const left = MARGIN + (i % COLUMNS) * (CELL.width + MARGIN)
    const top = MARGIN + Math.floor(i / COLUMNS) * (CELL.height + MARGIN)
    paste(frame, page, left, top)
  })
  return page
}

/** Shrinks a frame into a cell, its pixels averaged. */
function paste(frame, page, left, top) {
  const scale = Math.max(frame.width / CELL.width, frame.height / CELL.height)
  const [width, height] = [Math.floor(frame.width / scale), Math.floor(frame.height / scale)]
  const x0 = left + Math.floor((CELL.width - width) / 2)
  const y0 = top + Math.floor((CELL.height - height) / 2)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const color = average(frame, x * scale, y * scale, scale)
      page.data.set(color, ((y0 + y) * page.width + x0 + x) * 3)
    }
  }
}

function average({ width, height, data }, left, top, size) {
  const sums = [0, 0, 0]
  let count = 0
  const bottom = Math.min(height, Math.max(top + size, Math.floor(top) + 1))
  const right = Math.min(width, Math.max(left + size, Math.floor(left) + 1))
  for (let y = Math.floor(top); y < bottom; y++) {
    for (let x = Math.floor(left); x < right; x++) {
      for (let c = 0; c < 3; c++) sums[c] += data[(y * width + x) * 3 + c]
      count += 1
    }
  }
  return sums.map((sum) => Math.round(sum / count))
}
