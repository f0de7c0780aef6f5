/** The search draws what it says, thins candidates out by seeds, and repeats no run that it has a record of. */
import { spawnSync } from 'node:child_process'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { foundTable } from '../../research/tuning/found.ts'
import { Records, recordsPath, runKey } from '../../research/tuning/records.ts'
import { type Changes, drawCandidates, halve, type Round } from '../../research/tuning/search.ts'
import { spaces } from '../../research/tuning/spaces.ts'
import { settingsOf } from '../../research/tuning/trial.ts'
import { presetSchema } from '../../configs/schema.ts'
import { Rng } from '../../src/rng.ts'
import { parseOptions } from '../../src/training/index.ts'
import { emptyFolder, inRepository } from '../helpers/wn-rl.ts'

const space = { learningRate: [0.1, 0.2, 0.3], gamma: [0.9, 0.99], tau: [1] }

describe('candidates', () => {
  const presets = [{ gamma: 0.5 }]
  const draw = (seed: number) =>
    drawCandidates(space, { count: 5, changed: 2, rng: new Rng(seed), presets })

  test('are the preset and different changes to it, of so many options', () => {
    const [preset, ...others] = draw(1)
    expect(preset).toEqual({})
    expect(others).toHaveLength(5)
    expect(others.map((changes) => Object.keys(changes).length)).toEqual([2, 2, 2, 2, 2])
    expect(new Set(others.map((changes) => JSON.stringify(changes))).size).toBe(5)
    for (const [name, value] of others.flatMap((changes) => Object.entries(changes)))
      expect(space[name as keyof typeof space]).toContain(value)
  })

  test('depend on the seed alone', () => {
    expect(draw(1)).toEqual(draw(1))
    expect(draw(1)).not.toEqual(draw(2))
  })

  test('are as many as a small space has', () => {
    const all = { count: 9, changed: 1, rng: new Rng(1), presets }
    expect(drawCandidates({ gamma: [0.9, 0.99] }, all)).toHaveLength(3)
  })

  test('are none that draw nothing but the values of the preset, or the same as another', () => {
    const all = { count: 9, changed: 2, rng: new Rng(1) }
    const small = { gamma: [0.9, 0.99], tau: [1] }
    const drawn = (...of: Changes[]) => drawCandidates(small, { ...all, presets: of })
    expect(drawn({ tau: 1, gamma: 0.9 })).toEqual([{}, { gamma: 0.99, tau: 1 }])
    expect(drawn({ tau: 1, gamma: 0.9 }, { tau: 1, gamma: 0.99 })).toHaveLength(3)
  })
})

describe.each(Object.keys(spaces) as (keyof typeof spaces)[])('the space of %s', (agent) => {
  const values = Object.entries(spaces[agent]).flatMap(([name, each]) =>
    each.map((value) => [name, JSON.stringify(value)] as const),
  )
  test.each(values)('has a value that %s takes: %s', (name, value) => {
    const given: unknown = JSON.parse(value)
    expect(() => parseOptions(presetSchema(agent), { [name]: given })).not.toThrow()
  })
})

describe('halving', () => {
  const candidates: Changes[] = [{ x: 1 }, { x: 4 }, { x: 2 }, { x: 3 }]
  const once = { envs: ['A'], seeds: [1], firstSeeds: 1, ended: () => undefined }

  test('trains the better half on twice as many seeds, each run once', async () => {
    const runs: string[] = []
    const rounds: Round[] = []
    const last = await halve(
      candidates,
      (changes, _env, seed) => {
        runs.push(`${String(changes['x'])}/${seed}`)
        return Promise.resolve(Number(changes['x']) + seed / 100)
      },
      { ...once, seeds: [10, 11, 12, 13], ended: (round) => rounds.push(round) },
    )
    expect(rounds.map(({ seeds }) => seeds.length)).toEqual([1, 2, 4])
    expect(rounds.map(({ standings }) => standings.map(({ changes }) => changes['x']))).toEqual([
      [4, 3, 2, 1],
      [4, 3],
      [4],
    ])
    expect(last.standings[0]!.scores).toEqual([[4.1, 4.11, 4.12, 4.13]])
    expect(last.standings[0]!.means[0]).toBeCloseTo(4.115, 12)
    expect(new Set(runs).size).toBe(runs.length)
    expect(runs).toHaveLength(4 + 2 + 2)
  })

  test('puts a candidate last that failed', async () => {
    const { standings } = await halve(
      candidates,
      ({ x }) => Promise.resolve(x === 4 ? -Infinity : Number(x)),
      once,
    )
    expect(standings.map(({ changes }) => changes['x'])).toEqual([3, 2, 1, 4])
  })

  test('of a preset that environments share ranks by places, whatever the size of their returns', async () => {
    const returns: Record<string, readonly number[]> = {
      Small: [0.1, 0.2, 0.4, 0.4],
      Large: [900, 300, 200, 300],
      Other: [1, 3, 4, 2],
    }
    const { standings } = await halve(
      [0, 1, 2, 3].map((x) => ({ x })),
      ({ x }, env) => Promise.resolve(returns[env]![Number(x)]!),
      { ...once, envs: Object.keys(returns) },
    )
    // places on Small 4, 3, 1, 1; on Large 1, 2, 4, 2; on Other 4, 2, 1, 3
    expect(standings.map(({ changes }) => changes['x'])).toEqual([2, 3, 1, 0])
    expect(standings.map(({ place }) => place)).toEqual([6 / 3, 6 / 3, 7 / 3, 9 / 3])
    expect(standings[0]!.means).toEqual([0.4, 200, 4])
  })

  test('refuses to search without seeds', async () => {
    const train = () => Promise.resolve(0)
    await expect(halve(candidates, train, { ...once, seeds: [] })).rejects.toThrow(
      /at least one candidate, one environment and one seed/,
    )
  })
})

describe('records', () => {
  const run = runKey(1000, { network: { mlp: [64], activation: 'tanh' }, gamma: 0.99 })
  const outcome = { best: -79.58, final: -80, training: null, seconds: 9.3 }

  test('are found again by seed and options, in whatever order these come', async () => {
    const path = join(emptyFolder(), 'results', 'a.csv')
    await (await Records.open(path)).add(run, outcome)
    const again = await Records.open(path)
    const reordered = runKey(1000, { gamma: 0.99, network: { mlp: [64], activation: 'tanh' } })
    expect(again.find(reordered)).toEqual(outcome)
    expect(again.find(runKey(1001, { gamma: 0.99 }))).toBeUndefined()
  })

  test('of a line that was cut short are forgotten', async () => {
    const path = join(emptyFolder(), 'a.csv')
    await (await Records.open(path)).add(run, outcome)
    const whole = readFileSync(path, 'utf8')
    appendFileSync(path, '1001,-80,-8')
    const again = await Records.open(path)
    expect(again.find(run)).toEqual(outcome)
    await again.add(runKey(1001, {}), outcome)
    expect(readFileSync(path, 'utf8')).toMatch(new RegExp(`^${'.*\n'.repeat(3)}$`))
    expect(readFileSync(path, 'utf8').startsWith(whole)).toBe(true)
  })

  test('of another kind are refused', async () => {
    const path = join(emptyFolder(), 'a.csv')
    writeFileSync(path, 'step,value\n')
    await expect(Records.open(path)).rejects.toThrow(/does not start with/)
  })
})

test('the table of what was found has the runs of the preset as it stands, and no others', async () => {
  const folder = emptyFolder()
  const { given } = await settingsOf({ agent: 'dqn', env: 'CartPole-v1', changes: {} })
  const records = await Records.open(recordsPath(folder, 'dqn', 'CartPole-v1'))
  const add = (seed: number, best: number, options = given) =>
    records.add(runKey(seed, options), { best, final: 0, training: 0, seconds: 1 })
  await add(1003, 300)
  await add(1000, 400)
  await add(1001, 500)
  await add(1002, 1, { ...given, gamma: 0.5 })
  const lines = (await foundTable(folder)).split('\n')
  expect(lines).toHaveLength(3)
  expect(lines[2]).toBe('| dqn | CartPole-v1 | 50,000 | 1000–1001, 1003 | 400 | 300 | 500 |')
})

describe('the command', () => {
  const tune = (folder: string, ...args: string[]) =>
    spawnSync(
      process.execPath,
      [inRepository('scripts/tune.js'), '--agent', 'dqn', '--env', 'CartPole', ...args],
      { cwd: folder, encoding: 'utf8' },
    )

  /** A folder with settings that train in a moment, and the flags that use them. */
  const prepared = () => {
    const folder = emptyFolder()
    const config = [
      'totalTimesteps: 300',
      'learningStarts: 100',
      'evalEvery: 100',
      'evalEpisodes: 2',
    ]
    writeFileSync(join(folder, 'short.yaml'), config.join('\n'))
    return { folder, args: ['--config', 'short.yaml', '--results', folder] }
  }

  test('trains in workers, prints the standings, and does not repeat what it has', () => {
    const { folder, args } = prepared()
    const few = ['--candidates', '1', '--only', 'learningRate', '--first-seeds', '1']
    const search = [...args, '--seeds', '7-8', ...few]
    const first = tune(folder, ...search)
    expect(first.stderr).toBe('')
    expect(first.stdout).toMatch(
      /^2 candidates on seeds 7 to 7\n.*\n.*\n1 candidates on seeds 7 to 8\n.*\n$/,
    )
    const csv = readFileSync(join(folder, 'dqn__CartPole-v1.csv'), 'utf8')
    expect(csv.trimEnd().split('\n')).toHaveLength(1 + 3)
    expect(tune(folder, ...search).stdout).toBe(first.stdout)
    expect(readFileSync(join(folder, 'dqn__CartPole-v1.csv'), 'utf8')).toBe(csv)
  })

  test('trains in all environments that share what is tuned', () => {
    const { folder, args } = prepared()
    const envs = ['--env', 'CartPole,Acrobot', '--seeds', '7', '--candidates', '0']
    const { stdout, stderr } = tune(folder, ...args, ...envs)
    expect(stderr).toBe('')
    expect(stdout).toMatch(
      /^1 candidates on seeds 7 to 7: mean place, returns on CartPole-v1, Acrobot-v1\n +1\.00 .*-500\.00 .*the preset\n$/,
    )
    for (const env of ['CartPole-v1', 'Acrobot-v1'])
      expect(
        readFileSync(join(folder, `dqn__${env}.csv`), 'utf8')
          .trimEnd()
          .split('\n'),
      ).toHaveLength(2)
  })

  test('names what may be searched over', () => {
    const { status, stderr } = tune(emptyFolder(), '--results', '.', '--only', 'color')
    expect(status).toBe(1)
    expect(stderr).toMatch(/--only color is not searched over; choose from learningRate, /)
  })
})
