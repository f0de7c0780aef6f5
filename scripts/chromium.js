/** Headless Chromium for scripts that run the library in a page. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const CHROMIUM_COMMANDS = ['chromium', 'chromium-browser', 'google-chrome']
export const CHROMIUM_FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
/** The pages. */
export const SOURCES = fileURLToPath(new URL('../test/runtimes', import.meta.url))

/** A runtime that is not here and cannot be brought here. */
export class Missing extends Error {}

/** The first of the commands that is on the path. @throws Missing if none is */
export function findChromium() {
  const folders = (process.env.PATH ?? '').split(delimiter)
  for (const path of CHROMIUM_COMMANDS.flatMap((command) =>
    folders.map((at) => join(at, command)),
  )) {
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // not here
    }
  }
  throw new Missing(`none of ${CHROMIUM_COMMANDS.join(', ')} is on the path`)
}
