/**
 * Ctrl-C, `kill`, and a terminal that is closed: the first ends a run in order, with a checkpoint; a second Ctrl-C ends the
 * process at once.
 */
import { EXIT } from './exit.ts'

const STATUS = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated, SIGHUP: EXIT.hungUp } as const

export interface Interruption {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal
  /** What the process is to exit with once it was interrupted: 130, 143 or 129. */
  readonly status: () => number
}

/** @param print told that the run is about to end */
export function watchForInterruption(print: (line: string) => void): Interruption {
  const controller = new AbortController()
  let status: number = EXIT.interrupted
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) {
        if (name === 'SIGINT') process.exit(EXIT.interrupted)
        return
      }
      status = STATUS[name]
      if (name === 'SIGHUP')
        dropOutput() // nobody reads it any more
      else print('interrupted: writing a checkpoint; press Ctrl-C again to stop at once')
      controller.abort()
    })
  }
  return { signal: controller.signal, status: () => status }
}

/** A terminal that has gone refuses what is written to it, which is no reason to end without a checkpoint. */
function dropOutput(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.removeAllListeners('error').on('error', () => undefined) // those of main end the process
}
