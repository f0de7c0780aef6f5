/** The file-system half of training: folders on disk as file stores. Runs in Node, Deno and Bun only. */
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
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
      await mkdir(path, { recursive: true })
      await writeWhole(join(path, name), bytes)
    },
    read: (name) => readFile(join(path, name)),
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
