/**
 * The folder of a run may come from anybody. Nothing in it is followed out of it: a symbolic link under a name that we
 * read, write or remove is refused before anything is done. The run's own folder may be reached through links: that is
 * its user's naming. Node, Deno and Bun only.
 */
import { type Dirent, readdirSync } from 'node:fs'
import { codeOf, FileError } from '../errors.ts'
import { isOwnPath } from './own-names.ts'

/**
 * @param runDir the folder of a run, or of what may be one
 * @throws FileError naming the link
 */
export function refuseLinks(runDir: string): void {
  search(runDir, '')
}

/** Three levels at most: `checkpoints/step-N/model.json`. */
function search(runDir: string, below: string): void {
  for (const entry of entriesOf(`${runDir}/${below}`)) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`
    if (!isOwnPath(path)) continue
    if (entry.isSymbolicLink()) {
      const cause = new Error(
        'it is a symbolic link, and nothing in the folder of a run is followed; put there what it leads to, if you know it',
      )
      throw new FileError(`${runDir}/${path}`, 'used', cause)
    }
    if (entry.isDirectory()) search(runDir, path)
  }
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return []
    throw new FileError(folder, 'read', error)
  }
}
