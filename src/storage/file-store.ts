/** File stores: where models and checkpoints are read from and written to, on any platform. */

/** A place that named files are read from. */
export interface ReadableStore {
  /** Names the place in errors. */
  readonly location: string
  /**
   * @param maxBytes more than this need not be read: a larger file is damaged
   * @throws Error if there is no such file, or it is larger
   */
  read(name: string, maxBytes?: number): Promise<Uint8Array>
}

/** A place for named files: a folder on disk, a browser's storage, a map in a test. */
export interface FileStore extends ReadableStore {
  /** Replaces a file as a whole: after a crash either the old or the new one is there. */
  write(name: string, bytes: Uint8Array): Promise<void>
  /** Names of the files that are there; none for a place that does not exist yet. */
  list(): Promise<readonly string[]>
  /** Removes a file; one that is not there is no error. */
  remove(name: string): Promise<void>
}

/** @throws Error naming the file if it is larger than it may be */
export function requireAtMost(bytes: number, maxBytes: number | undefined, path: string): void {
  if (maxBytes === undefined || bytes <= maxBytes) return
  throw new Error(
    `${path} has ${bytes} bytes, ${maxBytes} at most were expected: it does not match the checksum, or was altered`,
  )
}

/** Files in memory: for browsers, tests and copies of a model. */
export function memoryStore(location = 'memory'): FileStore {
  const files = new Map<string, Uint8Array>()
  return {
    location,
    write: (name, bytes) => {
      files.set(name, bytes.slice())
      return Promise.resolve()
    },
    // eslint-disable-next-line @typescript-eslint/require-await -- what it throws is to be a rejection
    async read(name, maxBytes) {
      const bytes = files.get(name)
      if (!bytes) throw new Error(`${location}/${name} does not exist`)
      requireAtMost(bytes.length, maxBytes, `${location}/${name}`)
      return bytes
    },
    list: () => Promise.resolve([...files.keys()]),
    remove: (name) => {
      files.delete(name)
      return Promise.resolve()
    },
  }
}
