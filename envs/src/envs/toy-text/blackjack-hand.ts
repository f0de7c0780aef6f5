/** Hands of Blackjack: their worth, and reading them from saved states. An ace is 1. */

import { readNumber, refuseState } from '../../json.ts'
import type { JsonObject } from '../../json.ts'

/** The ranks that are drawn from; jack, queen and king are tens. */
export const DECK = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 10, 10] as const

export type Hand = readonly number[]

/** Whether an ace can count 11 without leading over 21. */
export function hasUsableAce(hand: Hand): boolean {
  return hand.includes(1) && plainSum(hand) + 10 <= 21
}

/** The hand's worth, a usable ace as 11. */
export function sumHand(hand: Hand): number {
  return plainSum(hand) + (hasUsableAce(hand) ? 10 : 0)
}

export function isBust(hand: Hand): boolean {
  return sumHand(hand) > 21
}

/** What counts at the end: the sum, or 0 over 21. */
export function score(hand: Hand): number {
  return isBust(hand) ? 0 : sumHand(hand)
}

/** An ace and a ten, and nothing else. */
export function isNatural(hand: Hand): boolean {
  return hand.length === 2 && hand.includes(1) && hand.includes(10)
}

/** @throws TypeError when `state[key]` is not an array of cards. */
export function readHand(state: JsonObject, key: string): number[] {
  const value = state[key]
  const cards: readonly unknown[] = Array.isArray(value) ? value : [undefined]
  return cards.map((card) => {
    if (typeof card === 'number' && Number.isInteger(card) && card >= 1 && card <= 10) return card
    return refuseState(`state.${key}`, 'an array of cards from 1 to 10', value)
  })
}

/** @throws TypeError when `state[key]` is not an integer from 0 to n - 1. */
export function readBelow(state: JsonObject, key: string, n: number): number {
  const value = readNumber(state, key)
  if (Number.isInteger(value) && value >= 0 && value < n) return value
  return refuseState(`state.${key}`, `an integer from 0 to ${n - 1}`, value)
}

function plainSum(hand: Hand): number {
  let sum = 0
  for (const card of hand) sum += card
  return sum
}
