import { Box, Discrete } from 'gymnasium-js'
import { expect, test } from 'vitest'
import { environmentMaker } from '../../runs/environment-module.ts'

class Maze {
  readonly observationSpace = new Box({ low: 0, high: 1, shape: [1] })
  readonly actionSpace = new Discrete(2)
  readonly size: number

  constructor({ size = 1 }: { readonly size?: number } = {}) {
    this.size = size
  }

  reset() {
    return { obs: [0] }
  }

  step() {
    return { obs: [0], reward: 1, terminated: true, truncated: false }
  }
}
class Larger extends Maze {}

/** As before there were classes. */
function Old(this: object) {
  Object.assign(this, new Maze())
}
Object.assign(Old.prototype as object, {
  reset: () => new Maze().reset(),
  step: () => new Maze().step(),
})
const helper = () => 3

test.each([
  ['a default class', { default: Maze }],
  ['a default function', { default: () => new Maze() }],
  ['the only named class', { Maze }],
  ['a named class among helpers and constants', { helper, SIZE: 3, Maze, another: () => 4 }],
  ['module.exports = { Maze }', { default: { Maze } }],
  ['module.exports with helpers', { default: { helper, Maze }, helper, Maze }],
  ['the only function', { create: () => new Maze(), SIZE: 4 }],
  ['a constructor of before there were classes', { default: Old }],
])('%s makes environments', (_, exported) => {
  const make = environmentMaker(exported, './maze.js', {})
  expect(make().step(0).reward).toBe(1)
  expect(make()).not.toBe(make())
})

test('keyword arguments reach the constructor', () => {
  const env = environmentMaker({ Maze }, './maze.js', { size: 2 })({ size: 3 })
  expect((env.unwrapped as unknown as Maze).size).toBe(3)
})

test('one of several is named', () => {
  const several = { Maze, Larger, helper }
  expect(environmentMaker(several, './m.js', {}, 'Larger')().unwrapped).toBeInstanceOf(Larger)
  expect(() => environmentMaker(several, './m.js', {})).toThrow(
    './m.js exports several that may be environments; name one: ./m.js:Maze (it exports Maze, Larger, helper)',
  )
  expect(() => environmentMaker(several, './m.js', {}, 'Small')).toThrow(
    'no class or function Small',
  )
})

test.each([
  [{ SIZE: 3 }, 'exports no environment; export a class or a function'],
  [{ default: new Maze() }, 'exports an environment itself; export its class'],
])('%o is refused', (exported, message) => {
  expect(() => environmentMaker(exported, './m.js', {})).toThrow(message)
})

test('what makes no environment is refused when it is asked', () => {
  expect(() => environmentMaker({ default: helper }, './m.js', {})()).toThrow('lacks reset, step')
})
