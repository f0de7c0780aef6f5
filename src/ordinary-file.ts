/**
 * Opening a file that we expect to be an ordinary one. What else may lie under its name never holds anybody up: a pipe is
 * opened without waiting for its other end, a device is not read, a folder is no file; and no more is read than there may
 * be. Node, Deno and Bun only.
 */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats, writeFile } from 'node:fs'
import { promisify } from 'node:util'
import { FileError } from './errors.ts'

/** An open file; whoever opened it closes it. */
export interface OrdinaryFile {
  readonly path: string
  readonly descriptor: number
  /** Bytes when it was opened. */
  readonly size: number
  readonly close: () => void
}

/** Without waiting for whoever writes into a pipe; Windows has no such flag, and no such files. */
const AT_ONCE = (constants as { O_NONBLOCK?: number }).O_NONBLOCK ?? 0
const FLAGS = {
  read: constants.O_RDONLY,
  append: constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT,
  replace: constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC,
  cut: constants.O_RDWR,
} as const
const DONE = { read: 'read', append: 'written', replace: 'written', cut: 'written' } as const
/** Bytes that one call reads: Node's own limit is 2 GiB. */
const PIECE = 2 ** 30

/**
 * Opens a file, for one of these: to be read, written on, written anew, or read and cut.
 *
 * @throws FileError naming the path, for what is not there, is no file, or cannot be opened
 */
export function openOrdinary(path: string, use: keyof typeof FLAGS = 'read'): OrdinaryFile {
  let descriptor: number | undefined
  try {
    descriptor = openSync(path, FLAGS[use] | AT_ONCE, 0o666)
    const found = fstatSync(descriptor)
    const isSink = use === 'append' && found.isCharacterDevice() // whoever wants no rows links to /dev/null
    if (!isSink) requireFile(found)
    const file = descriptor
    return { path, descriptor, size: found.size, close: () => closeSync(file) }
  } catch (error) {
    if (descriptor !== undefined) closeSync(descriptor)
    throw new FileError(path, DONE[use], error)
  }
}

/**
 * The bytes of a file. Unlike Node's own, this reads more than 2 GiB.
 *
 * @param maxBytes of which more are refused, unread
 * @throws FileError naming the path, for what is not there, is no file, or is larger
 */
export function readOrdinary(path: string, maxBytes = Infinity): Uint8Array<ArrayBuffer> {
  const file = openOrdinary(path)
  try {
    if (file.size > maxBytes)
      throw new Error(`it has ${file.size} bytes, and ${maxBytes} are the most`)
    const bytes = new Uint8Array(file.size)
    return bytes.subarray(0, readAt(file, bytes, 0))
  } catch (error) {
    throw error instanceof FileError ? error : new FileError(path, 'read', error)
  } finally {
    file.close()
  }
}

/**
 * Reads into an array, from a place in a file on.
 *
 * @returns bytes that there were
 * @throws FileError naming the path
 */
export function readAt(file: OrdinaryFile, into: Uint8Array, position: number): number {
  let count = 0
  try {
    while (count < into.length) {
      const wanted = Math.min(PIECE, into.length - count)
      const got = readSync(file.descriptor, into, count, wanted, position + count)
      if (got === 0) break
      count += got
    }
  } catch (error) {
    throw new FileError(file.path, 'read', error)
  }
  return count
}

const writeAll = promisify(writeFile)

/** Makes or replaces a file; other work goes on meanwhile. @throws FileError naming the path */
export async function writeOrdinary(path: string, bytes: Uint8Array): Promise<void> {
  const file = openOrdinary(path, 'replace')
  try {
    await writeAll(file.descriptor, bytes)
  } catch (error) {
    throw new FileError(path, 'written', error)
  } finally {
    file.close()
  }
}

/** @throws Error saying what it is instead */
export function requireFile(found: Stats): void {
  if (found.isFile()) return
  const kind = found.isDirectory()
    ? 'folder'
    : found.isFIFO()
      ? 'pipe'
      : found.isSocket()
        ? 'socket'
        : 'device'
  throw new Error(`it is not a file but a ${kind}`)
}
