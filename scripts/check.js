/**
 * `npm run check`: format, lint, types, build, tests and the packed packages, in this order, to the end even if one
 * fails. The last line counts: each of those steps as one, and each test of every vitest project.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'wn-rl-check-'))
const report = join(folder, 'tests.json')

const steps = [
  ['format', 'prettier', ['--check', '--log-level', 'warn', '.']],
  ['lint', 'eslint', ['.', '--max-warnings', '0']],
  ['types', 'tsc', ['--noEmit']],
  ['build', 'npm', ['run', '--silent', 'build', '--', '--logLevel', 'warn']],
  ['tests', 'vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile=${report}`]],
  ['package', 'node', ['scripts/check-package.js']],
]

let passed = 0
let failed = 0
let skipped = 0
for (const [name, command, args] of steps) {
  const start = performance.now()
  const { status } = spawnSync(command, args, { stdio: 'inherit' })
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`)
  if (name !== 'tests') {
    if (status === 0) passed++
    else failed++
    continue
  }
  const counts = testCounts()
  passed += counts.passed
  skipped += counts.skipped
  // A runner that fails without a failed test (a file that does not load, say) counts as one.
  failed += Math.max(counts.failed, status === 0 ? 0 : 1)
}
rmSync(folder, { recursive: true })
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = failed === 0 ? 0 : 1

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
