/** A page in headless Chromium, from a folder that is served on this machine. */
import { createServer, type Server } from 'node:http'
import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { chromium, type Page } from 'playwright-core'
import { CHROMIUM_FLAGS, findChromium, Missing } from '../../scripts/chromium.js'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
}

/** Path of Chromium, or undefined where there is none. */
export function chromiumHere(): string | undefined {
  try {
    return findChromium()
  } catch (error) {
    if (error instanceof Missing) return undefined
    throw error
  }
}

/** Opens an empty page with a script in it and hands it to `use`. */
export async function withPage<T>(
  folder: string,
  script: string,
  use: (page: Page) => Promise<T>,
): Promise<T> {
  const server = await serve(
    folder,
    `<!doctype html><script type="module" src="/${script}"></script>`,
  )
  const browser = await chromium.launch({ executablePath: findChromium(), args: CHROMIUM_FLAGS })
  try {
    const page = await browser.newPage()
    await page.goto(addressOf(server), { waitUntil: 'load' })
    return await use(page)
  } finally {
    await browser.close()
    server.close()
  }
}

/** Serves the files of a folder, and `index` at /. */
export async function serve(folder: string, index = ''): Promise<Server> {
  const server = createServer((request, response) => {
    const path = new URL(request.url!, 'http://localhost').pathname
    const type = TYPES[path === '/' ? '.html' : extname(path)] ?? 'application/octet-stream'
    const body = path === '/' ? Promise.resolve(index) : readFile(join(folder, path))
    body.then(
      (content) => response.setHeader('content-type', type).end(content),
      () => response.writeHead(404).end(),
    )
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return server
}

export function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
