import { Blackjack, make } from 'gymnasium-js'
import type { BlackjackOptions } from 'gymnasium-js'
import { describe, expect, test } from 'vitest'

/** Deals the given cards in order; suits and faces are the first there is. */
function dealing(cards: readonly number[], options?: BlackjackOptions): Blackjack {
  const left = [...cards]
  return new Blackjack(options, {
    random: () => expect.fail('a real draw'),
    randInt: (_, hi) => (hi === 13 ? (left.shift() ?? expect.fail('no card left')) - 1 : 0),
  })
}

test('deals to the dealer first and shows one of their cards', () => {
  const env = dealing([9, 5, 1, 6])
  expect(env.reset()).toEqual({ obs: [17, 9, 1], info: {} })
  expect(env.table).toMatchObject({ dealer: [9, 5], player: [1, 6], over: false })
})

test('a usable ace stops being one when it would lead over 21', () => {
  const env = dealing([9, 5, 1, 6, 8])
  env.reset()
  expect(env.step(1)).toMatchObject({ obs: [15, 9, 0], reward: 0, terminated: false })
})

test('going over 21 loses at once, without the dealer drawing', () => {
  const env = dealing([9, 5, 10, 6, 8])
  env.reset()
  expect(env.step(1)).toMatchObject({ obs: [24, 9, 0], reward: -1, terminated: true })
  expect(env.table.dealer).toEqual([9, 5])
})

test('the dealer draws up to 17 and stands on a soft 17', () => {
  const env = dealing([1, 6, 10, 7])
  env.reset()
  expect(env.step(0)).toMatchObject({ reward: 0, terminated: true })
  const drawing = dealing([10, 2, 10, 7, 4, 10])
  drawing.reset()
  expect(drawing.step(0)).toMatchObject({ obs: [17, 10, 0], reward: 1, terminated: true })
  expect(drawing.table.dealer).toEqual([10, 2, 4, 10])
})

describe('a natural', () => {
  const against = (dealer: number[], options: BlackjackOptions) => {
    const env = dealing([...dealer.slice(0, 2), 1, 10, ...dealer.slice(2)], options)
    env.reset()
    return env.step(0).reward
  }

  test('beats another 21 with sab, and draws without', () => {
    expect(against([10, 5, 6], { sab: true })).toBe(1)
    expect(against([10, 5, 6], {})).toBe(0)
    expect(against([1, 10], { sab: true })).toBe(0)
  })

  test('pays 1.5 with natural, but not under sab', () => {
    expect(against([10, 7], { natural: true })).toBe(1.5)
    expect(against([10, 7], { natural: true, sab: true })).toBe(1)
    expect(against([10, 5, 6], { natural: true })).toBe(0)
    expect(against([10, 7], {})).toBe(1)
  })
})

test('steps after the end draw no card and pay nothing', () => {
  const env = dealing([10, 7, 10, 8])
  env.reset()
  expect(env.step(0).reward).toBe(1)
  for (const action of [0, 1]) {
    expect(env.step(action)).toMatchObject({ obs: [18, 10, 0], reward: 0, terminated: true })
  }
})

test('is registered by the rules of Sutton and Barto', () => {
  expect(make('Blackjack-v1').unwrapped).toMatchObject({ sab: true, natural: false })
})

test('the text hides what the player must not see until the end', () => {
  const env = dealing([10, 7, 1, 6], { renderMode: 'ansi' })
  expect(env.render()).toBeUndefined()
  env.reset()
  expect(env.render()).toBe('Dealer: J♣ ?\nPlayer: A 6 = 17')
  env.step(0)
  expect(env.render()).toBe('Dealer: J♣ 7 = 17\nPlayer: A 6 = 17')
})

test.each([
  [{ dealer: [0, 3] }, 'state.dealer: expected an array of cards from 1 to 10'],
  [{ player: 'A10' }, 'state.player: expected an array of cards from 1 to 10, found "A10"'],
  [{ suit: 4 }, 'state.suit: expected an integer from 0 to 3, found 4'],
  [{ face: -1 }, 'state.face: expected an integer from 0 to 2, found -1'],
])('refuses a state with %j and changes nothing', (change, message) => {
  const env = new Blackjack()
  env.reset({ seed: 1 })
  const before = env.getState()
  expect(() => env.setState({ ...before, ...change })).toThrow(message)
  expect(env.getState()).toEqual(before)
})

test('refuses actions and options that are none', () => {
  const env = new Blackjack()
  expect(() => env.step(0)).toThrow('call reset() first')
  env.reset()
  expect(() => env.step(2)).toThrow('action is 2; pass 0 (stick) or 1 (hit)')
  expect(() => new Blackjack({ sab: 1 as unknown as boolean })).toThrow('sab is 1')
  expect(() => new Blackjack({ naturals: true } as object)).toThrow("did you mean 'natural'?")
})
