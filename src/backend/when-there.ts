import type { Awaitable } from './reading.ts'

/** Goes on with a value at once, or when it is there: one way for backends that answer at once and those that do not. */
export function whenThere<T, U>(value: Awaitable<T>, goOn: (value: T) => U): Awaitable<U> {
  return value instanceof Promise ? value.then(goOn) : goOn(value)
}
