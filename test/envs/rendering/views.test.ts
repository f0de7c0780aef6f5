/** Pictures of every registered environment. */
import { describe, expect, test } from 'vitest'
import {
  make,
  registeredSpecs,
  Rng,
  type CompleteEnv,
  type Frame,
} from '../../../envs/src/index.ts'
import { viaJson } from '../via-json.ts'

/** Gymnasium's window sizes; MinAtar has none of its own. */
const SIZES: readonly (readonly [name: RegExp, width: number, height: number])[] = [
  [/^(CartPole|MountainCar|MountainCarContinuous|LunarLander\w*|BipedalWalker\w*)-/, 600, 400],
  [/^(Acrobot|Pendulum)-/, 500, 500],
  [/^FrozenLake-/, 256, 256],
  [/^FrozenLake8x8-/, 512, 512],
  [/^CliffWalking\w*-/, 720, 240],
  [/^Taxi-/, 550, 350],
  [/^Blackjack-/, 600, 500],
  [/^MinAtar\//, 500, 500],
]
const STEPS = 40

function frameOf(env: CompleteEnv): Frame {
  const frame = env.render()
  if (typeof frame !== 'object') throw new TypeError(`render() gave ${typeof frame}`)
  return frame
}

function pixelsOf({ data }: Frame): string {
  return Buffer.from(data).toString('base64')
}

function countColours({ data }: Frame): number {
  const colours = new Set<number>()
  for (let i = 0; i < data.length; i += 3) {
    colours.add((data[i]! << 16) | (data[i + 1]! << 8) | data[i + 2]!)
  }
  return colours.size
}

/** Random steps, with resets. */
function play(env: CompleteEnv, onStep?: () => void): void {
  const rng = new Rng(1)
  for (let i = 0; i < STEPS; i++) {
    const { terminated, truncated } = env.step(env.actionSpace.sample(rng))
    if (terminated || truncated) env.reset()
    onStep?.()
  }
}

describe.each(registeredSpecs().map(({ id }) => id))('%s', (id) => {
  test('draws frames of its size that change with its state', () => {
    const env = make(id, { renderMode: 'rgb_array' })
    const [, width, height] = SIZES.find(([name]) => name.test(id))!
    env.reset({ seed: 1 })
    const seen = new Set<string>()
    play(env, () => {
      const frame = frameOf(env)
      expect([frame.width, frame.height]).toEqual([width, height])
      expect(frame.data).toHaveLength(width * height * 3)
      expect(countColours(frame)).toBeGreaterThan(8)
      seen.add(pixelsOf(frame))
    })
    expect(seen.size).toBeGreaterThan(3)
  })

  test('draws equal states alike, into frames that are the caller’s to keep', () => {
    const env = make(id, { renderMode: 'rgb_array' })
    env.reset({ seed: 2 })
    play(env)
    const frame = frameOf(env)
    const pixels = pixelsOf(frame)
    const copy = make(id, { renderMode: 'rgb_array' })
    copy.reset({ seed: 3 })
    copy.setState(viaJson(env.getState()))
    expect(pixelsOf(frameOf(copy))).toBe(pixels)
    env.reset({ seed: 4 })
    frameOf(env).data.fill(0)
    expect(pixelsOf(frame)).toBe(pixels)
  })

  test('has a rate of pictures that a GIF can show', () => {
    const { renderFps } = registeredSpecs().find((spec) => spec.id === id)!
    expect(renderFps).toBeGreaterThan(0)
    expect(renderFps).toBeLessThanOrEqual(50)
  })

  test.skipIf(/^(LunarLander|BipedalWalker)/.test(id))('draws text that changes', () => {
    const env = make(id, { renderMode: 'ansi' })
    env.reset({ seed: 1 })
    const seen = new Set<unknown>()
    play(env, () => seen.add(env.render()))
    expect(seen.size).toBeGreaterThan(3)
    for (const text of seen) expect(text).toMatch(/\S/)
  })
})

test('FrozenLake fits custom maps into 512 pixels, as Gymnasium does', () => {
  const desc = ['SFFFFFFFFF', 'FFFFFFFFFG']
  const env = make('FrozenLake-v1', { desc, renderMode: 'rgb_array' })
  env.reset({ seed: 1 })
  expect(frameOf(env)).toMatchObject({ width: 512, height: 128 })
})
