/**
 * `<run>/lock`: one process at a time trains a run. It holds the process's id and machine; that of a process that was
 * killed is taken over, so nobody has to remove it.
 */
import { rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { FileError, UsageError, codeOf } from '../src/errors.ts'
import { readOrdinary } from '../src/ordinary-file.ts'

/** Ours has a number and the name of a machine. */
const MAX_LOCK_BYTES = 1 << 12

/**
 * Does something with a run's folder while no other process may.
 *
 * @throws UsageError if another process trains the run; FileError if the lock cannot be written
 */
export async function withRunLock<T>(runDir: string, work: () => Promise<T>): Promise<T> {
  const path = join(runDir, 'lock')
  const mine = `${process.pid} ${hostname()}\n`
  while (!written(path, mine)) {
    const holder = holderOf(runDir)
    if (holder !== undefined) {
      throw new UsageError(
        `${runDir} is being trained by ${holder}; wait for its end, or remove ${path} if there is no such process any more`,
      )
    }
    rmSync(path, { force: true })
  }
  try {
    return await work()
  } finally {
    rmSync(path, { force: true })
  }
}

/** @returns false if there is a lock already */
function written(path: string, content: string): boolean {
  try {
    writeFileSync(path, content, { flag: 'wx' })
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw new FileError(path, 'written', error)
  }
}

/**
 * Which other process trains a run, in words; undefined if none does. Of another machine nobody here can tell whether
 * its process lives; what no lock could say was torn.
 */
export function holderOf(runDir: string): string | undefined {
  const [, id, machine] = /^(\d+) (.+)\n$/.exec(contentOf(join(runDir, 'lock'))) ?? []
  if (id === undefined || machine === undefined) return undefined
  if (machine === hostname() && !isRunning(Number(id))) return undefined
  return `process ${id} on ${machine}`
}

/** Empty if it has gone meanwhile. */
function contentOf(path: string): string {
  try {
    return new TextDecoder().decode(readOrdinary(path, MAX_LOCK_BYTES))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return ''
    throw error
  }
}

/** Another process, that is: after a restart of a container, this one may have the id that is in the lock. */
function isRunning(id: number): boolean {
  if (id === process.pid) return false
  try {
    process.kill(id, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM' // somebody else's
  }
}
