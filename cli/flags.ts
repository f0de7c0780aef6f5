/** Values of flags, from the text that a user typed. Each throws what commander turns into bad usage naming the flag. */
import { InvalidArgumentError } from 'commander'

/** A thousand runs take days; more are a slip of the keys. */
const MAX_SEEDS = 1000

/** @throws InvalidArgumentError, which commander turns into bad usage naming the option */
export function wholeNumber(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < 0) {
    throw new InvalidArgumentError('give a whole number from 0.')
  }
  return value
}

/** Like `wholeNumber`, but from 1. */
export function positiveWholeNumber(text: string): number {
  const value = wholeNumber(text)
  if (value === 0) throw new InvalidArgumentError('give a whole number from 1.')
  return value
}

/** `0-9` or `1,5,7` or both */
export function seedList(text: string): number[] {
  const seeds: number[] = []
  for (const part of text.split(',')) {
    const [first, last = first] = part.split('-').map(wholeNumber)
    if (first === undefined || last === undefined || last < first || part.split('-').length > 2) {
      throw new InvalidArgumentError('write ranges as 0-9, single seeds as 1,5,7.')
    }
    if (seeds.length + last - first + 1 > MAX_SEEDS)
      throw new InvalidArgumentError(`give at most ${MAX_SEEDS} seeds.`)
    for (let seed = first; seed <= last; seed++) seeds.push(seed)
  }
  if (new Set(seeds).size < seeds.length) throw new InvalidArgumentError('give each seed once.')
  return seeds
}
