/**
 * `npm run check`: lint, format and types together, then build, tests and the packed packages, to the end even if one
 * fails. The last line counts: each of those steps as one, and each test of every vitest project.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'wn-rl-check-'))
const report = join(folder, 'tests.json')

/** Those that only read go together; what one of them prints comes when it is through. */
const readers = [
  ['lint', 'eslint', ['.', '--max-warnings', '0']],
  ['format', 'prettier', ['--check', '--log-level', 'warn', '.']],
  ['types', 'tsc', ['--noEmit']],
]
const steps = [
  ['build', 'npm', ['run', '--silent', 'build', '--', '--logLevel', 'warn']],
  ['tests', 'vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile=${report}`]],
  ['package', 'node', ['scripts/check-package.js']],
]

let passed = 0
let failed = 0
let skipped = 0
await Promise.all(readers.map((step) => take(step, 'pipe')))
for (const step of steps) await take(step, 'inherit')
rmSync(folder, { recursive: true })
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = failed === 0 ? 0 : 1

async function take([name, command, args], output) {
  const start = performance.now()
  const child = spawn(command, args, { stdio: ['ignore', output, output] })
  const printed = []
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk) => printed.push(chunk))
  const [status] = await once(child, 'close')
  process.stdout.write(Buffer.concat(printed))
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`)
  if (name !== 'tests') {
    if (status === 0) passed++
    else failed++
    return
  }
  const counts = testCounts()
  passed += counts.passed
  skipped += counts.skipped
  // A runner that fails without a failed test (a file that does not load, say) counts as one.
  failed += Math.max(counts.failed, status === 0 ? 0 : 1)
}

function testCounts() {
  try {
    const counts = JSON.parse(readFileSync(report, 'utf8'))
    return {
      passed: counts.numPassedTests,
      failed: counts.numFailedTests,
      skipped: counts.numPendingTests + counts.numTodoTests,
    }
  } catch {
    return { passed: 0, failed: 1, skipped: 0 } // the runner wrote no report
  }
}
