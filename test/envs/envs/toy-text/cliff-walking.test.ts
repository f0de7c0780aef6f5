import { CliffWalking, make } from 'gymnasium-js'
import { expect, test } from 'vitest'

test('the best way runs along the cliff: 13 steps', () => {
  const env = make('CliffWalking')
  expect(env.reset().obs).toBe(36)
  const way = [0, ...Array<number>(11).fill(1), 2].map((action) => env.step(action))
  expect(way.map(({ obs }) => obs)).toEqual([24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 47])
  expect(way.map(({ reward }) => reward)).toEqual(Array(13).fill(-1))
  expect(way.map(({ terminated }) => terminated)).toEqual([...Array<boolean>(12).fill(false), true])
})

test('over the cliff it goes back to the start, without an end', () => {
  const env = new CliffWalking()
  env.reset()
  expect(env.step(1)).toMatchObject({ obs: 36, reward: -100, terminated: false })
})

test('slippery steps lead to the sides too, each with a third', () => {
  const row = new CliffWalking({ isSlippery: true }).transitions[25]![0]! // up from above the cliff
  expect(row).toEqual(
    [24, 13, 26].map((nextState) => ({
      probability: 1 / 3,
      nextState,
      reward: -1,
      terminated: false,
    })),
  )
  const down = new CliffWalking({ isSlippery: true }).transitions[25]![2]!
  expect(down.map(({ nextState, reward }) => [nextState, reward])).toEqual([
    [26, -1],
    [36, -100],
    [24, -1],
  ])
})

test('the text marks the player, the cliff and the goal', () => {
  const env = new CliffWalking({ renderMode: 'ansi' })
  env.reset()
  const meadow = '............'
  expect(env.render()).toBe(`${meadow}\n${meadow}\n${meadow}\n\u001B[41mS\u001B[0mCCCCCCCCCCG\n`)
  env.step(0)
  expect(env.render()).toContain('\n\u001B[41m.\u001B[0m...........\nSCCCCCCCCCCG\n(up)')
})

test('refuses options that are none', () => {
  expect(() => new CliffWalking({ isSlippery: 'yes' as unknown as boolean })).toThrow("is 'yes'")
  expect(() => new CliffWalking({ renderMode: 'human' as 'ansi' })).toThrow("renderMode is 'human'")
})
