/** The file-system half of training: folders on disk as file stores. Runs in Node, Deno and Bun only. */
import { mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { codeOf } from '../errors.ts'
import { type FileStore, requireAtMost } from './file-store.ts'
import { explained, type FileSystem, replaceFile } from './file-system.ts'
import { readOrdinary, requireFile, writeOrdinary } from '../ordinary-file.ts'

/** The disk. */
export const disk: FileSystem = {
  async size(path) {
    const found = await stat(path)
    requireFile(found)
    return found.size
  },
  // eslint-disable-next-line @typescript-eslint/require-await -- what it throws is to be a rejection
  read: async (path) => readOrdinary(path),
  write: writeOrdinary,
  async sync(path) {
    const file = await open(path, 'r')
    try {
      await file.sync()
    } catch (error) {
      // Windows flushes no folders, and some network file systems neither.
      if (!['EPERM', 'EISDIR', 'EINVAL'].includes(codeOf(error) ?? '')) throw error
      if (!(await isFolder(path))) throw error
    } finally {
      await file.close()
    }
  },
  rename,
  remove: (path) => rm(path, { force: true, recursive: true }),
  makeFolder,
  list: async (path) => ((await isFolder(path)) ? readdir(path) : []),
  async free(path) {
    const { bavail, bsize } = await statfs(path)
    return bavail * bsize
  },
}

/**
 * A folder as a file store. A file is written under a temporary name, flushed to the disk and renamed.
 *
 * @param path made if it does not exist
 * @param onto where it lies: the disk unless told
 */
export function directoryStore(path: string, onto: FileSystem = disk): FileStore {
  const files = explained(onto)
  return {
    location: path,
    async write(name, bytes) {
      await files.makeFolder(path)
      await replaceFile(onto, join(path, name), bytes)
    },
    async read(name, maxBytes) {
      const file = join(path, name)
      requireAtMost(await files.size(file), maxBytes, file)
      return files.read(file)
    },
    list: () => files.list(path),
    remove: (name) => files.remove(join(path, name)),
  }
}

/**
 * Makes a folder and those above it, as far as they do not exist. Node's own recursive `mkdir` never returns where
 * a folder cannot hold new ones and says so with ENOENT, as /proc does.
 */
export async function makeFolder(path: string): Promise<void> {
  const absolute = resolve(path)
  if (await isFolder(absolute)) return
  const parent = dirname(absolute)
  if (parent !== absolute) await makeFolder(parent)
  try {
    await mkdir(absolute)
  } catch (error) {
    if (await isFolder(absolute)) return // made meanwhile
    if (codeOf(error) !== 'EEXIST') throw error
    throw new Error(`${absolute} is a file, not a folder`, { cause: error })
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch {
    return false // what cannot be looked at cannot be made either: mkdir will say why
  }
}

/** Replaces a file as a whole. */
export function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  return replaceFile(disk, path, bytes)
}
