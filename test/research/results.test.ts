/** The runner of results: a suite that is stopped and started again ends with the same figures as one that is not. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { make } from 'gymnasium-js'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { costOf } from '../../research/results/costs.ts'
import { fingerprint, type Job, settingsOf } from '../../research/results/job.ts'
import { main } from '../../research/results/main.ts'
import { type ResultRow, rowsFromCsv } from '../../research/results/rows.ts'
import { runSuite } from '../../research/results/runner.ts'
import { loadSuite, SUITES } from '../../research/results/suites.ts'
import { trainJob } from '../../research/results/train.ts'
import { CLI, emptyFolder, inRepository } from '../helpers/wn-rl.ts'

const SMOKE = ['smoke', '--jobs', '2', '--only', 'CartPole-v1/weight/']

function command(folder: string, ...args: readonly string[]): string[] {
  const places = ['--results', join(folder, 'csv'), '--runs', join(folder, 'runs')]
  return [inRepository('scripts/results.js'), ...args, ...places]
}

function results(folder: string, ...args: readonly string[]) {
  return spawnSync(process.execPath, command(folder, ...args), {
    cwd: inRepository('.'),
    encoding: 'utf8',
  })
}

/** Both files, without the time that runs took. */
function written(folder: string) {
  const path = join(folder, 'csv', 'smoke.csv')
  const rows = rowsFromCsv(readFileSync(path, 'utf8'), path)
  return {
    rows: rows.map((row) => ({ ...row, wall_seconds: 0 })),
    curves: readFileSync(join(folder, 'csv', 'smoke-curves.csv'), 'utf8'),
  }
}

/** The periodic checkpoints of runs of the search, which are there while a run is under way or broken off. */
function begun(folder: string): string[] {
  const runs = ['0.001', '0.01', '0.1'].map(
    (rate) => `dqn/CartPole-v1/weight/search/${rate}/seed-1000`,
  )
  const checkpoints = [500, 1000, 1500].map((step) => `checkpoints/step-${step}`)
  return runs
    .flatMap((run) => checkpoints.map((checkpoint) => join(run, checkpoint)))
    .filter((path) => existsSync(join(folder, 'runs', 'smoke', path)))
}

/** Starts the suite and stops it when a run has a checkpoint. */
async function stopMidway(folder: string, signal: 'SIGTERM' | 'SIGKILL') {
  const before = new Set(begun(folder))
  const child = spawn(process.execPath, command(folder, ...SMOKE), { cwd: inRepository('.') })
  const ended = once(child, 'exit') as Promise<[number | null, string | null]>
  while (!begun(folder).some((name) => !before.has(name)) && child.exitCode === null)
    await new Promise((resolve) => setImmediate(resolve))
  child.kill(signal)
  const [status, name] = await ended
  expect(status ?? name).toBe(signal === 'SIGTERM' ? 143 : 'SIGKILL')
  expect(begun(folder).length).toBeGreaterThan(0)
}

test('a suite that was interrupted and then killed ends with the figures of one that was not', async () => {
  const [whole, broken] = [emptyFolder(), emptyFolder()]
  const first = results(whole, ...SMOKE)
  expect(first.stderr).toBe('')
  expect(first.status).toBe(0)
  const wanted = written(whole)
  expect(wanted.rows.filter(({ part }) => part === 'final')).toHaveLength(2)

  await stopMidway(broken, 'SIGTERM')
  await stopMidway(broken, 'SIGKILL')
  const last = results(broken, ...SMOKE)
  expect(last.stderr).toBe('')
  expect(last.status).toBe(0)
  expect(written(broken)).toEqual(wanted)
  expect(begun(broken)).toEqual([]) // what is done needs no checkpoints

  const again = results(broken, ...SMOKE)
  expect([again.stdout, again.stderr, again.status]).toEqual(['nothing is left to train\n', '', 0])
}, 300_000)

test.each([
  { args: [], message: 'name a suite: classic-control' },
  { args: ['weight-nrom'], message: 'got "weight-nrom"' },
  { args: ['smoke', '--jobs', '0'], message: '--jobs is 0' },
  { args: ['smoke', 'minatar'], message: 'name one suite' },
  { args: ['--list', '--only', 'minesweeper'], message: 'names no agent and environment' },
  { args: ['smoke', '--job', '2'], message: "Unknown option '--job'" },
])('refuses $args', async ({ args, message }) => {
  const said = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  onTestFinished(() => said.mockRestore())
  const withCli = () => Promise.reject(new Error('it was not refused'))
  expect(await main(args, { commit: 'abc', withCli })).toBe(2)
  expect(said).toHaveBeenCalledExactlyOnceWith(expect.stringContaining(message))
})

test('tells what each suite costs', async () => {
  const said = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  onTestFinished(() => said.mockRestore())
  const withCli = () => Promise.reject(new Error('it was not asked to train'))
  const args = ['--list', '--results', emptyFolder()]
  expect(await main(args, { commit: 'abc', withCli })).toBe(0)
  const lines = said.mock.calls.flat().map(String)
  for (const suite of SUITES) {
    const at = lines.findIndex((line) => line.startsWith(`${suite}: `))
    expect(lines[at + 1]).toMatch(/\d+ runs, [\d.]+ h on 2 cores; \d+ left: [\d.]+ h/)
  }
})

describe('one run', () => {
  const job: Job = {
    name: 'dqn/CartPole-v1/one/seed-1',
    ...{ agent: 'dqn', env: 'CartPole-v1', part: 'final', variant: 'one', seed: 1 },
    options: {
      ...{ totalTimesteps: 1500, checkpointEvery: 500, evalEvery: 500, evalEpisodes: 2 },
      ...{ finalEvalEpisodes: 3, learningStarts: 500, normInterval: 700 },
    },
  }
  const optionsIn = (folder: string) => ({
    ...{ suite: 'test', cli: CLI, folder, commit: 'abc', machine: 'mine' },
    signal: new AbortController().signal,
  })

  test('that lacked nothing but its entry in the CSV has the same result when it is tried again', async () => {
    const options = optionsIn(emptyFolder())
    const first = await trainJob(job, options)
    expect(first!.row).toMatchObject({ outcome: 'done', timesteps: 1500, learning_rate: 2.5e-4 })
    expect(first!.row.statistics_noise).toBe(0)
    expect(first!.curves.map(({ metric, values }) => [metric, values.length])).toEqual([
      ['eval/mean_return', 3],
      ['charts/episodic_return', 50],
    ])
    const events = () =>
      readdirSync(join(options.folder, job.name)).filter((name) => /tfevents/.test(name))
    const recorded = events()
    const second = await trainJob(job, options)
    expect(events()).toEqual(recorded) // it went on; a new run has a new file
    const withoutTime = (one: typeof first) => ({ ...one!.row, wall_seconds: 0 })
    expect(withoutTime(second)).toEqual(withoutTime(first))
    expect(second!.curves).toEqual(first!.curves)
  })

  test('whose options have changed is trained anew', async () => {
    const options = optionsIn(emptyFolder())
    const first = await trainJob(job, options)
    const changed = { ...job, options: { ...job.options, learningRate: 0.01 } }
    const second = await trainJob(changed, options)
    expect(second!.row.learning_rate).toBe(0.01)
    expect(second!.row.digest).not.toBe(first!.row.digest)
    expect(second!.row.settings).not.toBe(first!.row.settings)
  })

  test('that diverges is a result without figures', async () => {
    const wild = { ...job, options: { ...job.options, optimizer: 'sgd', learningRate: 1e30 } }
    const { row } = (await trainJob(wild, optionsIn(emptyFolder())))!
    expect(row).toMatchObject({ outcome: 'diverged', best: null, final: null, evaluations: null })
  })

  test('that another process is still at is waited for', async () => {
    const options = optionsIn(emptyFolder())
    const runDir = join(options.folder, job.name)
    mkdirSync(runDir, { recursive: true })
    const other = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 1500)'])
    writeFileSync(join(runDir, 'lock'), `${other.pid} ${hostname()}\n`)
    writeFileSync(join(runDir, 'config.yaml'), '') // what a new run is refused by, if it does not make way
    const { row } = (await trainJob(job, options))!
    expect(other.exitCode).toBe(0)
    expect(row.outcome).toBe('done')
  })

  test('that the command line refuses is a failure that says why', async () => {
    const bad = { ...job, options: { ...job.options, batchSize: 100_000 } }
    await expect(trainJob(bad, optionsIn(emptyFolder()))).rejects.toThrow('bufferSize')
  })
})

test('a run that fails is named, keeps no other from its turn and is tried again', async () => {
  const folder = emptyFolder()
  const cli = join(folder, 'cli.js')
  writeFileSync(cli, 'console.error("the disk is full"); process.exit(1)')
  const said: string[] = []
  const options = {
    ...{ cli, results: join(folder, 'csv'), runs: join(folder, 'runs'), jobs: 2 },
    ...{ only: 'none/search', commit: 'abc', machine: 'mine' },
    print: (line: string) => said.push(line),
    signal: new AbortController().signal,
  }
  const suite = await loadSuite('smoke')
  for (let start = 0; start < 2; start++) {
    expect(await runSuite(suite, options)).toBe(3)
    expect(said.splice(0).sort()).toEqual(
      ['0.001', '0.01', '0.1'].map(
        (rate) => `dqn/CartPole-v1/none/search/${rate}/seed-1000 failed: the disk is full`,
      ),
    )
  }
  expect(existsSync(options.results)).toBe(false)
})

describe('suites', () => {
  test.each(SUITES)(
    '%s: every run has a name of its own and options that its agent takes',
    async (name) => {
      const suite = await loadSuite(name)
      const jobs = suite.jobs([])
      expect(new Set(jobs.map((job) => job.name)).size).toBe(jobs.length)
      for (const job of jobs) {
        const { run, agent } = settingsOf(job)
        const { numEnvs } = agent as { numEnvs?: number }
        expect(run.totalTimesteps % (numEnvs ?? 1)).toBe(0)
      }
      for (const env of new Set(suite.plan.map((plan) => plan.env))) make(env).close()
      const { runs, runsLeft, hours, hoursLeft } = costOf(suite, [], 2)
      expect([runsLeft, hoursLeft]).toEqual([runs, hours])
      expect(hours > 0).toBe(runs > 0)
    },
  )

  test('what was trained beyond the plan counts as part of it', async () => {
    const suite = await loadSuite('smoke')
    const { agent, env, part, runs } = suite.plan[0]!
    const rows = Array.from({ length: runs + 3 }, (_, seed) => ({
      ...{ agent, env, part, seed, outcome: 'done', wall_seconds: 3600 },
    })) as unknown as ResultRow[]
    const [planned, cost] = [costOf(suite, [], 2), costOf(suite, rows, 2)]
    expect([cost.runs, cost.runsLeft]).toEqual([planned.runs + 3, planned.runs - runs])
    expect(cost.hours - cost.hoursLeft).toBeCloseTo((runs + 3) / 2, 9)
  })

  test('a fingerprint tells options, not the order in which they are written', () => {
    const job: Job = {
      ...{ name: 'a', agent: 'dqn', env: 'CartPole-v1', part: 'final', variant: 'b', seed: 1 },
      options: { gamma: 0.9, network: { mlp: [2], activation: 'relu' } },
    }
    const turned = { ...job, options: { network: { activation: 'relu', mlp: [2] }, gamma: 0.9 } }
    expect(fingerprint(turned)).toBe(fingerprint(job))
    for (const other of [{ seed: 2 }, { env: 'Acrobot-v1' }, { options: { gamma: 0.9 } }])
      expect(fingerprint({ ...job, ...other })).not.toBe(fingerprint(job))
  })
})
