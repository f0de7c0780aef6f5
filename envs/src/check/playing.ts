/**
 * Checks are written once for environments that answer at once and for those that answer later: as generators that hand over
 * a promise where the environment returned one, and get back what came of it.
 */

import { isPromise } from '../contract.ts'

/** Hands over promises; is given, or thrown, what they come to. */
export type Playing<T = void> = Generator<PromiseLike<unknown>, T, unknown>

/** What an environment returned, once it is there. */
export function* whenAnswered<T>(result: T): Playing<T> {
  return isPromise(result) ? ((yield result) as T) : result
}

/** Waits for nothing: a promise is what was returned, and no result, as the checks then say. */
export function playAtOnce<T>(playing: Playing<T>): T {
  for (let turn = playing.next(); ;) {
    if (turn.done) return turn.value
    turn.value.then(undefined, () => undefined) // nobody will wait for it
    turn = playing.next(turn.value)
  }
}

/** Waits for each answer before it goes on. */
export async function playWaiting<T>(playing: Playing<T>): Promise<T> {
  for (let turn = playing.next(); ;) {
    if (turn.done) return turn.value
    const answer = await settled(turn.value)
    turn = 'error' in answer ? playing.throw(answer.error) : playing.next(answer.value)
  }
}

/** What it throws when it goes on is not the promise's. */
async function settled(
  promise: PromiseLike<unknown>,
): Promise<{ value: unknown } | { error: unknown }> {
  try {
    return { value: await promise }
  } catch (error) {
    return { error }
  }
}
