/** What is taken for an image where no network is given. */
import { Box, Discrete } from 'gymnasium-js'
import { expect, test } from 'vitest'
import { Dqn } from '../../agents/index.ts'

const agentFor = (shape: readonly number[], frameStack = 1) => {
  const observationSpace = new Box({ low: 0, high: 255, shape, dtype: 'uint8' })
  return new Dqn({ spaces: { observationSpace, actionSpace: new Discrete(2) }, frameStack })
}

test.each([
  [[2, 2, 3], false],
  [[1, 10, 4], false],
  [[7, 9, 1], false],
  [[10, 10, 4], true],
  [[84, 84, 3], true],
])('an observation of shape %j: %s', (shape, isImage) => {
  const agent = agentFor(shape)
  expect(agent.options.network.layers!.some(({ type }) => type === 'conv2d')).toBe(isImage)
  agent.dispose()
})

test('channels that come first are refused with the remedy, frames are not', () => {
  expect(() => agentFor([3, 84, 84])).toThrow(/\[3, 84, 84\] look like an image with its channels/)
  agentFor([4, 84, 84], 4).dispose()
})
