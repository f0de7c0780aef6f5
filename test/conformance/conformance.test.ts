/** The harness itself, on one op and the reference backend; `npm run conformance` runs the whole suite. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { emptyFolder, inRepository, lastJson } from '../helpers/wn-rl.ts'

function conformance(...args: readonly string[]) {
  return spawnSync(process.execPath, [inRepository('scripts/conformance.js'), ...args], {
    encoding: 'utf8',
  })
}

describe('the conformance harness', () => {
  test('runs the specs of an op and counts them', () => {
    const { status, stdout } = conformance('cpu', '--filter', 'fill cpu {}')
    expect(lastJson(stdout)).toEqual({ backend: 'cpu', pass: 9, fail: 0, pend: 0 })
    expect(status).toBe(0)
  })

  test('names the specs that fail, on a backend that lacks their kernel', () => {
    const file = join(emptyFolder(), 'outcome.json')
    const { status, stdout } = conformance('wasm', '-v', '--filter', 'raggedRange', '--json', file)
    const outcome = JSON.parse(readFileSync(file, 'utf8')) as { fail: number; failures: object[] }
    expect(outcome.fail).toBeGreaterThan(0)
    expect(outcome.failures).toHaveLength(outcome.fail)
    expect(stdout).toContain("Kernel 'RaggedRange' not registered")
    expect(status).toBe(1)
  })

  test.each([
    { args: ['metal'], message: '"metal" is unknown' },
    { args: ['auto'], message: 'asked for backend "auto"' },
    { args: [], message: 'name a backend' },
    { args: ['cpu', '--filter', 'no such op'], message: 'no spec ran' },
  ])('tests nothing, and says so, when called with $args', ({ args, message }) => {
    const { status, stderr } = conformance(...args)
    expect(stderr).toContain(message)
    expect(status).toBe(2)
  })
})
