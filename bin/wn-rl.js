#!/usr/bin/env node
/**
 * The command `wn-rl`: starts the built command line. A file that is not built, since npm links a package's commands
 * before a build in a clone has made dist/.
 */
import { existsSync } from 'node:fs'

const cli = new URL('../dist/cli.js', import.meta.url)
if (existsSync(cli)) {
  await import(cli.href)
} else {
  console.error('wn-rl: dist/cli.js is missing: this clone is not built yet; run `npm run build`')
  process.exitCode = 1
}
