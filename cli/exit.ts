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

let mayEnd = false

/** Ends the process now, on purpose. */
export function endNow(status: number): never {
  mayEnd = true
  process.exit(status)
}

/**
 * Sees to it that whatever calls `process.exit(0)`, as an environment may, does not make a command that has no result look
 * like one that is through.
 *
 * @returns to be called when the command is through
 */
export function watchForEarlyExit(complain: (line: string) => void): () => void {
  process.on('exit', (status) => {
    if (mayEnd || status !== EXIT.done) return
    complain(
      'wn-rl: something ended the process before the command was through; does the environment call process.exit()?',
    )
    process.exitCode = EXIT.failed
  })
  return () => {
    mayEnd = true
  }
}
