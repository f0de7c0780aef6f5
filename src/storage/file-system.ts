/**
 * What saving needs of a file system: a few operations, each of which a test can let fail. The one on disk is in
 * `directory.ts`.
 */
import { FileError } from '../errors.ts'
import { isModelFile } from './own-names.ts'

export interface FileSystem {
  /** Bytes of a file. @throws for what is not there, or is no file */
  size(path: string): Promise<number>
  read(path: string): Promise<Uint8Array>
  /** Makes or replaces a file; not yet flushed to the disk. */
  write(path: string, bytes: Uint8Array): Promise<void>
  /** Flushes a file, or the names in a folder, to the disk. */
  sync(path: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  /** Removes a file, or a link itself; what is not there is no error. */
  remove(path: string): Promise<void>
  /** Removes a folder in which there is nothing; one that holds something stays, and what is not there is no error. */
  removeEmpty(path: string): Promise<void>
  /** Makes a folder, and those above it, as far as they do not exist. */
  makeFolder(path: string): Promise<void>
  /** Names of what is in a folder; none for a folder that does not exist. */
  list(path: string): Promise<readonly string[]>
  /** Bytes that are free where a folder lies. */
  free(path: string): Promise<number>
}

/** The same file system, with errors that name the path and the cause. */
export function explained(files: FileSystem): FileSystem {
  const explain = async <T>(done: string, path: string, work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      throw error instanceof FileError ? error : new FileError(path, done, error)
    }
  }
  return {
    size: (path) => explain('read', path, files.size(path)),
    read: (path) => explain('read', path, files.read(path)),
    write: (path, bytes) => explain('written', path, files.write(path, bytes)),
    sync: (path) => explain('flushed to the disk', path, files.sync(path)),
    rename: (from, to) => explain('put in place', to, files.rename(from, to)),
    remove: (path) => explain('removed', path, files.remove(path)),
    removeEmpty: (path) => explain('removed', path, files.removeEmpty(path)),
    makeFolder: (path) => explain('made', path, files.makeFolder(path)),
    list: (path) => explain('read', path, files.list(path)),
    free: (path) => explain('read', path, files.free(path)),
  }
}

/**
 * Replaces a file as a whole: written beside, flushed and renamed.
 *
 * @throws FileError naming the path and the cause; the file is then as it was
 */
export async function replaceFile(
  disk: FileSystem,
  path: string,
  bytes: Uint8Array,
): Promise<void> {
  const files = explained(disk)
  const temporary = `${path}.tmp`
  await undoing(
    () => files.remove(temporary),
    async () => {
      await files.write(temporary, bytes)
      await files.sync(temporary)
      await files.rename(temporary, path)
      await files.sync(parentOf(path))
    },
  )
}

/**
 * Makes a folder of files, whole or not at all: written beside, every file and the folder flushed, renamed.
 *
 * @param contents by file name; replaces a folder that is there
 * @throws FileError naming the path and the cause; what was there is then there still
 */
export async function replaceFolder(
  disk: FileSystem,
  path: string,
  contents: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  const files = explained(disk)
  const parent = parentOf(path)
  const temporary = `${path}.tmp`
  await files.makeFolder(parent)
  await requireSpace(files, parent, path, contents)
  await undoing(
    () => removeOwn(files, temporary),
    async () => {
      await removeOwn(files, temporary)
      await files.makeFolder(temporary)
      await writeAll(files, temporary, contents)
      await files.sync(temporary)
      await takePlace(files, temporary, path)
      await files.sync(parent)
      await removeOwn(files, `${path}.old`)
    },
  )
}

/** Writes and flushes files side by side: the disk is waited for once. Returns, or fails, when all are through. */
async function writeAll(
  files: FileSystem,
  folder: string,
  contents: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  const outcomes = await Promise.allSettled(
    [...contents].map(async ([name, bytes]) => {
      await files.write(`${folder}/${name}`, bytes)
      await files.sync(`${folder}/${name}`)
    }),
  )
  for (const outcome of outcomes)
    if (outcome.status === 'rejected') throw outcome.reason as FileError
}

/** Renames a folder to a name that another one may have, which then is beside it with `.old`. */
async function takePlace(files: FileSystem, from: string, to: string): Promise<void> {
  const isTaken = (await files.list(parentOf(to))).includes(nameOf(to))
  if (isTaken) {
    await removeOwn(files, `${to}.old`)
    await files.rename(to, `${to}.old`)
  }
  try {
    await files.rename(from, to)
  } catch (error) {
    if (isTaken) await files.rename(`${to}.old`, to).catch(() => undefined) // the first error is the one to tell
    throw error
  }
}

/**
 * Removes the folder of a model or a checkpoint, so that under its name it is there whole or not at all. Files that are
 * not ours stay, in the folder's name with `.old`.
 */
export async function removeFolder(disk: FileSystem, path: string): Promise<void> {
  const files = explained(disk)
  await removeOwn(files, `${path}.old`)
  const isFree = (await files.list(`${path}.old`)).length === 0
  if (isFree) await files.rename(path, `${path}.old`)
  await removeOwn(files, isFree ? `${path}.old` : path)
}

/** Removes the files of a folder whose names are ours, and the folder itself if nothing else is in it; or a file. */
export async function removeOwn(files: FileSystem, path: string): Promise<void> {
  for (const name of await files.list(path))
    if (isModelFile(name)) await files.remove(`${path}/${name}`)
  await files.removeEmpty(path)
}

/** Runs work that makes something under a temporary name, which goes away if the work fails. */
async function undoing(undo: () => Promise<void>, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    await undo().catch(() => undefined) // the first error is the one to tell
    throw error
  }
}

/** A full disk is told before anything is written. */
async function requireSpace(
  files: FileSystem,
  parent: string,
  path: string,
  contents: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  const needed = [...contents.values()].reduce((sum, bytes) => sum + bytes.length, 0)
  const free = await files.free(parent)
  if (needed <= free) return
  const cause = Object.assign(new Error(`it needs ${needed} bytes, but ${free} are free`), {
    code: 'ENOSPC',
  })
  throw new FileError(path, `written (${needed} bytes, ${free} are free)`, cause)
}

function parentOf(path: string): string {
  const slash = lastSeparator(path)
  return slash < 0 ? '.' : slash === 0 ? path.slice(0, 1) : path.slice(0, slash)
}

function nameOf(path: string): string {
  return path.slice(lastSeparator(path) + 1)
}

/** Node joins paths with backslashes on Windows. */
function lastSeparator(path: string): number {
  return Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'))
}
