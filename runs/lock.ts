/**
 * `<run>/lock`: one process at a time trains a run. It says whose it is; that of a process that was killed is taken over,
 * so nobody has to remove it.
 *
 * Of several processes that find the lock of a dead one, exactly one takes it over: a lock is never replaced, but
 * followed. The successor of a lock is a file whose name comes from the lock's content, `lock.<digest>`; file systems make
 * a name for one process only, and no two locks have the same content. The last of the chain holds. Whoever leaves
 * removes the first of it first, so that nobody takes what is left for a chain.
 */
import { randomBytes } from 'node:crypto'
import { linkSync, lstatSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { codeOf, FileError, UsageError } from '../src/errors.ts'
import { readOrdinary } from '../src/ordinary-file.ts'
import { sha256Hex } from '../src/storage/digest.ts'
import { refuseLinks } from '../src/storage/no-links.ts'

/** A lock is a line. */
const MAX_BYTES = 4096

/**
 * Does something with a run's folder while no other process may.
 *
 * @throws UsageError if another process trains the run; FileError if the lock cannot be written, or something in the
 *   folder is a link out of it
 */
export async function withRunLock<T>(runDir: string, work: () => Promise<T>): Promise<T> {
  refuseLinks(runDir)
  const mine = take(runDir)
  try {
    return await work()
  } finally {
    release(runDir, mine)
  }
}

/**
 * Which other process trains a run, in words; undefined if none does. Of another machine nobody here can tell whether
 * its process lives.
 */
export function holderOf(runDir: string): string | undefined {
  return livingHolder(chainOf(runDir).at(-1)?.content)
}

/** @returns the content of the lock */
function take(runDir: string): string {
  const mine = `${process.pid} ${hostname()} ${startOf(process.pid)} ${randomBytes(8).toString('hex')}\n`
  for (;;) {
    const chain = chainOf(runDir)
    const last = chain.at(-1)
    const holder = livingHolder(last?.content)
    if (holder !== undefined) {
      throw new UsageError(
        `${runDir} is being trained by ${holder}; wait for its end, or remove ${last!.path} if there is no such process any more`,
      )
    }
    const path = last === undefined ? join(runDir, 'lock') : successorOf(runDir, last.content)
    if (!madeWhole(path, mine)) continue
    if (last === undefined || contentOf(chain[0]!.path) === chain[0]!.content) return mine
    rmSync(path, { force: true }) // the chain that it followed has gone meanwhile
  }
}

/** The first goes first: see above. */
function release(runDir: string, mine: string): void {
  const chain = chainOf(runDir)
  if (chain.at(-1)?.content !== mine) return // removed by hand, and perhaps another's now
  for (const { path } of chain) rmSync(path, { force: true })
}

interface Lock {
  readonly path: string
  readonly content: string
}

/** The locks that there are, each the successor of the one before. */
function chainOf(runDir: string): readonly Lock[] {
  const chain: Lock[] = []
  for (let path = join(runDir, 'lock'); ;) {
    const content = contentOf(path)
    if (content === undefined) return chain
    chain.push({ path, content })
    path = successorOf(runDir, content)
  }
}

function successorOf(runDir: string, content: string): string {
  const digest = sha256Hex(new TextEncoder().encode(content)).slice(0, 16)
  return join(runDir, `lock.${digest}`)
}

/** Makes a file, with all that is in it at once. @returns false if there is one of that name */
function madeWhole(path: string, content: string): boolean {
  const draft = `${path}.${process.pid}.tmp`
  try {
    writeFileSync(draft, content, { flag: 'wx' })
    link(draft, path)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw new FileError(path, 'written', error)
  } finally {
    rmSync(draft, { force: true })
  }
}

/** Some file systems have no links; there a lock may be seen empty for a moment, and is taken for torn. */
function link(draft: string, path: string): void {
  try {
    linkSync(draft, path)
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP'].includes(codeOf(error) ?? '')) throw error
    writeFileSync(path, readFileSync(draft), { flag: 'wx' })
  }
}

/** undefined if there is none */
function contentOf(path: string): string | undefined {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined
  try {
    return new TextDecoder().decode(readOrdinary(path, MAX_BYTES))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** In words; undefined where it lives no more, or what the lock says is torn. */
function livingHolder(content: string | undefined): string | undefined {
  const [, id, machine, start] = /^(\d+) (\S+)(?: (\S+) \S+)?\n$/.exec(content ?? '') ?? []
  if (id === undefined || machine === undefined) return undefined
  if (machine === hostname() && !isRunning(Number(id), start)) return undefined
  return `process ${id} on ${machine}`
}

/** Whether the process that began then is there still: another may have its id by now, also this one. */
function isRunning(id: number, start: string | undefined): boolean {
  if (start === undefined ? id === process.pid : startOf(id) !== start) return false
  try {
    process.kill(id, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM' // somebody else's
  }
}

/** When a process began, in ticks since the machine did, where the system tells; else `-` for all of them. */
function startOf(id: number): string {
  try {
    const fields = readFileSync(`/proc/${id}/stat`, 'utf8')
    return fields.slice(fields.lastIndexOf(')') + 2).split(' ')[19] ?? '-'
  } catch {
    return '-' // no such process, or no such system
  }
}
