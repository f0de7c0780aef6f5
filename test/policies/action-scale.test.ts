/** From what a policy says, in [−1, 1], to what an environment takes. */
import { Box, Rng } from 'gymnasium-js'
import { expect, test } from 'vitest'
import { distributionOf } from '../../src/policies/index.ts'
import { actionScaleOf } from '../../src/policies/action-scale.ts'

type FloatBox = Box<'float32' | 'float64'>

const LARGEST = 3.4028234663852886e38

/** What a policy that says these numbers sends, in the dtype of the box. */
function sent(box: FloatBox, said: readonly number[], scaleActions = true): number[] {
  const distribution = distributionOf(box, { logStdInit: 0, scaleActions })
  const actions = distribution.toEnv(Float32Array.from(said))
  distribution.parameters['logStd']!.dispose()
  return Array.from(actions)
}

test.each([
  [-2, 2, [-1, -0.5, 0, 1], [-2, -1, 0, 2]],
  [5, 10, [-1, -0.5, 0, 1], [5, 6.25, 7.5, 10]],
  [0, 1000, [-1, -0.5, 0, 1], [0, 250, 500, 1000]],
  [0, 0.001, [-1, 0, 1], [0, Math.fround(0.0005), Math.fround(0.001)]],
  [3, 3, [-1, 0, 1], [3, 3, 3]],
  [-1e38, 3e38, [-1, 1], [-1e38, 3e38].map(Math.fround)],
])('[-1, 1] is the whole of [%d, %d], and what lies beyond is clipped', (low, high, said, want) => {
  const box = new Box({ low, high, shape: [1] })
  for (const [i, number] of said.entries()) expect(sent(box, [number])).toEqual([want[i]])
  expect(sent(box, [-7])).toEqual([want[0]])
  expect(sent(box, [7])).toEqual([want.at(-1)])
})

test('a width that float64 cannot hold is no trouble', () => {
  const box = new Box({ low: -1.7e38 * 2, high: 1.7e38 * 2, shape: [1], dtype: 'float64' })
  expect(sent(box, [0.5])).toEqual([1.7e38])
})

test.each([
  ['no bounds', -Infinity, Infinity],
  ['the largest float32 for no bounds', -LARGEST, LARGEST],
  ['a low bound alone', -1, Infinity],
  ['a high bound alone', -Infinity, 500],
  ['a low bound and the largest float32', -1, LARGEST],
])('a dimension with %s is as it is', (_, low, high) => {
  expect(sent(new Box({ low, high, shape: [1] }), [-0.5])).toEqual([-0.5])
  expect(sent(new Box({ low, high, shape: [1] }), [123])).toEqual([123])
})

test('each dimension goes by its own bounds, and each row likewise', () => {
  const box = new Box({ low: [0, -Infinity, 5, 1], high: [10, Infinity, 5, Infinity] })
  expect(sent(box, [0, 0.25, 0.5, 0, 1, -30, -1, 2])).toEqual([5, 0.25, 5, 1, 10, -30, 5, 2])
})

test('without scaling all actions are in the units of the environment, clipped', () => {
  const box = new Box({ low: [5, 0], high: [10, 0.001], dtype: 'float64' })
  expect(sent(box, [6, 0.0005], false)).toEqual([6, Math.fround(0.0005)])
  expect(sent(box, [0, 1], false)).toEqual([5, 0.001])
})

test('in [-1, 1] scaling changes no bit, that of a zero neither', () => {
  const { toEnv } = actionScaleOf(new Box({ low: -1, high: 1, shape: [1] }), true)
  const rng = new Rng(1)
  const numbers = Float32Array.from(
    { length: 20_000 },
    () => rng.normal() * 2 ** -rng.uniform(0, 149),
  )
  for (const a of [...numbers, 0, -0, 1, -1])
    expect(Object.is(toEnv(a, 0), Math.min(Math.max(a, -1), 1)), `${a}`).toBe(true)
})

test('what is sent is in the space, whatever its bounds and dtype', () => {
  const rng = new Rng(2)
  for (let i = 0; i < 2000; i++) {
    const bounds = [0, 1].map(() => rng.normal() * 10 ** rng.uniform(-40, 40))
    const [low, high] = [Math.min(...bounds), Math.max(...bounds)]
    const isLong = i % 2 === 0 && Math.max(-low, high) < 3e38
    if (!isLong && Math.max(-low, high) > 3e38) continue
    const box: FloatBox = new Box({ low, high, shape: [1], dtype: isLong ? 'float32' : 'float64' })
    const { toEnv } = actionScaleOf(box, true)
    for (const a of [-1, 1, rng.uniform(-1, 1), rng.normal()]) {
      const action = isLong ? Float32Array.of(toEnv(a, 0)) : Float64Array.of(toEnv(a, 0))
      expect(box.explain(action)).toBeUndefined()
    }
  }
})

test('random play is uniform over the bounds, and normal where there are none', () => {
  const box = new Box({ low: [5, -Infinity], high: [10, Infinity] })
  const distribution = distributionOf(box, { logStdInit: 0, scaleActions: true })
  const actions = distribution.empty(4000)
  distribution.random(new Rng(3), actions)
  const played = distribution.toEnv(actions)
  const column = (d: number) => Array.from(played).filter((_, i) => i % 2 === d)
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  expect(mean(column(0))).toBeCloseTo(7.5, 0)
  expect(Math.min(...column(0))).toBeLessThan(5.05)
  expect(Math.max(...column(0))).toBeGreaterThan(9.95)
  expect(Math.abs(mean(column(1)))).toBeLessThan(0.1)
  distribution.parameters['logStd']!.dispose()
})
