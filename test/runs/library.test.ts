/** `wn-rl/runs` as a program uses it: what its documentation shows, and that it is quiet and ends when it is told to. */
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { register, type Env, CartPole } from 'gymnasium-js'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import {
  evaluateRun,
  findRuns,
  learningCurves,
  readMetrics,
  readRunConfig,
  readRunFiles,
  reproduce,
  resume,
  tellStanding,
  train,
  trainSeeds,
  UsageError,
} from 'wn-rl/runs'
import { emptyFolder, inRepository, lastJson, wnRl } from '../helpers/wn-rl.ts'

const OPTIONS = { totalTimesteps: 2000, evalEvery: 500, evalEpisodes: 3, finalEvalEpisodes: 5 }
const DQN = { agent: 'dqn', env: 'CartPole', seed: 1, options: OPTIONS } as const

/** Fails the test if anything is printed while it runs. */
function expectSilence(): void {
  const written = [
    vi.spyOn(process.stdout, 'write').mockReturnValue(true),
    vi.spyOn(process.stderr, 'write').mockReturnValue(true),
    ...(['log', 'warn', 'error', 'info'] as const).map((name) =>
      vi.spyOn(console, name).mockReturnValue(),
    ),
  ]
  onTestFinished(() => {
    const calls = written.flatMap((spy) => spy.mock.calls as unknown[][])
    for (const spy of written) spy.mockRestore()
    expect(calls).toEqual([])
  })
}

describe('a program', () => {
  test('trains, goes on, repeats, evaluates and reads what the command line would', async () => {
    const folder = emptyFolder()
    const runDir = join(folder, 'mine')
    expectSilence()
    const trained = await train({ ...DQN, runDir })
    expect(trained).toMatchObject({ runDir, env: 'CartPole-v1', totalTimesteps: 2000 })
    const set = Object.entries(OPTIONS).flatMap(([name, value]) => ['--set', `${name}=${value}`])
    const args = ['train', '--agent', 'dqn', '--env', 'CartPole', '--seed', '1', ...set]
    const { stdout } = wnRl([...args, '--run-dir', 'shell', '--json', '--quiet'], folder)
    expect(lastJson(stdout)).toMatchObject({
      digest: trained.digest,
      evaluation: trained.evaluation,
      finalEvaluation: trained.finalEvaluation,
    })

    const longer = await resume(runDir, { totalTimesteps: 2500 })
    expect(longer).toMatchObject({ runDir, totalTimesteps: 2500, interrupted: false })
    expect(await reproduce(runDir)).toMatchObject({ same: true, digest: longer.digest })
    expect(await evaluateRun(runDir, { checkpoint: 'final', episodes: 5 })).toMatchObject({
      mean: longer.finalEvaluation!.mean,
      std: longer.finalEvaluation!.std,
      env: 'CartPole-v1',
    })

    expect(await findRuns(folder)).toEqual([runDir, join(folder, 'shell')])
    expect(await readRunConfig(runDir)).toMatchObject({ agent: 'dqn', totalTimesteps: 2500 })
    const { rows } = await readMetrics(runDir)
    const files = await readRunFiles(runDir)
    expect(files).toMatchObject({ rows, finalStep: 2500, problems: [] })
    const metric = 'charts/episodic_return'
    const { curves } = learningCurves([files], { metric, statistic: 'mean', window: 500 })
    const last = rows.filter((row) => row.step > 2000 && metric in row.metrics)
    const sum = last.reduce((total, { metrics }) => total + metrics[metric]!, 0)
    expect(curves).toHaveLength(1)
    expect(curves[0]!.points.at(-1)!.step).toBeGreaterThan(2400)
    expect(curves[0]!.points.at(-1)!.value).toBeCloseTo(sum / last.length, 10)
  })

  test('is told how a run goes, ends it by a signal, and goes on to the same numbers', async () => {
    const folder = emptyFolder()
    const whole = await train({ ...DQN, runDir: join(folder, 'whole') })
    const runDir = join(folder, 'broken')
    const stop = new AbortController()
    const lines: string[] = []
    const steps: number[] = []
    expectSilence()
    const broken = await train({
      ...DQN,
      runDir,
      signal: stop.signal,
      print: (line) => lines.push(line),
      progress: tellStanding(({ globalStep, totalTimesteps, stepsPerSecond }) => {
        steps.push(globalStep)
        expect(totalTimesteps).toBe(2000)
        expect(stepsPerSecond).toBeGreaterThan(0)
        stop.abort()
      }),
    })
    expect(steps.length).toBeGreaterThan(0)
    expect(lines[0]).toMatch(/^dqn on CartPole-v1, seed 1, 2000 timesteps; preset /)
    expect(broken).toMatchObject({ interrupted: true, evaluation: null })
    expect(broken.totalTimesteps).toBeLessThan(2000)
    expect(readdirSync(join(runDir, 'checkpoints'))).toEqual([`step-${broken.totalTimesteps}`])

    const resumed = await resume(runDir, { print: (line) => lines.push(line) })
    expect(lines.at(-1)).toContain(`goes on from timestep ${broken.totalTimesteps} of 2000`)
    expect(resumed).toMatchObject({ digest: whole.digest, interrupted: false })
    expect(resumed.evaluation).toEqual(whole.evaluation)
    await expect(resume(runDir)).rejects.toThrow(UsageError)
  })

  test('trains in an environment of its own that it has registered', async () => {
    const id = 'RunsLibraryCart-v0'
    register({ id, entryPoint: (): Env => new CartPole(), maxEpisodeSteps: 50 })
    const runDir = join(emptyFolder(), 'own')
    const { env, finalEvaluation } = await train({ ...DQN, env: id, runDir })
    expect(env).toBe(id)
    expect(finalEvaluation!.mean).toBeLessThanOrEqual(50)
    expect(await evaluateRun(runDir, { episodes: 2 })).toMatchObject({ env: id, episodes: 2 })
  })

  test.each([
    ['agent', { agent: 'dqnn' }, /"dqnn".*"dqn"/],
    ['environment', { env: 'CartPol' }, /"CartPol".*CartPole-v/],
    ['option', { options: { gama: 0.9 } }, /"gama".*"gamma"/],
    ['value', { options: { gamma: 1.5 } }, /gamma is 1\.5/],
    ['preset beside a file', { preset: 'rainbow', configFile: 'x.yaml' }, /exclude each other/],
  ])('is refused an unknown %s before there is a folder', async (_, asked, reason) => {
    const runDir = join(emptyFolder(), 'none')
    const refused = train({ ...DQN, ...asked, runDir })
    await expect(refused).rejects.toThrow(UsageError)
    await expect(refused).rejects.toThrow(reason)
    expect(existsSync(runDir)).toBe(false)
  })

  test('trains seeds in turn where there are no processes for them, as in Bun', async () => {
    const versions = { value: { ...process.versions, bun: '1.4.5' } }
    vi.stubGlobal('process', Object.create(process, { versions }))
    onTestFinished(() => void vi.unstubAllGlobals())
    await expect(trainSeeds({ ...DQN, seeds: [1, 2], jobs: 2 })).rejects.toThrow(
      'jobs is 2, but Bun starts no processes for seeds; leave it out, or give 1',
    )
  })

  test('trains by schedules that are functions, which it gives again to go on and to repeat', async () => {
    const folder = emptyFolder()
    const schedules = {
      clip: (left: number) => 0.1 + 0.1 * left,
      entCoef: (left: number) => 0.01 * left,
      learningRate: (left: number) => (left > 0.5 ? 1e-3 : 1e-4),
    }
    const ppo = { agent: 'ppo', env: 'CartPole', seed: 1 } as const
    const options = { ...OPTIONS, totalTimesteps: 4096, checkpointEvery: 1024, ...schedules }
    const whole = await train({ ...ppo, options, runDir: join(folder, 'whole') })
    const runDir = join(folder, 'broken')
    const stop = new AbortController()
    const progress = tellStanding(({ globalStep }) => globalStep > 2000 && stop.abort())
    const broken = await train({ ...ppo, options, runDir, signal: stop.signal, progress })
    expect(broken.interrupted).toBe(true)
    expect(await readRunConfig(runDir)).toMatchObject({ clip: 'custom', learningRate: 'custom' })
    await expect(resume(runDir)).rejects.toThrow(
      /^learningRate was a function, which no file can hold; give it again in a program/,
    )
    expect(wnRl(['resume', runDir], folder)).toMatchObject({ status: 2 })
    const resumed = await resume(runDir, { options: schedules })
    expect(resumed.digest).toBe(whole.digest)
    expect(await reproduce(runDir, { options: schedules })).toMatchObject({ same: true })
    expect(await evaluateRun(runDir, { episodes: 2 })).toMatchObject({ episodes: 2 })
    await expect(trainSeeds({ ...ppo, options, seeds: [1, 2], jobs: 2 })).rejects.toThrow(
      /jobs is 2, but learningRate is a function, which cannot be sent to other processes; leave/,
    )
  })

  test('and the command line by pieces, also from a file', async () => {
    const folder = emptyFolder()
    writeFileSync(
      join(folder, 'pieces.yaml'),
      `learningRate: [[0, 1e-3], [0.5, 1e-3], [0.75, 0]]
epsilon:
  - [0, 1]
  - [0.25, 0.1]
${Object.entries(OPTIONS)
  .map(([name, value]) => `${name}: ${value}`)
  .join('\n')}`,
    )
    const args = ['train', '--agent', 'dqn', '--env', 'CartPole', '--config', 'pieces.yaml']
    const { stdout } = wnRl([...args, '--run-dir', 'shell', '--json', '--quiet'], folder)
    const { rows } = await readMetrics(join(folder, 'shell'))
    const rates = rows.flatMap(({ metrics }) => metrics['charts/learning_rate'] ?? [])
    expect(rates).toEqual([1e-3, 0])
    const set = ['--set', 'learningRate=[[0, 1e-3], [0.5, 1e-3], [0.75, 0]]']
    const other = wnRl([...args, ...set, '--run-dir', 'set', '--json', '--quiet'], folder)
    expect((lastJson(other.stdout) as { digest: string }).digest).toBe(
      (lastJson(stdout) as { digest: string }).digest,
    )
    expect(wnRl(['reproduce', 'shell', '--quiet'], folder)).toMatchObject({ status: 0 })
    const refused = wnRl([...args, '--set', 'learningRate=[[0, 1e-3], [2, 0]]'], folder)
    expect(refused.status).toBe(2)
    expect(refused.stderr).toMatch(/^wn-rl: learningRate\.1\.0 is 2: too big/)
  })

  test('trains several seeds in turn, in its own process', async () => {
    const [folder, before] = [emptyFolder(), process.cwd()]
    process.chdir(folder) // seeds have folders under runs/
    onTestFinished(() => process.chdir(before))
    const told: unknown[] = []
    const { runs, failures, summary } = await trainSeeds({
      agent: 'dqn',
      env: 'CartPole',
      options: OPTIONS,
      seeds: [2, 1],
      jobs: 1,
      watcher: {
        standing: (seed, { globalStep }) => told.push([seed, globalStep]),
        ended: ({ seed }) => told.push(seed),
      },
    })
    expect(failures).toEqual([])
    expect(runs.map(({ seed }) => seed)).toEqual([2, 1])
    expect(runs[1]!.digest).toBe((await train({ ...DQN, runDir: 'alone' })).digest)
    const scores = runs.map(({ evaluation }) => evaluation!.mean)
    expect(summary.evaluation.mean).toBeCloseTo((scores[0]! + scores[1]!) / 2, 10)
    expect(told.filter((one) => typeof one === 'number')).toEqual([2, 1])
    expect(told).toContainEqual([1, 2000])
    await expect(trainSeeds({ ...DQN, seeds: [1, 1], jobs: 1 })).rejects.toThrow(/each seed once/)
  })
})

describe('docs/runs.md, from a program', () => {
  const page = readFileSync(inRepository('docs/runs.md'), 'utf8')
  const section = page.slice(page.indexOf('## From a program'))
  const examples = [...section.matchAll(/```js\n(.*?)```/gs)].map(([, text]) => text!)

  /** Runs a program that has the built package installed. */
  function runProgram(text: string): { stdout: string; folder: string } {
    const folder = emptyFolder()
    mkdirSync(join(folder, 'node_modules'))
    symlinkSync(inRepository('.'), join(folder, 'node_modules', 'wn-rl'))
    writeFileSync(join(folder, 'program.mjs'), text)
    const options = { cwd: folder, encoding: 'utf8' } as const
    const { status, stdout, stderr } = spawnSync(process.execPath, ['program.mjs'], options)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    return { stdout, folder }
  }

  test('trains, goes on and reads the curve', () => {
    const { stdout, folder } = runProgram(examples[0]!)
    const [digest, best, curve] = stdout.split('\n')
    expect(digest).toMatch(/^[0-9a-f]{64}: [\d.]+ ± [\d.]+$/)
    expect(best).toMatch(/^the best model: [\d.]+ over 20 episodes$/)
    expect(curve).toMatch(
      /^CartPole-v1 dqn \{ step: 3000, value: [\d.]+, low: [\d.]+, high: [\d.]+ \}$/,
    )
    expect(readdirSync(join(folder, 'runs', 'mine'))).toContain('final')
  })

  test('trains several seeds in processes', () => {
    const { stdout, folder } = runProgram(examples[1]!)
    const lines = stdout.trimEnd().split('\n')
    expect(lines.slice(0, 3).sort()).toEqual([1, 2, 3].map((seed) => `seed ${seed} has ended`))
    expect(lines.slice(3)).toEqual([
      expect.stringMatching(/^3 runs, 0 failures: [\d.]+ \[[\d.]+, [\d.]+\]$/),
    ])
    expect(readdirSync(join(folder, 'runs'))).toHaveLength(3)
    expect(examples).toHaveLength(2)
  })
})
