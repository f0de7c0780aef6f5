/**
 * Where a model is read from: a folder on disk, an address that a page fetches from, or any store. No `node:` import, so that
 * bundlers for pages find nothing to stumble over: Node, Deno and Bun hand out their modules by name.
 */
import { FileError, messageOf } from '../errors.ts'
import { type ReadableStore, requireAtMost } from '../storage/file-store.ts'
import { bodyOf } from '../storage/response-body.ts'

/** A folder (in a page: an address relative to it), the address of a folder, or any store. */
export type PolicyLocation = string | URL | ReadableStore

/** What of `node:fs/promises` is used. */
interface NodeFiles {
  stat(path: string | URL): Promise<{ readonly size: number }>
  readFile(path: string | URL): Promise<Uint8Array>
}

const host = (
  globalThis as { process?: { getBuiltinModule?: (name: string) => NodeFiles | undefined } }
).process

export function storeAt(location: PolicyLocation): ReadableStore {
  if (typeof location === 'object' && 'read' in location) return location
  const files = host?.getBuiltinModule?.('node:fs/promises')
  if (typeof location === 'string' && files && !/^https?:/.test(location))
    return folder(files, location.replace(/(?<=.)\/+$/, ''), (name) => `${location}/${name}`)
  const base = new URL(location, pageAddress())
  if (!base.pathname.endsWith('/')) base.pathname += '/'
  const place = base.href.slice(0, -1)
  const addressOf = (name: string) => new URL(name, base)
  return files && base.protocol === 'file:'
    ? folder(files, place, addressOf)
    : fetched(place, addressOf)
}

/** Undefined outside of pages and their workers. */
function pageAddress(): string | undefined {
  const page = globalThis as { document?: { baseURI: string }; location?: { href: string } }
  return page.document?.baseURI ?? page.location?.href
}

function folder(
  files: NodeFiles,
  location: string,
  pathOf: (name: string) => string | URL,
): ReadableStore {
  return {
    location,
    async read(name, maxBytes) {
      const path = pathOf(name)
      const size = await explained(location, name, files.stat(path))
      requireAtMost(size.size, maxBytes, `${location}/${name}`)
      return explained(location, name, files.readFile(path))
    },
  }
}

function explained<T>(location: string, name: string, work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    throw new FileError(`${location}/${name}`, 'read', error)
  })
}

function fetched(location: string, addressOf: (name: string) => URL): ReadableStore {
  return {
    location,
    async read(name, maxBytes) {
      const path = `${location}/${name}`
      const response = await fetch(addressOf(name)).catch((error: unknown) => {
        throw new Error(`${path} cannot be read: ${messageOf(error)}`, { cause: error })
      })
      if (!response.ok)
        throw new Error(`${path} cannot be read: ${response.status} ${response.statusText}`)
      return bodyOf(response, maxBytes, path)
    },
  }
}
