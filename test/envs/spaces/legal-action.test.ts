/** Random play by `info.actionMask`: what is no mask, and what does not fit. */
import { Discrete, MultiDiscrete, Rng, sampleAction } from 'gymnasium-js'
import { expect, test } from 'vitest'

const three = new Discrete(3)

test.each([undefined, null])('a mask of %s is none', (actionMask) => {
  const drawn = new Set(Array.from({ length: 50 }, (_, i) => sampleAction(three, new Rng(i), { actionMask }))) // prettier-ignore
  expect(drawn).toEqual(new Set([0, 1, 2]))
})

test('a mask decides, of numbers or of booleans', () => {
  for (const actionMask of [[0, 1, 0], [false, true, false], Uint8Array.of(0, 1, 0)])
    expect(sampleAction(three, new Rng(1), { actionMask })).toBe(1)
})

test.each([
  [three, [1, 0], /^info\.actionMask is an Array of length 2: .*3 integers from 0 to 1/],
  [three, 'left', /^info\.actionMask is 'left': /],
  [new MultiDiscrete([2, 2]), [1, 1, 1], /^info\.actionMask is an Array of length 3: /],
])('in %s a mask that does not fit is named', (space, actionMask, message) => {
  expect(() => sampleAction<unknown>(space, new Rng(1), { actionMask })).toThrow(message)
})
