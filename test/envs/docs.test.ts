import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { registeredSpecs } from 'gymnasium-js'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

test('docs/environments.md says what the docstrings say', () => {
  const script = ['scripts/environments-doc.js', '--check']
  expect(() => execFileSync(process.execPath, script, { cwd: root, stdio: 'pipe' })).not.toThrow()
})

test('docs/environments.md lists every registered environment', () => {
  const page = readFileSync(`${root}/docs/environments.md`, 'utf8')
  for (const { id } of registeredSpecs()) expect(page).toContain(`| [${id}](#`)
})
