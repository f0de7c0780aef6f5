/**
 * What CI can afford of `npm run test:runtimes`: one Node, in two processes that compile differently. `--no-opt` and
 * `--liftoff-only` turn V8's optimizing compilers off, for JavaScript and for WebAssembly.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { CLI, inRepository } from '../helpers/wn-rl.ts'

const TIMESTEPS = '2048' // of PQN's 128 environments

function digests(...flags: readonly string[]): Readonly<Record<string, string>> {
  if (!existsSync(CLI)) throw new Error('the library is not built; run: npm run build')
  const args = [...flags, inRepository('test/runtimes/node.js'), TIMESTEPS]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  expect(status, stderr).toBe(0)
  return (JSON.parse(stdout) as { digests: Record<string, string> }).digests
}

test('a run has the same digest in another process and under another compiler', () => {
  const optimized = digests()
  expect(Object.keys(optimized)).toEqual(['dqn', 'a2c', 'ppo', 'pqn'])
  expect(optimized['dqn']).toMatch(/^[0-9a-f]{64}$/)
  expect(optimized['dqn']).not.toBe(optimized['a2c'])
  expect(digests('--no-opt', '--liftoff-only')).toEqual(optimized)
})
