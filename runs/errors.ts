/** How errors reach a user: as the user's to mend or not, and in one line. */
import { UsageError, messageOf as wholeMessageOf } from '../src/errors.ts'

/**
 * Runs what depends only on what the user asked for: any refusal in it is bad usage, not a failed run.
 *
 * @throws UsageError
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
