/** Running other programs: their output goes to a log, and a failure says what would help. */
import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'

export interface CommandOptions {
  /** The file that the output is added to. */
  readonly log: string
  /** What the user can do if it fails. */
  readonly remedy: string
  readonly cwd?: string
}

/** Lines of a failed command's output that its error repeats. */
const TAIL = 3

/**
 * Runs a program to its end.
 *
 * @returns what it wrote to stdout
 * @throws Error with the end of its output, the remedy and the log's path if it is absent or fails
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  { log, remedy, cwd }: CommandOptions,
): Promise<string> {
  const file = createWriteStream(log, { flags: 'a' })
  file.write(`$ ${[command, ...args].join(' ')}\n`)
  let [stdout, all] = ['', '']
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      all += chunk.toString()
      file.write(chunk)
    })
  const failure = await new Promise<string | undefined>((resolve) => {
    child.on('error', ({ message }) => resolve(message))
    child.on('close', (status, signal) =>
      resolve(status === 0 ? undefined : `it ended with ${signal ?? `status ${status ?? '?'}`}`),
    )
  })
  file.end()
  await finished(file)
  if (failure === undefined) return stdout
  const tail = all.trim().split('\n').slice(-TAIL).join(' | ')
  throw new Error(`${command}: ${failure}: ${tail}; ${remedy}; all of its output is in ${log}`)
}

/** @returns whether a program starts and ends well with these arguments */
export async function succeeds(command: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'ignore' })
    child.on('error', () => resolve(false))
    child.on('close', (status) => resolve(status === 0))
  })
}
