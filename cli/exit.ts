/** How the program ends. */
import { UsageError } from '../src/errors.ts'

export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  hungUp: 129,
  interrupted: 130,
  brokenPipe: 141,
  terminated: 143,
} as const

export function exitStatusOf(error: unknown): number {
  return error instanceof UsageError ? EXIT.usage : EXIT.failed
}
