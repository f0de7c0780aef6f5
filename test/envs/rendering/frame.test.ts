/** Pictures in RGB and RGBA, as every consumer takes them, and what is no picture. */
import { BaseWrapper, Box, complete, Discrete, type Env, type Picture } from 'gymnasium-js'
import { checkEnv } from 'gymnasium-js/check'
import { frameOf, GifEncoder } from 'gymnasium-js/rendering'
import { PassiveEnvChecker, RecordVideo } from 'gymnasium-js/wrappers'
import { GifReader } from 'omggif'
import { describe, expect, test } from 'vitest'

/** 2 x 1: opaque red, and blue of which half shows through. */
const RGBA = [255, 0, 0, 255, 0, 0, 255, 128]
const RGB = [255, 0, 0, 127, 127, 255]

/** An environment of four members that draws. */
function drawing(render: () => unknown): Env<Float32Array, number> {
  return {
    observationSpace: new Box({ low: 0, high: 1, shape: [1], dtype: 'float32' }),
    actionSpace: new Discrete(2),
    renderMode: 'rgb_array',
    reset: () => ({ obs: [0] }),
    step: () => ({ obs: [0], reward: 0, terminated: false, truncated: false }),
    render: render as () => Picture,
  }
}

const forms: [name: string, data: Picture['data'], rgb: number[]][] = [
  ['RGB bytes', Uint8Array.from(RGB), RGB],
  ['clamped RGB bytes', Uint8ClampedArray.from(RGB), RGB],
  ['RGBA bytes', Uint8Array.from(RGBA), RGB],
  ['the data of ImageData', Uint8ClampedArray.from(RGBA), RGB],
  ['a view of a larger buffer', new Uint8ClampedArray([9, 9, ...RGB]).subarray(2), RGB],
  ['what was never painted', new Uint8ClampedArray(8), [255, 255, 255, 255, 255, 255]],
]

/** RGB of a GIF's first frame. */
function firstFrame(gif: Uint8Array): number[] {
  const reader = new GifReader(gif)
  const rgba = new Uint8Array(4 * reader.width * reader.height)
  reader.decodeAndBlitFrameRGBA(0, rgba)
  return [...rgba].filter((_, i) => i % 4 !== 3)
}

describe.each(forms)('%s', (_, data, rgb) => {
  const picture = { width: 2, height: 1, data }

  test('are a frame, whatever plays the environment', () => {
    const frame = { width: 2, height: 1, data: Uint8Array.from(rgb) }
    expect(frameOf(picture, 'it')).toEqual(frame)
    const env = complete(drawing(() => picture))
    expect(env.render()).toEqual(frame)
    expect(new PassiveEnvChecker(env).render()).toEqual(frame)
    expect(env).toBeInstanceOf(BaseWrapper)
  })

  test('make a GIF', () => {
    const gif = new GifEncoder({ fps: 10 })
    gif.add(picture)
    expect(firstFrame(gif.finish())).toEqual(rgb)
  })

  test('make a video', () => {
    const videos: Uint8Array[] = []
    const write = (_name: string, gif: Uint8Array) => void videos.push(gif)
    const env = new RecordVideo(
      drawing(() => picture),
      { write, videoLength: 1 },
    )
    env.reset()
    expect(videos.map(firstFrame)).toEqual([rgb])
  })

  test('pass check-env', () => {
    const findings = checkEnv(() => drawing(() => picture)).map(({ check }) => check)
    expect(findings.filter((check) => check.startsWith('render'))).toEqual([])
  })
})

describe('what is no picture', () => {
  test.each([
    [{ width: 2, height: 1, data: new Uint8Array(7) }, /data is Uint8Array\(7\) where 2 x 1 pixels take 6 bytes of RGB, or 8 of RGBA/],
    [{ width: 2, height: 1, data: [...RGB] }, /data is an Array of length 6/],
    [{ width: 2, height: 1, data: Float32Array.from(RGB) }, /data is Float32Array\(6\)/],
    [{ width: 0, height: 1, data: new Uint8Array(0) }, /width is 0, height is 1/],
    [{ width: 1.5, height: 2, data: new Uint8Array(9) }, /width is 1\.5/],
    [{ data: Uint8Array.from(RGB) }, /width is undefined, height is undefined/],
    [null, /it returns null/],
  ])('%j is refused by name', (picture, message) => {
    expect(() => frameOf(picture, 'it')).toThrow(message)
    expect(() => new GifEncoder({ fps: 10 }).add(picture as never)).toThrow(message)
    const env = new RecordVideo(drawing(() => picture), { write: () => undefined })
    expect(() => env.reset()).toThrow(message)
    const found = checkEnv(() => drawing(() => picture)).find(({ check }) => check === 'render-result')
    expect(found?.found).toMatch(message)
  }) // prettier-ignore
})

test('a GIF has no more pixels a side than its header can say', () => {
  const strip = (width: number) => ({ width, height: 1, data: new Uint8Array(3 * width) })
  const gif = new GifEncoder({ fps: 10 })
  expect(() => {
    gif.add(strip(65_536))
  }).toThrow('GifEncoder: a frame is 65536 x 1; a GIF has 65535 pixels a side at most')
  gif.add(strip(65_535))
  expect(new GifReader(gif.finish()).width).toBe(65_535)
})
