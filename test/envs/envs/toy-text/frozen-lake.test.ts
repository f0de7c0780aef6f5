import { FrozenLake, generateRandomMap, make } from 'gymnasium-js'
import type { FrozenLakeOptions } from 'gymnasium-js'
import { describe, expect, test } from 'vitest'
import { hasWay } from '../../../../envs/src/envs/toy-text/frozen-lake-map.ts'

/** Always draws u. */
const drawing = (u: number) => ({
  random: () => u,
  randInt: () => expect.fail('an integer draw'),
})

const outcomes = (env: FrozenLake, state: number, action: number) =>
  env.transitions[state]![action]!.map((o) => [o.nextState, o.reward, o.terminated])

describe('moves', () => {
  test('slips to either side, in the order before, meant, behind', () => {
    // Right from the top left corner: down, right, up.
    const row = new FrozenLake().transitions[0]![2]!
    expect(row.map((o) => o.nextState)).toEqual([4, 1, 0])
    expect(row.map((o) => o.probability)).toEqual([(1 - 1 / 3) / 2, 1 / 3, (1 - 1 / 3) / 2])
  })

  test('go where they are meant to on ice that is not slippery', () => {
    const env = new FrozenLake({ isSlippery: false })
    env.reset()
    const way = [1, 1, 2, 1, 2, 2].map((action) => env.step(action))
    expect(way.map(({ obs }) => obs)).toEqual([4, 8, 9, 13, 14, 15])
    expect(way.map(({ reward }) => reward)).toEqual([0, 0, 0, 0, 0, 1])
    expect(way.map(({ terminated }) => terminated)).toEqual([
      ...Array<boolean>(5).fill(false),
      true,
    ])
  })

  test('pay by the schedule, and nothing in a hole or at the goal', () => {
    const env = new FrozenLake({ isSlippery: false, rewardSchedule: [5, -2, -1] })
    expect(outcomes(env, 14, 2)).toEqual([[15, 5, true]])
    expect(outcomes(env, 4, 2)).toEqual([[5, -2, true]])
    expect(outcomes(env, 0, 0)).toEqual([[0, -1, false]])
    expect(outcomes(env, 15, 0)).toEqual([[15, 0, true]])
    expect(outcomes(env, 5, 1)).toEqual([[5, 0, true]])
  })

  test('happen as drawn, with their probability in the info', () => {
    const env = new FrozenLake({ successRate: 0.5 }, drawing(0.25)) // sides [0, .25), meant [.25, .75)
    expect(env.reset()).toEqual({ obs: 0, info: { prob: 1 } })
    expect(env.step(1)).toMatchObject({ obs: 4, info: { prob: 0.5 } })
    const left = new FrozenLake({ successRate: 0.5 }, drawing(0.9))
    left.reset()
    expect(left.step(1)).toMatchObject({ obs: 1, info: { prob: 0.25 } })
  })
})

describe('maps', () => {
  test('of one’s own may be rectangles with several starts', () => {
    const desc = ['SFS', 'HFG']
    const env = new FrozenLake({ desc, isSlippery: false }, drawing(0.6))
    expect(env.startDistribution).toEqual([0.5, 0, 0.5, 0, 0, 0])
    expect(env.reset().obs).toBe(2)
    expect(outcomes(env, 2, 1)).toEqual([[5, 1, true]])
    expect(env.observationSpace.n).toBe(6)
  })

  test('come before the named one', () => {
    const env = make('FrozenLake8x8-v1', { desc: ['SG'] }).unwrapped
    expect(env).toMatchObject({ map: ['SG'] })
  })

  test('are drawn by seed where there is no name', () => {
    const env = new FrozenLake({ mapName: null })
    expect(env.map).toEqual(generateRandomMap())
    expect(env.map).toEqual(new FrozenLake({ mapName: null }).map)
    expect(generateRandomMap({ seed: 1 })).not.toEqual(generateRandomMap({ seed: 2 }))
  })

  test('have a way that does not lead through holes', () => {
    expect(hasWay(['SHF', 'FHF', 'FFG'])).toBe(true)
    expect(hasWay(['SFH', 'FHF', 'HFG'])).toBe(false)
  })

  test.each([
    [{ desc: ['SF', 'FFG'] }, "desc[1] is 'FFG'"],
    [{ desc: ['SX', 'FG'] }, "desc[0] is 'SX'"],
    [{ desc: ['FF', 'FG'] }, 'desc has no start'],
    [{ desc: [] }, 'desc is an Array of length 0'],
    [{ desc: 'SFFG' as unknown as string[] }, "desc is 'SFFG'"],
    [{ mapName: '5x5' as '4x4' }, "mapName is '5x5'; pass one of '4x4', '8x8', null"],
    [{ successRate: 1.5 }, 'successRate is 1.5; pass a number from 0 to 1'],
    [{ isSlippery: 1 as unknown as boolean }, 'isSlippery is 1'],
    [{ rewardSchedule: [1, 2] as unknown as [1, 2, 3] }, 'rewardSchedule is an Array of length 2'],
  ])('and options that make none are refused: %j', (options, message) => {
    expect(() => new FrozenLake(options)).toThrow(message)
  })

  test.each([
    [{ size: 1 }, 'size is 1; pass an integer >= 2'],
    [{ frozen: 2 }, 'frozen is 2'],
    [{ size: 3, frozen: 0 }, 'none of 10000 maps of size 3 has a way with frozen = 0'],
  ])('cannot be drawn from %j', (options, message) => {
    expect(() => generateRandomMap(options)).toThrow(message)
  })
})

test('the text marks the player and names the last action', () => {
  const env = new FrozenLake({ isSlippery: false, renderMode: 'ansi' })
  env.reset()
  expect(env.render()).toBe('\u001B[41mS\u001B[0mFFF\nFHFH\nFFFH\nHFFG\n')
  env.step(1)
  expect(env.render()).toBe('SFFF\n\u001B[41mF\u001B[0mHFH\nFFFH\nHFFG\n(down)')
  expect(new FrozenLake().render()).toBeUndefined()
})

describe('what is no step', () => {
  test.each([4, -1, 0.5, NaN, '1' as unknown as number])('the action %s is refused', (action) => {
    const env = new FrozenLake()
    env.reset()
    expect(() => env.step(action)).toThrow('0 (left), 1 (down), 2 (right), 3 (up)')
  })

  test('a step before reset, unknown arguments and reset options are refused', () => {
    expect(() => new FrozenLake().step(0)).toThrow('call reset() first')
    expect(() => make('FrozenLake', { slippery: true })).toThrow("did you mean 'isSlippery'?")
    expect(() => new FrozenLake().reset({ options: { state: 3 } })).toThrow("argument 'state'")
  })

  test.each([
    [{ state: 16 }, 'state.state: expected an integer from 0 to 15, found 16'],
    [{ lastAction: 4 }, 'state.lastAction: expected an integer from 0 to 3, found 4'],
    [{ started: 1 }, 'state.started: expected a boolean'],
  ])('a state with %j is refused and changes nothing', (change, message) => {
    const env = new FrozenLake()
    env.reset({ seed: 1 })
    const before = env.getState()
    expect(() => env.setState({ ...before, ...change })).toThrow(message)
    expect(env.getState()).toEqual(before)
  })
})

test('copies of the same arguments share one table, others have their own', () => {
  const table = (options: FrozenLakeOptions) => new FrozenLake(options).transitions
  expect(table({})).toBe(table({ mapName: '4x4' }))
  expect(table({ mapName: '8x8' })).toHaveLength(64)
  expect(table({ rewardSchedule: [2, 0, 0] })[14]![2]![1]!.reward).toBe(2)
  expect(table({})[14]![2]![1]!.reward).toBe(1)
})
