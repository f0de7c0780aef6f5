/** Models behind a URL: a store that only reads, for pages and for runtimes without a file system. */
import { messageOf } from '../errors.ts'
import type { FileStore } from './file-store.ts'
import { bodyOf } from './response-body.ts'

/** What of `fetch` is used; one of your own can add headers, or answer from a cache. */
export type Fetch = (url: string) => Promise<Response>

/**
 * A folder on a web server as a file store: each file is fetched when it is read.
 *
 * @param url of the folder, without a query; in a page it may be relative, as in `./model`
 * @param fetch the platform's own unless given
 * @example
 * const agent = await Dqn.load(fetchStore('./model'))
 */
export function fetchStore(
  url: string | URL,
  fetch: Fetch = (file) => globalThis.fetch(file),
): FileStore {
  const location = String(url).replace(/\/+$/, '')
  const refuse = (work: string) => () =>
    Promise.reject(
      new Error(
        `${location} cannot be ${work}: fetchStore only reads files by name; save into memoryStore() and send its files`,
      ),
    )
  return {
    location,
    async read(name, maxBytes) {
      const file = `${location}/${encodeURIComponent(name)}`
      const response = await fetched(fetch, file)
      return bodyOf(response, maxBytes, file)
    },
    write: refuse('written to'),
    list: refuse('listed'),
    remove: refuse('changed'),
  }
}

async function fetched(fetch: Fetch, file: string): Promise<Response> {
  let response: Response
  try {
    response = await fetch(file)
  } catch (error) {
    throw new Error(`${file} cannot be fetched: ${messageOf(error)}`, { cause: error })
  }
  if (response.ok) return response
  const { status, statusText } = response
  throw new Error(
    `${file} cannot be fetched: the server answers ${`${status} ${statusText}`.trim()}`,
  )
}
