/** The file-system half of training: folders on disk as file stores. Runs in Node, Deno and Bun only. */
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { FileStore } from './model-file.ts'

/**
 * A folder as a file store. A file is written under a temporary name, flushed to the disk and renamed.
 *
 * @param path made if it does not exist
 */
export function directoryStore(path: string): FileStore {
  return {
    location: path,
    async write(name, bytes) {
      await makeFolder(path)
      await writeWhole(join(path, name), bytes)
    },
    read: (name) => readFile(join(path, name)),
    list: async () => ((await isFolder(path)) ? readdir(path) : []),
    remove: (name) => rm(join(path, name), { force: true }),
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
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
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
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.tmp`
  try {
    const file = await open(temporary, 'w')
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}
