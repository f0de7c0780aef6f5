/**
 * `kill -9` of runs in environments that answer later, inside wrappers that gather statistics, and of several seeds in
 * processes: every run goes on to the same end. `WN_RL_FORM_KILLS` says how many times; `npm run test:durable` kills 21.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Rng } from '../../src/rng.ts'
import { IS_FULL } from '../helpers/dose.ts'
import { leftovers, rowsOf, start, summaryOf, trainWhole, until } from '../helpers/runs.ts'
import { emptyFolder, lastJson, wnRl } from '../helpers/wn-rl.ts'

const KILLS = Number(process.env['WN_RL_FORM_KILLS'] ?? 3)
const RUN = [
  ...[
    '--total-timesteps',
    IS_FULL ? '4000' : '2000',
    '--checkpoint-every',
    '500',
    '--eval-every',
    '1000',
  ],
  ...['--set', 'evalEpisodes=3', '--set', 'finalEvalEpisodes=3'],
]
const SEEDS = [1, 2]

const ENVIRONMENTS = {
  later: `
    export default class extends CartPole {
      async reset(args) { await null; return super.reset(args) }
      async step(action) { await null; return super.step(action) }
    }`,
  normalized: `
    export default () => new NormalizeReward(new NormalizeObservation(new TimeLimit(new CartPole(), 200)))`,
}

/** Of what the killed runs are compared with. */
const home = mkdtempSync(join(tmpdir(), 'wn-rl-test-'))
afterAll(() => rmSync(home, { recursive: true }))

function folderWith(form: keyof typeof ENVIRONMENTS, folder = emptyFolder()): string {
  const imports = `
    import { CartPole } from 'gymnasium-js'
    import { NormalizeObservation, NormalizeReward, TimeLimit } from 'gymnasium-js/wrappers'`
  writeFileSync(join(folder, 'env.js'), imports + ENVIRONMENTS[form])
  return folder
}

const rng = new Rng('kill -9 of forms')
/** How much of a whole run is over when it is killed. */
const fractions = (count: number) => Array.from({ length: count }, () => 0.1 + 0.8 * rng.random())

const forms = [
  { form: 'later', agent: 'dqn' },
  { form: 'normalized', agent: 'ppo' },
] as const

describe.each(forms)('$agent in the environment “$form”', ({ form, agent }) => {
  const args = ['--agent', agent, '--env', './env.js', ...RUN]
  let whole = { folder: '', digest: '', milliseconds: 0 }

  beforeAll(() => {
    const folder = folderWith(form, mkdtempSync(join(home, form)))
    const before = performance.now()
    const { digest } = trainWhole(folder, 'whole', args)
    whole = { folder, digest, milliseconds: performance.now() - before }
  }, 300_000)

  test.each(fractions(Math.ceil(KILLS / 3)))('killed after %f of it', async (fraction) => {
    const folder = folderWith(form)
    const mine = join(folder, 'mine')
    const running = start(['train', ...args, '--run-dir', 'mine', '--quiet'], folder)
    await until(running, () => existsSync(join(mine, 'config.yaml')))
    await new Promise((resolve) => setTimeout(resolve, fraction * whole.milliseconds))
    running.child.kill('SIGKILL')
    if ((await running.ended) === 'SIGKILL') {
      const resumed = wnRl(['resume', 'mine', '--json', '--quiet'], folder)
      if (resumed.status !== 2) expect(summaryOf(resumed).digest).toBe(whole.digest)
      else expect(resumed.stderr).toContain('mine is complete') // killed when all was done but printing
    }
    expect(rowsOf(mine)).toEqual(rowsOf(join(whole.folder, 'whole')))
    expect(leftovers(mine)).toEqual([])
  })
})

describe('two seeds in processes of their own', () => {
  const args = ['train', '--agent', 'dqn', '--env', 'CartPole', ...RUN, '--quiet']
  const seeds = ['--seeds', SEEDS.join(), '--jobs', '2', '--json']
  const digests = new Map<number, string>()
  let milliseconds = 0

  beforeAll(() => {
    const before = performance.now()
    const outcome = wnRl([...args, ...seeds], home)
    milliseconds = performance.now() - before
    const { runs } = lastJson(outcome.stdout) as { runs: { seed: number; digest: string }[] }
    for (const { seed, digest } of runs) digests.set(seed, digest)
  }, 300_000)

  const runDirs = (folder: string) =>
    existsSync(join(folder, 'runs')) ? readdirSync(join(folder, 'runs')).sort() : []
  const configured = (folder: string) =>
    runDirs(folder).filter((name) => existsSync(join(folder, 'runs', name, 'config.yaml')))

  test.each(fractions(Math.ceil(KILLS / 3)))('killed after %f of it', async (fraction) => {
    const folder = emptyFolder()
    const running = start([...args, ...seeds], folder)
    await until(running, () => configured(folder).length === SEEDS.length)
    await new Promise((resolve) => setTimeout(resolve, fraction * 0.7 * milliseconds))
    running.child.kill('SIGKILL')
    await running.ended
    expect(runDirs(folder)).toHaveLength(SEEDS.length)
    for (const [i, name] of runDirs(folder).entries()) {
      const runDir = join('runs', name)
      // The process of a seed ends when it notices that nobody is left to report to.
      const outcome = await resumedWhenFree(runDir, folder)
      if (outcome.status === 2) expect(outcome.stderr).toContain('is complete')
      else expect(summaryOf(outcome).digest).toBe(digests.get(SEEDS[i]!))
      expect(leftovers(join(folder, runDir))).toEqual([])
    }
  })
})

async function resumedWhenFree(runDir: string, folder: string) {
  for (let tries = 0; ; tries++) {
    const outcome = wnRl(['resume', runDir, '--json', '--quiet'], folder)
    if (!outcome.stderr.includes('is being trained by') || tries === 20) return outcome
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}
