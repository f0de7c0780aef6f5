/**
 * `kill -9` at random moments, some of them inside the writing of a checkpoint: every run goes on to the same end.
 * `WN_RL_KILLS` says how many times; `npm run test:full` kills 50.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Rng } from '../../src/rng.ts'
import {
  leftovers,
  rowsOf,
  SHORT_RUN,
  start,
  summaryOf,
  trainWhole,
  until,
} from '../helpers/runs.ts'
import { emptyFolder, wnRl } from '../helpers/wn-rl.ts'

const KILLS = Number(process.env['WN_RL_KILLS'] ?? 4)
const AGENTS = ['dqn', 'a2c'] as const

let whole: string
const references: Record<string, { digest: string; milliseconds: number }> = {}
let inWrite = 0

beforeAll(() => {
  whole = mkdtempSync(join(tmpdir(), 'wn-rl-test-'))
  for (const agent of AGENTS) {
    const before = performance.now()
    const { digest } = trainWhole(whole, agent, ['--agent', agent, ...SHORT_RUN])
    references[agent] = { digest, milliseconds: performance.now() - before }
  }
}, 300_000)
afterAll(() => rmSync(whole, { recursive: true }))

const rng = new Rng('kill -9')
const moments = Array.from({ length: KILLS }, (_, i) => ({
  agent: AGENTS[i % 2]!,
  /** Half of them as soon as a checkpoint is being written, half at any time. */
  step: i % 4 < 2 ? 500 * rng.randInt(1, 7) : undefined,
  fraction: rng.random(),
}))

test.each(moments)(
  'a run of $agent killed (checkpoint $step, fraction $fraction) goes on to the same end',
  async ({ agent, step, fraction }) => {
    const folder = emptyFolder()
    const mine = join(folder, 'mine')
    const { digest, milliseconds } = references[agent]!
    const running = start(
      ['train', '--agent', agent, ...SHORT_RUN, '--run-dir', 'mine', '--quiet'],
      folder,
    )
    await until(running, () => existsSync(join(mine, 'config.yaml')))
    if (step === undefined)
      await new Promise((resolve) => setTimeout(resolve, fraction * milliseconds))
    else await until(running, () => existsSync(join(mine, 'checkpoints', `step-${step}.tmp`)))
    running.child.kill('SIGKILL')
    const ended = await running.ended
    if (leftovers(mine).length > 0) inWrite++
    if (ended === 'SIGKILL' && !existsSync(join(mine, 'final', 'model.json')))
      expect(summaryOf(wnRl(['resume', 'mine', '--json', '--quiet'], folder)).digest).toBe(digest)
    const finals = (runDir: string) => readdirSync(join(runDir, 'final')).sort()
    expect(finals(mine)).toEqual(finals(join(whole, agent))) // weights are named by their content
    expect(rowsOf(mine)).toEqual(rowsOf(join(whole, agent)))
    expect(leftovers(mine)).toEqual([])
  },
)

test('some of them were killed inside a write', () => {
  expect(inWrite).toBeGreaterThan(0)
})
