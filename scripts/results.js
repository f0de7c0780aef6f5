/** `npm run results -- SUITE`: trains a suite of results from the working tree; research/results/main.ts says the rest. */
import { execFileSync } from 'node:child_process'
import { withBundle, withBundleFile } from './bundle.js'

/** What decides how a run ends; the results themselves and what is said of them do not. */
const SOURCES = ['src', 'envs/src', 'agents', 'configs', 'runs', 'cli', 'package-lock.json']
const TFJS = { tfjs: 'installed' }

const withCli = (use) => withBundleFile('cli/main.ts', TFJS, use)
const status = await withBundle('research/results/main.ts', TFJS, ({ main }) =>
  main(process.argv.slice(2), { commit: commit(), withCli }),
)
process.exit(status)

/** The commit that is trained, marked where sources differ from it. */
function commit() {
  try {
    const git = (...args) => execFileSync('git', args, { encoding: 'utf8', stdio: 'pipe' }).trim()
    const changes = git('status', '--porcelain', '--', ...SOURCES)
    return git('rev-parse', '--short=10', 'HEAD') + (changes === '' ? '' : '+changes')
  } catch {
    return 'unknown' // not a checkout
  }
}
