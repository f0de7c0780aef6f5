/** What a fresh clone's first command says. */
import { spawnSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { emptyFolder, inRepository } from '../helpers/wn-rl.ts'

/**
 * planck asks for Node 24, for its own tools: the file that is bundled into gymnasium-js runs on ours, and every test of
 * Box2D says so. Older versions ask for less but add vectors wrongly (`plusVec2`). So its `engines` is taken out of
 * package-lock.json, where npm does not put it back by itself; if it is back, take it out again.
 */
test('npm ci warns of no package that this Node is too old for', () => {
  const folder = emptyFolder()
  for (const file of [
    'package.json',
    'package-lock.json',
    'envs/package.json',
    'test/package/package.json',
  ]) {
    cpSync(inRepository(file), join(folder, file))
  }
  const args = ['ci', '--dry-run', '--offline', '--ignore-scripts', '--no-audit', '--no-fund']
  const { status, stderr } = spawnSync('npm', args, { cwd: folder, encoding: 'utf8' })
  expect(stderr).not.toContain('EBADENGINE')
  expect(status).toBe(0)
})
