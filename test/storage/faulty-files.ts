/** A file system that fails at the n-th operation that changes something, as a full or broken disk does. */
import type { FileSystem } from '../../src/storage/file-system.ts'

export interface Faults {
  /** Which operation fails, from 0. */
  readonly at: number
  /** `ENOSPC` and the like. */
  readonly code: string
  /** From then on nothing works any more, as after a `kill -9`. */
  readonly andAllAfter?: boolean
}

/** @returns the file system, and whether the operation was reached */
export function faulty(files: FileSystem, { at, code, andAllAfter = false }: Faults) {
  let count = -1
  const failsNow = () => {
    count++
    return count === at || (andAllAfter && count > at)
  }
  const fault = (name: string) =>
    Object.assign(new Error(`${code}: it was to fail, ${name}`), { code })
  const guarded =
    <Args extends unknown[]>(name: string, work: (...args: Args) => Promise<void>) =>
    (...args: Args) =>
      failsNow() ? Promise.reject(fault(name)) : work(...args)
  const broken: FileSystem = {
    ...files,
    async write(path, bytes) {
      if (!failsNow()) return files.write(path, bytes)
      await files.write(path, bytes.subarray(0, bytes.length / 2)) // what fitted
      throw fault('write')
    },
    sync: guarded('fsync', (path: string) => files.sync(path)),
    rename: guarded('rename', (from: string, to: string) => files.rename(from, to)),
    remove: guarded('unlink', (path: string) => files.remove(path)),
    removeEmpty: guarded('rmdir', (path: string) => files.removeEmpty(path)),
    makeFolder: guarded('mkdir', (path: string) => files.makeFolder(path)),
  }
  return { files: broken, wasReached: () => count >= at }
}
