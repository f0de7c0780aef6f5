/** What stands in for `directory.ts` in a page, by package.json's `imports`: there are no folders, so it says so. */
import type { FileStore } from './file-store.ts'

/** @throws Error always, naming what a page can do instead */
export function directoryStore(path: string): FileStore {
  throw new Error(
    `"${path}" names a folder, and a page has none: load a model with fetchStore("${path}") if a server has it ` +
      'there, and save into memoryStore() or a FileStore of your own (all from wn-rl)',
  )
}
