import { Box, Dict, Discrete, MultiBinary, MultiDiscrete, Rng, Tuple } from 'gymnasium-js'
import type { Json, Space } from 'gymnasium-js'
import { expect, test } from 'vitest'
import { readValue, saveValue } from '../../../envs/src/spaces/value-json.ts'

const box = new Box({ low: -Infinity, high: Infinity, shape: [4] })
const spaces: readonly Space[] = [
  box,
  new Box({ low: 0, high: 255, shape: [2, 2], dtype: 'uint8' }),
  new Discrete(5, -2),
  new MultiDiscrete([3, 4]),
  new MultiBinary(3),
  new Tuple([new Discrete(2), box]),
  new Dict({ b: new Tuple([new Discrete(3)]), a: box }),
]

function viaText(saved: Json): Json {
  return JSON.parse(JSON.stringify(saved)) as Json
}

test.each(spaces)('a value of %s comes back through JSON', (space) => {
  const rng = new Rng(1)
  for (let i = 0; i < 20; i++) {
    const value = space.sample(rng)
    const back: unknown = readValue(space, viaText(saveValue(space, value)))
    expect(back).toEqual(value)
    if (typeof value === 'object') expect(back).not.toBe(value)
  }
})

test('numbers that JSON does not have come back too', () => {
  const value = Float32Array.of(-0, NaN, Infinity, -Infinity)
  expect(readValue(box, viaText(saveValue(box, value)))).toEqual(value)
})

test.each([
  [box, [1, 2, 3]],
  [box, [1, 2, 3, null]],
  [box, [1, 2, 3, '4']],
  [new Discrete(2), [0]],
  [new Tuple([new Discrete(2)]), []],
  [new Dict({ a: new Discrete(2) }), { b: 1 }],
  [new Dict({ a: new Discrete(2) }), null],
  [new MultiBinary(2), undefined],
])('%s refuses to read %j', (space: Space, saved: Json | undefined) => {
  expect(() => readValue(space, saved)).toThrow('pass a state that getState()')
})

test('refuses to save what is not of the space', () => {
  expect(() => saveValue(box, 3)).toThrow('expected a Float32Array')
  expect(() => saveValue(new Discrete(2), [1])).toThrow('found an Array of length 1')
  expect(() => saveValue(new Dict({ a: new Discrete(2) }), { b: 1 })).toThrow('keys [a]')
})
