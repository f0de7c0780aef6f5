/** `npm run -s bench -- SUITE`: measures the working tree; bench/main.ts says the rest. */
import { execFileSync } from 'node:child_process'
import { withBundle } from './bundle.js'

const status = await withBundle('bench/main.ts', { tfjs: 'installed' }, ({ main }) =>
  main(process.argv.slice(2), { commit: commit() }),
)
process.exit(status)

/** The commit that was measured, marked where files differ from it. */
function commit() {
  try {
    const args = ['describe', '--always', '--dirty=+changes', '--abbrev=10', '--exclude=*']
    return execFileSync('git', args, { encoding: 'utf8', stdio: 'pipe' }).trim()
  } catch {
    return 'unknown' // not a checkout
  }
}
