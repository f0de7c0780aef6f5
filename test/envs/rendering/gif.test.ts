import fc from 'fast-check'
import { GifReader } from 'omggif'
import { describe, expect, test } from 'vitest'
import { make, type Frame } from '../../../envs/src/index.ts'
import { GifEncoder } from '../../../envs/src/rendering.ts'

function encode(fps: number, frames: readonly Frame[]): Uint8Array {
  const gif = new GifEncoder({ fps })
  for (const frame of frames) gif.add(frame)
  return gif.finish()
}

/** Every frame as a viewer shows it, RGB. */
function decode(bytes: Uint8Array): Uint8Array[] {
  const gif = new GifReader(bytes)
  const shown = new Uint8Array(gif.width * gif.height * 4)
  return Array.from({ length: gif.numFrames() }, (_, i) => {
    gif.decodeAndBlitFrameRGBA(i, shown)
    return shown.filter((__, at) => at % 4 !== 3)
  })
}

function delaysOf(bytes: Uint8Array): number[] {
  const gif = new GifReader(bytes)
  return Array.from({ length: gif.numFrames() }, (_, i) => gif.frameInfo(i).delay)
}

function plain(width: number, height: number, value: number): Frame {
  return { width, height, data: new Uint8Array(width * height * 3).fill(value) }
}

const frameLists = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
  .chain(([width, height]) => {
    const size = width * height * 3
    const data = fc.uint8Array({ minLength: size, maxLength: size })
    return fc.array(
      data.map((bytes): Frame => ({ width, height, data: bytes })),
      { minLength: 1, maxLength: 6 },
    )
  })

describe('GifEncoder', () => {
  test('frames of few colours come back exactly', () => {
    fc.assert(
      fc.property(frameLists, (frames) => {
        const decoded = decode(encode(10, frames))
        expect(decoded).toHaveLength(frames.length)
        frames.forEach(({ data }, i) => expect(decoded[i]).toEqual(data))
      }),
    )
  })

  test('frames of more than 255 colours come back nearly', () => {
    const frame = { width: 64, height: 64, data: new Uint8Array(64 * 64 * 3) }
    for (let i = 0; i < 64 * 64; i++) frame.data.set([4 * (i % 64), 4 * (i >> 6), 128], 3 * i)
    const [decoded] = decode(encode(10, [frame]))
    const errors = frame.data.map((byte, i) => Math.abs(byte - decoded![i]!))
    expect(Math.max(...errors)).toBeLessThan(32)
    expect(Math.max(...errors)).toBeGreaterThan(0)
  })

  test('colours of whole areas stay exact among many others, so that nothing is left behind', () => {
    const [width, height] = [60, 60]
    const before = plain(width, height, 77)
    for (let i = 0; i < 400; i++) before.data.set([i >> 1, 255 - (i >> 1), 3 * (i % 50)], 9 * i)
    const after = plain(width, height, 77)
    const [first, second] = decode(encode(10, [before, after]))
    const isArea = (i: number) => before.data.subarray(3 * i, 3 * i + 3).every((z) => z === 77)
    for (let i = 0; i < width * height; i++) {
      if (isArea(i)) expect([...first!.subarray(3 * i, 3 * i + 3)]).toEqual([77, 77, 77])
    }
    expect(second).toEqual(after.data)
  })

  test.each([
    [50, [2, 2, 2, 2, 2, 2]],
    [30, [3, 4, 3, 3, 4, 3]],
    [15, [7, 6, 7, 7, 6, 7]],
    [4, [25, 25, 25, 25, 25, 25]],
  ])('%i pictures a second are shown for whole hundredths that keep the time', (fps, delays) => {
    const frames = Array.from({ length: 6 }, (_, i) => plain(2, 2, i))
    expect(delaysOf(encode(fps, frames))).toEqual(delays)
  })

  test('repeats for ever', () => {
    expect(new GifReader(encode(10, [plain(2, 2, 1)])).loopCount()).toBe(0)
  })

  test('a frame like the one before costs little and shows the same', () => {
    const env = make('CartPole-v1', { renderMode: 'rgb_array' })
    env.reset({ seed: 1 })
    const frame = env.render() as Frame
    const once = encode(10, [frame])
    const twice = encode(10, [frame, frame])
    expect(twice.length - once.length).toBeLessThan(once.length / 5)
    const [first, second] = decode(twice)
    expect(Buffer.from(second!).equals(first!)).toBe(true)
  })

  test('copies a frame, so that the caller may draw on it', () => {
    const frame = plain(2, 1, 10)
    const gif = new GifEncoder({ fps: 10 })
    gif.add(frame)
    frame.data.fill(20)
    gif.add(frame)
    expect(decode(gif.finish()).map((data) => data[0])).toEqual([10, 20])
  })

  test('refuses what makes no GIF', () => {
    for (const fps of [0, -1, 51, Number.NaN]) {
      expect(() => new GifEncoder({ fps })).toThrow(`fps is ${fps}`)
    }
    const gif = new GifEncoder({ fps: 10 })
    expect(() => gif.finish()).toThrow('no frames')
    gif.add(plain(2, 2, 0))
    expect(() => gif.add(plain(2, 3, 0))).toThrow('2 x 3')
  })
})
