/** `wn-rl reproduce`: the same numbers come out again, or the first timestep that differs is named. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SHORT_RUN, trainWhole } from '../helpers/runs.ts'
import { emptyFolder, lastJson, wnRl } from '../helpers/wn-rl.ts'

let runs: string
let digest: string
beforeAll(() => {
  runs = mkdtempSync(join(tmpdir(), 'wn-rl-test-'))
  digest = trainWhole(runs, 'dqn', ['--agent', 'dqn', ...SHORT_RUN]).digest
}, 300_000)
afterAll(() => rmSync(runs, { recursive: true }))

function reproduce(run: string, ...more: string[]) {
  const { status, stdout, stderr } = wnRl(['reproduce', run, '--json', '--quiet', ...more], runs)
  return { status, stderr, outcome: lastJson(stdout) }
}

/** A copy of the run with a file that was changed by hand. */
function changed(file: string, change: (text: string) => string): string {
  const copy = join(emptyFolder(), 'run')
  cpSync(join(runs, 'dqn'), copy, { recursive: true })
  const path = join(copy, file)
  const [before, after] = [readFileSync(path, 'utf8'), change(readFileSync(path, 'utf8'))]
  expect(after).not.toBe(before)
  writeFileSync(path, after)
  return copy
}

describe('reproduce', () => {
  test('finds the digest and every row again', () => {
    const rows = readFileSync(join(runs, 'dqn', 'metrics.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
    expect(reproduce('dqn')).toEqual({
      status: 0,
      stderr: '',
      outcome: {
        runDir: 'dqn',
        same: true,
        rows: rows.length,
        untilStep: 3000,
        digest,
        difference: null,
      },
    })
  })

  test('compares the beginning of a run, and of one that is not complete', () => {
    expect(reproduce('dqn', '--until-step', '1000')).toMatchObject({
      status: 0,
      outcome: { same: true, untilStep: 1000, digest: null },
    })
    const copy = changed('metrics.jsonl', (text) => text + '{"step":3001,"char')
    rmSync(join(copy, 'final'), { recursive: true })
    expect(reproduce(copy)).toMatchObject({ status: 0, outcome: { same: true, digest: null } })
  })

  test('names the step at which another option makes a difference', () => {
    const run = changed('config.yaml', (text) => text.replace(/^gamma: .*$/m, 'gamma: 0.9'))
    // Nothing is learned in the first 1,000 timesteps, after which the loss is logged for the first time.
    expect(reproduce(run)).toMatchObject({
      status: 1,
      outcome: { same: false, difference: { step: 1000, what: 'losses/td_loss' } },
    })
  })

  test('names the step of a return that was changed', () => {
    const rows = readFileSync(join(runs, 'dqn', 'metrics.jsonl'), 'utf8').split('\n')
    const at = rows.findIndex((row) => row.includes('episodic_return') && row.includes('"step":1'))
    const { step } = JSON.parse(rows[at]!) as { step: number }
    const run = changed('metrics.jsonl', (text) =>
      text.replace(
        rows[at]!,
        rows[at]!.replace(/"charts\/episodic_return":\d+/, '"charts/episodic_return":1'),
      ),
    )
    expect(reproduce(run)).toMatchObject({
      status: 1,
      outcome: { difference: { step, what: 'charts/episodic_return', recorded: 1 } },
    })
  })

  test('names the step of a row that is missing, or too many', () => {
    const rows = readFileSync(join(runs, 'dqn', 'metrics.jsonl'), 'utf8').split('\n')
    const { step } = JSON.parse(rows[5]!) as { step: number }
    const without = changed('metrics.jsonl', (text) => text.replace(`${rows[5]!}\n`, ''))
    expect(reproduce(without)).toMatchObject({
      status: 1,
      outcome: { rows: 5, difference: { step, what: 'row' } },
    })
    const more = changed('metrics.jsonl', (text) => `${text}{"step":3000,"charts/epsilon":1}\n`)
    expect(reproduce(more)).toMatchObject({
      status: 1,
      outcome: { difference: { step: 3000, what: 'row' } },
    })
  })

  test('warns of other versions, and says in words what it found', () => {
    const run = changed('config.yaml', (text) => text.replace(/node: .*/, 'node: v0.8.0'))
    const { status, stdout, stderr } = wnRl(['reproduce', run, '--quiet'], runs)
    expect(stderr).toMatch(/^wn-rl: node was v0\.8\.0, and is v.*: the numbers may differ\n$/)
    expect(stdout).toMatch(/repeats up to step 3000: all \d+ rows are the same, and the digest/)
    expect(status).toBe(0)
  })
})

describe('eval', () => {
  const evaluated = (...args: string[]) =>
    lastJson(wnRl(['eval', 'dqn', '--json', ...args], runs).stdout)

  test('plays the model of any checkpoint', () => {
    const final = evaluated('--checkpoint', 'final', '--episodes', '2')
    expect(evaluated('--checkpoint', 'step-3000', '--episodes', '2')).toEqual(final)
    expect(evaluated('--checkpoint', 'step-2000', '--episodes', '2')).not.toEqual(final)
    const { status, stderr } = wnRl(['eval', 'dqn', '--checkpoint', '../best'], runs)
    expect(stderr).toContain('(found: best, final, step-3000, step-2500, step-2000)')
    expect(status).toBe(2)
  })

  test('gives the numbers that training logged, to the last digit', () => {
    const rows = readFileSync(join(runs, 'dqn', 'metrics.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
    const last = rows
      .map((row) => JSON.parse(row) as Record<string, number>)
      .findLast((row) => 'eval/mean_return' in row)!
    expect(last['step']).toBe(3000)
    expect(evaluated('--checkpoint', 'final', '--logged')).toMatchObject({
      mean: last['eval/mean_return'],
      std: last['eval/std_return'],
    })
  })
})

test('trouble stops a run with the step, the environment and the batch', () => {
  const folder = emptyFolder()
  writeFileSync(
    join(folder, 'broken.js'),
    `import { CartPole } from 'gymnasium-js'
     import { TimeLimit } from 'gymnasium-js/wrappers'
     let steps = 0
     class Broken extends CartPole {
       step(action) {
         const step = super.step(action)
         return ++steps === 1500 ? { ...step, reward: NaN } : step
       }
     }
     export default () => new TimeLimit(new Broken(), 200)`,
  )
  const args = [
    '--agent',
    'dqn',
    '--env',
    './broken.js',
    ...SHORT_RUN.slice(2),
    '--eval-every',
    '0',
  ]
  const { status, stderr } = wnRl(['train', ...args, '--run-dir', 'mine', '--quiet'], folder)
  expect(stderr).toMatch(
    /^wn-rl: dqn: .*reward is NaN.*at timestep \d+ \(seed .*\); broken, seed 1; the batch is in mine\/trouble\/step-\d+; the last checkpoint is step-1000\n$/,
  )
  expect(status).toBe(1)
  const step = /trouble\/step-(\d+)/.exec(stderr)![1]!
  const trouble = join(folder, 'mine', 'trouble', `step-${step}`)
  expect(JSON.parse(readFileSync(join(trouble, 'trouble.json'), 'utf8'))).toMatchObject({
    globalStep: Number(step),
    environment: 0,
    env: 'broken',
    seed: 1,
  })
  expect(readFileSync(join(trouble, 'batch.safetensors')).length).toBeGreaterThan(8)
})
