/**
 * One lock of a process that is dead, and several that want it: one of them gets it, always. `WN_RL_LOCKS` says how many
 * rounds; `npm run test:full` plays 300.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { emptyFolder, inRepository } from '../helpers/wn-rl.ts'

const ROUNDS = Number(process.env['WN_RL_LOCKS'] ?? 15)
const PROCESSES = 4

/** A process that takes the lock again and again, one folder after the other, and tells whether it held. */
const CONTENDER = inRepository('test/cli/fixtures/lock-contender.mjs')

test(`of ${PROCESSES} processes one takes over a lock whose process is dead, ${ROUNDS} times`, async () => {
  const folder = emptyFolder()
  for (let round = 0; round < ROUNDS; round++) {
    mkdirSync(join(folder, String(round)))
    // Of a process that is not there; every third as 0.1.0 wrote it, every third with a successor that is dead too.
    const dead = `4194304 ${hostname()}${round % 3 === 0 ? '' : ` 1 ${round}`}\n`
    writeFileSync(join(folder, String(round), 'lock'), dead)
  }
  const start = String(Date.now() + 1500)
  const contenders = Array.from({ length: PROCESSES }, () =>
    spawn(process.execPath, [CONTENDER, folder, String(ROUNDS), start], { stdio: 'pipe' }),
  )
  const errors: string[] = []
  for (const { stderr } of contenders) stderr.on('data', (chunk) => errors.push(String(chunk)))
  const ended = await Promise.all(contenders.map((child) => once(child, 'exit')))
  expect(errors).toEqual([])
  expect(ended.map(([status]) => status as number)).toEqual(contenders.map(() => 0))
  for (let round = 0; round < ROUNDS; round++) {
    const run = join(folder, String(round))
    const held = readFileSync(join(run, 'held'), 'utf8').trimEnd().split('\n')
    // Whoever holds writes `in` and `out`, with time in between: two at once would mix.
    expect(held.map((line) => line.split(' ')[0])).toEqual(
      held.map((_, i) => (i % 2 ? 'out' : 'in')),
    )
    for (let i = 0; i < held.length; i += 2)
      expect(held[i]!.split(' ')[1]).toBe(held[i + 1]!.split(' ')[1])
    expect(readdirSync(run)).toEqual(['held'])
  }
}, 600_000)
