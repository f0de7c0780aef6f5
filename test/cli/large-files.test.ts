/** Metrics of 3 GiB (mostly a hole, which is one line that is too long) are listed, drawn and gone on from. */
import { readdirSync, statSync, truncateSync, appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { trainWhole } from '../helpers/runs.ts'
import { emptyFolder, lastJson, wnRl } from '../helpers/wn-rl.ts'

const GIB = 2 ** 30

test('runs, plot and resume take metrics, CSV and events of 3 GiB', () => {
  const folder = emptyFolder()
  const mine = join(folder, 'mine')
  const short = ['--total-timesteps', '800', '--checkpoint-every', '400', '--eval-every', '400']
  const set = ['--set', 'evalEpisodes=2', '--set', 'finalEvalEpisodes=2']
  trainWhole(folder, 'mine', ['--agent', 'a2c', '--env', 'CartPole', ...short, ...set])
  const names = readdirSync(mine).filter((name) => /metrics|progress|events/.test(name))
  expect(names).toHaveLength(3)
  for (const name of names) truncateSync(join(mine, name), 3 * GIB)
  const row = { step: 800, 'charts/episodic_return': 77, 'eval/mean_return': 501 }
  appendFileSync(join(mine, 'metrics.jsonl'), `\n${JSON.stringify(row)}\n`)
  const listed = wnRl(['runs', 'mine', '--json'], folder)
  expect(listed.status).toBe(0)
  expect(lastJson(listed.stdout)).toMatchObject([{ steps: 800, bestReturn: 501 }])
  const drawn = wnRl(['plot', 'mine'], folder)
  expect(drawn.stderr).toContain('metrics.jsonl: 1 of its lines hold no row')
  expect(drawn.status).toBe(0)
  const more = ['--total-timesteps', '1600', '--json', '--quiet']
  const resumed = wnRl(['resume', 'mine', ...more], folder)
  expect(resumed).toMatchObject({ status: 0, stderr: '' })
  for (const name of names) expect(statSync(join(mine, name)).size).toBeLessThan(1e6)
})
