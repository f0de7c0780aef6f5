/** Errors of our own: every message names the argument or the path, the cause and, where there is one, the remedy. */

/** What a thrown value says of itself; not all that is thrown is an Error. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** A bad option, preset key or argument: the user's to mend. The command line exits with 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The system's codes that users meet, in words. */
const CAUSES: Readonly<Record<string, string>> = {
  ENOSPC: 'no space is left on the disk; free some, or choose another disk',
  EDQUOT: 'the disk quota is used up; free some space, or choose another disk',
  EACCES: 'permission denied; check who may write there',
  EPERM: 'the system does not permit it; check who may write there',
  EROFS: 'the file system is read-only; choose another folder',
  EIO: 'the disk reports an input/output error; check it',
  ENOENT: 'it does not exist',
  EISDIR: 'it is a folder, not a file',
  ENOTDIR: 'a part of its path is a file, not a folder',
  ENXIO: 'it is not a file but a pipe, a socket or a device',
  EMFILE: 'too many files are open',
}

/** An operation on a file that the system refused. */
export class FileError extends Error {
  override readonly name = 'FileError'
  /** The system's code, such as ENOSPC. */
  readonly code: string | undefined

  /** @param done what was to be done to it: "written", "read" */
  constructor(path: string, done: string, cause: unknown) {
    const code = codeOf(cause)
    const reason = code === undefined ? undefined : CAUSES[code]
    const why = reason === undefined ? messageOf(cause) : `${reason} (${code!})`
    super(`${path} cannot be ${done}: ${why}`, { cause })
    this.code = code
  }
}

/** Of a system error, `ENOSPC` and the like. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : undefined
}
