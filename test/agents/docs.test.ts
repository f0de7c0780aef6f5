import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { agentRows } from '../../cli/commands/agents.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

test('the tables of options in docs/agents/ say what the schemas say', () => {
  const script = ['scripts/agents-doc.js', '--check']
  expect(() => execFileSync(process.execPath, script, { cwd: root, stdio: 'pipe' })).not.toThrow()
})

test.each(agentRows())('every option of $name is described', ({ options }) => {
  for (const [option, description] of Object.entries(options))
    expect(description, option).not.toBe('')
})

test('an option that is not set unless told has no default', () => {
  const ppo = agentRows().find(({ name }) => name === 'ppo')!
  expect(ppo.defaults).toMatchObject({ clip: 0.2, targetKl: null, optimizer: { name: 'adam' } })
  expect(ppo.defaults).not.toHaveProperty('entCoefEnd')
})
