import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runInNewContext } from 'node:vm'
import { Rng, make, registeredSpecs } from 'gymnasium-js'
import { expect, test, vi } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

test('docs/environments.md says what the docstrings say', () => {
  const script = ['scripts/environments-doc.js', '--check']
  expect(() => execFileSync(process.execPath, script, { cwd: root, stdio: 'pipe' })).not.toThrow()
})

test('docs/environments.md lists every registered environment', () => {
  const page = readFileSync(`${root}/docs/environments.md`, 'utf8')
  for (const { id } of registeredSpecs()) expect(page).toContain(`| [${id}](#`)
})

test("the README's first example runs, its actions from another stream than its starts", () => {
  const env = make('CartPole-v1')
  const reset = vi.spyOn(env, 'reset')
  const sample = vi.spyOn(env.actionSpace, 'sample')
  const page = readFileSync(`${root}/envs/README.md`, 'utf8')
  runInNewContext(firstProgram(page), { make: () => env, Rng })
  const seed = reset.mock.calls[0]![0]?.seed
  expect(seed).toBeDefined()
  const drawn = sample.mock.calls.map(([rng]) => rng?.seed)
  expect(drawn.length).toBeGreaterThan(1)
  expect(drawn).not.toContain(undefined) // the space's own stream, which is seed 0
  expect(drawn).not.toContain(seed)
})

/** The first block of TypeScript, which is JavaScript but for its imports. */
function firstProgram(page: string): string {
  return /```ts\n([^]*?)```/.exec(page)![1]!.replace(/^import .*\n/gm, '')
}
