/** How errors leave the program: one line on stderr and an exit status. */
import { UsageError, messageOf as wholeMessageOf } from '../src/errors.ts'

export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  interrupted: 130,
  brokenPipe: 141,
  terminated: 143,
} as const

/**
 * Runs what depends only on what the user asked for: any refusal in it is bad usage (exit 2), not a failed run.
 */
export async function askedFor<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(messageOf(error), { cause: error })
  }
}

/** The one line that a user sees. */
export function messageOf(error: unknown): string {
  return wholeMessageOf(error)
    .trim()
    .replace(/\s*\n\s*/g, ' ')
}

export function exitStatusOf(error: unknown): number {
  return error instanceof UsageError ? EXIT.usage : EXIT.failed
}
